import { t } from "./i18n";

/** reasonName is why somebody was reported (XEP-0377 § 4); one that is not known here is told as it came. */
export function reasonName(reason: string): string {
  const texts = t.value;
  if (reason === "urn:xmpp:reporting:spam") return texts.reportSpam;
  return reason === "urn:xmpp:reporting:abuse" ? texts.reportAbuse : reason;
}

const entities: Readonly<Record<string, string>> = { lt: "<", gt: ">", amp: "&", quot: "\"", apos: "'" };

/** bodyOf is the text of a message; the whole stanza where it has none, so that nothing of a report is hidden. */
export function bodyOf(stanza: string): string {
  const body = /<body(?:\s[^>]*)?>([^<]*)<\/body>/.exec(stanza)?.[1];
  if (body === undefined) return stanza;
  return body.replace(/&(?:(lt|gt|amp|quot|apos)|#(\d+)|#x([0-9a-fA-F]+));/g, (all, name: string | undefined, dec: string | undefined, hex: string | undefined) => {
    if (name !== undefined) return entities[name] ?? all;
    const code = dec === undefined ? parseInt(hex ?? "", 16) : Number(dec);
    return code <= 0x10ffff ? String.fromCodePoint(code) : all;
  });
}
