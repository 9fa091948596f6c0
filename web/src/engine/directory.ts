import { bare, domain } from "../xmpp/jid";
import { NS } from "../xmpp/ns";
import type { Wire } from "../xmpp/wire";
import { el, type El } from "../xmpp/xml";
import type { Found } from "./api";

/** search asks the directory of our domain: a large one does not put everybody into contact lists (XEP-0055). */
export async function search(wire: Wire, query: string): Promise<Found[]> {
  const field = (name: string, value: string): El => el("field", NS.form, { var: name }, el("value", NS.form, {}, value));
  const answer = await wire.ask("set", domain(wire.jid), el("query", NS.search, {},
    el("x", NS.form, { type: "submit" }, field("FORM_TYPE", NS.search), field("x-search", query))));
  const rows = answer.child("query", NS.search)?.child("x", NS.form)?.elements("item") ?? [];
  return rows.slice(0, 100).map((row) => {
    const value = (name: string): string => row.elements("field").find((f) => f.attr("var") === name)?.textOf("value") ?? "";
    return { jid: bare(value("jid")), name: (value("nick") || value("jid")).normalize("NFC") };
  }).filter((p) => p.jid.includes("@"));
}

/** ownName is how our own card calls us (XEP-0054 § 3.1). */
export async function ownName(wire: Wire): Promise<string> {
  const card = (await wire.ask("get", undefined, el("vCard", NS.vcard))).child("vCard", NS.vcard);
  return (card?.textOf("FN") || card?.textOf("NICKNAME") || "").normalize("NFC");
}
