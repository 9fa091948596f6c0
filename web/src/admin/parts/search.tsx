import { t } from "../i18n";
import { Glyph } from "./glyph";

/** Search is the field above a list. */
export function Search({ label, value, set }: { label: string; value: string; set(value: string): void }) {
  return (
    <div class="search" role="search">
      <Glyph name="search" size={18} />
      <input type="search" value={value} placeholder={label} aria-label={label} onInput={(e) => set(e.currentTarget.value)}
        onKeyDown={(e) => { if (e.key === "Escape") set(""); }} />
      {value !== "" && <button type="button" class="iconic" aria-label={t.value.clear} onClick={() => set("")}><Glyph name="close" size={18} /></button>}
    </div>
  );
}
