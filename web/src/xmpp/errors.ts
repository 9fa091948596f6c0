import { NS } from "./ns";
import { StanzaError } from "./wire";
import type { El } from "./xml";

/** errorOf reads the error in a stanza. */
export function errorOf(stanza: El): StanzaError {
  const e = stanza.child("error");
  const parts = e?.elements().filter((c) => c.ns === NS.stanzas) ?? [];
  const condition = parts.find((c) => c.name !== "text")?.name ?? "undefined-condition";
  return new StanzaError(condition, parts.find((c) => c.name === "text")?.text ?? "", e?.elements().find((c) => c.ns !== NS.stanzas));
}
