// XML as streams carry it (RFC 6120 § 11): elements, attributes and text, nothing else. It works in workers, which have no
// DOM, and nothing of it can become HTML.

/** Node is what stands in an element. */
export type Node = El | string;

/** El is an element with its namespace. Attributes keep the prefix that they are written with. */
export class El {
  constructor(
    readonly name: string,
    readonly ns: string,
    readonly attrs: ReadonlyMap<string, string>,
    readonly nodes: readonly Node[],
  ) {}

  /** attr returns an attribute, "" when there is none. */
  attr(name: string): string {
    return this.attrs.get(name) ?? "";
  }

  /** elements returns the child elements, of a name and a namespace if they are given. */
  elements(name?: string, ns?: string): El[] {
    return this.nodes.filter((n): n is El => typeof n !== "string" && (!name || n.name === name) && (!ns || n.ns === ns));
  }

  /** child returns the first of elements. */
  child(name: string, ns?: string): El | undefined {
    return this.elements(name, ns)[0];
  }

  /** text is what stands directly in the element. */
  get text(): string {
    return this.nodes.filter((n) => typeof n === "string").join("");
  }

  /** textOf returns the text of a child, undefined without the child. */
  textOf(name: string, ns?: string): string | undefined {
    return this.child(name, ns)?.text;
  }

  toString(): string {
    return write(this, "");
  }
}

type Attributes = Record<string, string | undefined>;

/** el makes an element. Attributes that are undefined and children that are falsy are left out. */
export function el(name: string, ns: string, attrs: Attributes = {}, ...nodes: (Node | null | undefined | false)[]): El {
  const set = new Map<string, string>();
  for (const [key, value] of Object.entries(attrs)) if (value !== undefined) set.set(key, value);
  return new El(name, ns, set, nodes.filter((n): n is Node => !!n));
}

/** clean takes out the characters that XML cannot carry (XML 1.0 § 2.2). */
export function clean(text: string): string {
  return text.toWellFormed().replace(/[\u0000-\u0008\u000B\u000C\u000E-\u001F\uFFFE\uFFFF]/g, "");
}

const escapes: Record<string, string> = { "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;", "\t": "&#9;", "\n": "&#10;", "\r": "&#13;" };

function write(e: El, outer: string): string {
  let out = `<${e.name}`;
  if (e.ns !== outer) out += ` xmlns="${quote(e.ns)}"`;
  for (const [key, value] of e.attrs) out += ` ${key}="${quote(value)}"`;
  if (e.nodes.length === 0) return `${out}/>`;
  const inner = e.nodes.map((n) => (typeof n === "string" ? clean(n).replace(/[&<>\r]/g, (c) => escapes[c] ?? c) : write(n, e.ns)));
  return `${out}>${inner.join("")}</${e.name}>`;
}

