/** Part is text, or an address that can be opened. */
export interface Part {
  text: string;
  href?: string;
}

const candidate = /\b(?:https?:\/\/|www\.|mailto:|xmpp:)[^\s<>"“”«»`]+/giu;

/** parts finds the addresses in a text. Only http, https, mailto and xmpp become links. */
export function parts(text: string): Part[] {
  const list: Part[] = [];
  let from = 0;
  for (const found of text.matchAll(candidate)) {
    const shown = trimmed(found[0]);
    const href = safe(/^www\./i.test(shown) ? `https://${shown}` : shown);
    if (!href) continue;
    if (found.index > from) list.push({ text: text.slice(from, found.index) });
    list.push({ text: shown, href });
    from = found.index + shown.length;
  }
  if (from < text.length) list.push({ text: text.slice(from) });
  return list;
}

/** safe returns an address in its normal form if a person may be sent there, else undefined. */
export function safe(address: string): string | undefined {
  try {
    const url = new URL(address);
    const web = url.protocol === "http:" || url.protocol === "https:";
    if (web && url.hostname !== "" && url.username === "" && url.password === "") return url.href;
    return url.protocol === "mailto:" || url.protocol === "xmpp:" ? url.href : undefined;
  } catch {
    return undefined;
  }
}

/** trimmed leaves out the punctuation of the sentence that an address ends, and a bracket that was opened before it. */
function trimmed(address: string): string {
  let a = address;
  for (;;) {
    const last = a.at(-1) ?? "";
    const unopened = (last === ")" && count(a, ")") > count(a, "(")) || (last === "]" && count(a, "]") > count(a, "["));
    if (!unopened && !/[.,;:!?'"…*]/.test(last)) return a;
    a = a.slice(0, -1);
  }
}

const count = (text: string, c: string): number => text.split(c).length - 1;
