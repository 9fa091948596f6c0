import { Problem } from "../api";
import { t } from "../i18n";
import { said } from "../i18n/said";
import { Glyph } from "./glyph";

/** saying is a problem in a sentence of the user's language. */
export function saying(e: unknown): string {
  const texts = t.value;
  if (e instanceof Error && !(e instanceof Problem)) return e.message; // of the page itself
  switch (e instanceof Problem ? e.kind : "internal") {
    case "offline": return texts.problemOffline;
    case "unauthorized": return texts.ended;
    case "too-many-attempts": return texts.problemAttempts;
    case "encryption-required": return texts.problemEncryption;
    case "not-from-here": return texts.problemForged;
    case "forbidden": return texts.problemForbidden;
    case "not-found": return texts.problemNotFound;
    case "conflict": return texts.problemConflict;
    case "changed": return texts.changedTitle;
    case "too-large": return texts.problemLarge;
    case "invalid": case "malformed": return texts.problemInvalid;
    default: return texts.problemInternal;
  }
}

/** Trouble says what went wrong: in the user's language, and with the server's own words. */
export function Trouble({ e }: { e: unknown }) {
  if (e === undefined) return null;
  const detail = e instanceof Problem && ["forbidden", "conflict", "invalid", "not-found", "malformed"].includes(e.kind) ? e.detail : "";
  return (
    <div class="trouble" role="alert">
      <Glyph name="alert" size={18} />
      <p>{saying(e)}{detail !== "" && <Words text={detail} />}</p>
    </div>
  );
}

function Words({ text }: { text: string }) {
  const s = said(text);
  return <span class="detail" lang={s.lang}>{s.text}</span>;
}