const quote = (value: string): string => clean(value).replace(/[&<>"\t\n\r]/g, (c) => escapes[c] ?? c);

const depthLimit = 64;
const nameRule = /[^\s<>/="'&]+/y;
const entities: Record<string, string> = { lt: "<", gt: ">", amp: "&", quot: '"', apos: "'" };

/** parse reads one element. It throws for anything else: comments, instructions and document types (RFC 6120 § 11.1) too. */
export function parse(text: string): El {
  const p = new Parser(text);
  p.space();
  const e = p.element(new Map([["xml", "http://www.w3.org/XML/1998/namespace"]]), 0);
  p.space();
  if (!p.atEnd()) throw new Error("parse xml: more than one element");
  return e;
}

class Parser {
  private at = 0;

  constructor(private readonly text: string) {}

  atEnd(): boolean {
    return this.at >= this.text.length;
  }

  space(): void {
    while (/\s/.test(this.text[this.at] ?? "")) this.at++;
  }

  private eat(s: string): boolean {
    if (!this.text.startsWith(s, this.at)) return false;
    this.at += s.length;
    return true;
  }

  private expect(s: string): void {
    if (!this.eat(s)) throw new Error(`parse xml: no ${s} at ${this.at}`);
  }

  private name(): string {
    nameRule.lastIndex = this.at;
    const found = nameRule.exec(this.text)?.[0];
    if (!found) throw new Error(`parse xml: no name at ${this.at}`);
    this.at += found.length;
    return found;
  }

  element(outer: Map<string, string>, depth: number): El {
    if (depth > depthLimit) throw new Error("parse xml: too deep");
    this.expect("<");
    const tag = this.name();
    const attrs = new Map<string, string>();
    let spaces = outer;
    let closed = false;
    for (;;) {
      this.space();
      if (this.eat("/>")) { closed = true; break; }
      if (this.eat(">")) break;
      const key = this.name();
      this.space();
      this.expect("=");
      this.space();
      const value = this.value();
      if (key === "xmlns" || key.startsWith("xmlns:")) {
        if (value === "" && key !== "xmlns") throw new Error("parse xml: a prefix for nothing"); // Namespaces in XML 1.0 § 2.2
        if (spaces === outer) spaces = new Map(outer);
        spaces.set(key.slice(6), value);
      } else if (attrs.has(key)) throw new Error("parse xml: an attribute twice");
      else attrs.set(key, value);
    }
    const nodes = closed ? [] : this.content(spaces, depth);
    if (!closed) {
      if (this.name() !== tag) throw new Error("parse xml: another element is closed");
      this.space();
      this.expect(">");
    }
    const colon = tag.indexOf(":");
    const ns = spaces.get(colon < 0 ? "" : tag.slice(0, colon));
    if (ns === undefined && colon >= 0) throw new Error("parse xml: a prefix without namespace");
    return new El(tag.slice(colon + 1), ns ?? "", attrs, nodes);
  }

  private value(): string {
    const mark = this.text[this.at] ?? "";
    const end = mark === '"' || mark === "'" ? this.text.indexOf(mark, this.at + 1) : -1;
    if (end < 0) throw new Error("parse xml: an attribute without end");
    const raw = this.text.slice(this.at + 1, end);
    if (raw.includes("<")) throw new Error("parse xml: < in an attribute");
    this.at = end + 1;
    return decode(raw.replace(/[\t\n\r]/g, " "));
  }

  /** content reads up to the name in the end tag. */
  private content(spaces: Map<string, string>, depth: number): Node[] {
    const nodes: Node[] = [];
    let text = "";
    for (;;) {
      const next = this.text.indexOf("<", this.at);
      if (next < 0) throw new Error("parse xml: an element without end");
      const part = this.text.slice(this.at, next);
      if (part.includes("]]>")) throw new Error("parse xml: ]]> in a text"); // XML 1.0 § 2.4
      text += decode(part.replace(/\r\n?/g, "\n"));
      this.at = next;
      if (this.eat("<![CDATA[")) {
        const end = this.text.indexOf("]]>", this.at);
        if (end < 0) throw new Error("parse xml: CDATA without end");
        text += this.text.slice(this.at, end);
        this.at = end + 3;
        continue;
      }
      if (text !== "") nodes.push(text);
      text = "";
      if (this.eat("</")) return nodes;
      if (this.text[this.at + 1] === "!" || this.text[this.at + 1] === "?") throw new Error("parse xml: restricted");
      nodes.push(this.element(spaces, depth + 1));
    }
  }
}

function decode(text: string): string {
  if (!text.includes("&")) return text;
  return text.replace(/&([^;]*);?/g, (all, name: string) => {
    const found = entities[name];
    if (found !== undefined && all.endsWith(";")) return found;
    const code = /^#x[0-9a-f]{1,6}$/i.test(name) ? parseInt(name.slice(2), 16) : /^#\d{1,7}$/.test(name) ? Number(name.slice(1)) : -1;
    if (code <= 0 || code > 0x10ffff || !all.endsWith(";")) throw new Error("parse xml: an unknown entity");
    return String.fromCodePoint(code);
  });
}
