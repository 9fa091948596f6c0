import { signal } from "@preact/signals";
import { t } from "../i18n";
import { Glyph } from "./glyph";

interface Toast {
  text: string;
  undo?: (() => void) | undefined;
}

const shown = signal<Toast | undefined>(undefined);

/** say tells that something was done, and lets the user undo it where that is possible. It stays until it is closed or something else is told. */
export function say(text: string, undo?: () => void): void {
  shown.value = { text, undo };
}

/** hush takes away what was told. */
export function hush(): void {
  shown.value = undefined;
}

/** Toasts is where it is told. */
export function Toasts() {
  const toast = shown.value;
  const texts = t.value;
  return (
    <div class="toasts" role="status">
      {toast && (
        <div class="toast">
          <Glyph name="check" size={18} />
          <span>{toast.text}</span>
          {toast.undo && <button type="button" class="toast-undo" onClick={() => { hush(); toast.undo?.(); }}>{texts.undo}</button>}
          <button type="button" class="iconic" aria-label={texts.close} onClick={hush}><Glyph name="close" size={18} /></button>
        </div>
      )}
    </div>
  );
}
