import type { Page } from "playwright-core";
import { afterAll, beforeAll, expect, it } from "vitest";
import { El, parse } from "../src/xmpp/xml";
import { browser, end } from "./stage";

// What our parser accepts, it understands as the browser's own does.

let page: Page;

beforeAll(async () => {
  page = await (await browser()).newPage(); // an empty one: the chat's policy lets nothing be parsed as a document
});

afterAll(async () => {
  await page.close();
  await end();
});

/** plain is an element as lists of lists. */
type Plain = string | [string, string, [string, string][], Plain[]];

function plain(e: El): Plain {
  const attrs = [...e.attrs].sort(([a], [b]) => (a < b ? -1 : 1));
  return [e.name, e.ns, attrs, e.nodes.map((n) => (n instanceof El ? plain(n) : n))];
}

/** read is what the browser makes of texts; undefined: it refuses them. */
const read = (texts: string[]): Promise<(Plain | undefined)[]> => page.evaluate((list) => {
  const plain = (e: Element): Plain => {
    const nodes: Plain[] = [];
    for (const n of e.childNodes) {
      const last = nodes.at(-1);
      if (n.nodeType === Node.ELEMENT_NODE) nodes.push(plain(n as Element));
      else if (typeof last === "string") nodes[nodes.length - 1] = last + (n.nodeValue ?? "");
      else if (n.nodeValue) nodes.push(n.nodeValue);
    }
    const attrs = [...e.attributes].filter((a) => a.namespaceURI !== "http://www.w3.org/2000/xmlns/").map((a): [string, string] => [a.name, a.value]);
    return [e.localName, e.namespaceURI ?? "", attrs.sort(([a], [b]) => (a < b ? -1 : 1)), nodes];
  };
  const parser = new DOMParser();
  return list.map((text) => {
    const doc = parser.parseFromString(text, "application/xml");
    return doc.querySelector("parsererror") ? undefined : plain(doc.documentElement);
  });
}, texts);

const words = ["<a>", "</a>", "<b xmlns='urn:b'>", "</b>", "<p:a xmlns:p='urn:p' p:k='1' k=\"2\">", "</p:a>", "<p:c/>", "<c/>", "<c\n xmlns='' k = 'v' />", "x", " ", "\r\n", "\t", "&lt;", "&amp;",
  "&#65;", "&#x1F44D;", "&apos;", "&quot;", "&nbsp;", "&", "<![CDATA[", "]]>", "é", "👍", "<!-- -->", "<?p?>", "<", ">", "'", "\"", "/", "=", "xmlns:q=''", "<q k='a\tb&#10;c'/>"];

it("on whatever arrives the two agree", async () => {
  let seed = 11;
  const random = (n: number): number => (seed = (seed * 48271) % 2147483647) % n;
  const texts = Array.from({ length: 6000 }, () => {
    const inner = Array.from({ length: random(9) }, () => words[random(words.length)] ?? "").join("");
    return random(3) === 0 ? inner : `<m xmlns="jabber:client">${inner}</m>`;
  });
  const theirs = await read(texts);
  let both = 0;
  texts.forEach((text, i) => {
    let ours: Plain | undefined;
    try {
      ours = plain(parse(text));
    } catch {
      if (!/<[!?]/.test(text)) expect(theirs[i], `refused: ${text}`).toBeUndefined(); // RFC 6120 § 11.1 forbids more than XML
      return;
    }
    expect(theirs[i], text).toEqual(ours);
    both++;
  });
  expect(both).toBeGreaterThan(300);
});
