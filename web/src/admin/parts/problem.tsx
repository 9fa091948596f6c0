import { Problem } from "../api";
import { capital, t } from "../i18n";
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

/** telling is saying in one sentence with the reason, where that can be told in the user's language. */
export function telling(e: unknown): string {
  if (!(e instanceof Problem) || e.detail === "") return saying(e);
  const s = said(e.detail, e.reason);
  return s.lang === undefined ? capital(s.text) : saying(e);
}

/** Trouble says what went wrong, in the user's language. */
export function Trouble({ e }: { e: unknown }) {
  if (e === undefined) return null;
  const detail = e instanceof Problem && ["forbidden", "conflict", "invalid", "not-found", "malformed"].includes(e.kind) ? e.detail : "";
  const s = said(detail, e instanceof Problem ? e.reason : {});
  return (
    <div class="trouble" role="alert">
      <Glyph name="alert" size={18} />
      <p>{saying(e)}{detail !== "" && <span class="detail" lang={s.lang}>{s.text}</span>}</p>
    </div>
  );
}
