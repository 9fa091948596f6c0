import { signal } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";
import { t } from "../i18n";

interface Question {
  text: string;
  yes: string;
  run(): void;
}

const asked = signal<Question | undefined>(undefined);

/** confirmed does something after the user agreed. A page inside another one may not use the browser's own question. */
export function confirmed(text: string, yes: string, run: () => void): void {
  asked.value = { text, yes, run };
}

/** Confirm is the question. */
export function Confirm() {
  const box = useRef<HTMLDialogElement>(null);
  const q = asked.value;
  useEffect(() => {
    if (q && !box.current?.open) box.current?.showModal();
  }, [q]);
  if (!q) return null;
  const close = (): void => { asked.value = undefined; };
  return (
    <dialog ref={box} aria-labelledby="question" onClose={close} onClick={(e) => { if (e.target === box.current) close(); }}>
      <p id="question">{q.text}</p>
      <div class="dialog-buttons">
        <button type="button" class="secondary" onClick={close}>{t.value.cancel}</button>
        <button type="button" class="primary danger" onClick={() => { close(); q.run(); }}>{q.yes}</button>
      </div>
    </dialog>
  );
}
