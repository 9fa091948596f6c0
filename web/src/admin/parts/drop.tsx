import { useRef, useState } from "preact/hooks";
import { t } from "../i18n";
import { Glyph } from "./glyph";

/** Drop is a place for one file, which is dropped or chosen. name is that of the file that is there, or "". */
export function Drop({ text, name, accept, busy = false, take }: { text: string; name: string; accept: string; busy?: boolean; take(file: File): void }) {
  const [over, setOver] = useState(false);
  const input = useRef<HTMLInputElement>(null);
  const given = (f: File | undefined): void => { if (f && !busy) take(f); };
  return (
    <div class={`drop${over ? " over" : ""}`} onDragOver={(e) => { e.preventDefault(); setOver(true); }} onDragLeave={() => setOver(false)}
      onDrop={(e) => { e.preventDefault(); setOver(false); given(e.dataTransfer?.files[0]); }}>
      <Glyph name="upload" size={28} />
      <p>{name === "" ? text : name}</p>
      <button type="button" class="secondary" disabled={busy} onClick={() => input.current?.click()}>{t.value.importChoose}</button>
      <input ref={input} type="file" accept={accept} hidden onChange={(e) => { given(e.currentTarget.files?.[0]); e.currentTarget.value = ""; }} />
    </div>
  );
}
