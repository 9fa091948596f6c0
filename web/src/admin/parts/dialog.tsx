import { signal } from "@preact/signals";
import type { ComponentChildren } from "preact";
import { useEffect, useRef, useState } from "preact/hooks";
import { t } from "../i18n";
import { Trouble } from "./problem";

interface Question {
  title: string;
  body?: ComponentChildren;
  yes: string;
  no?: string; // "": there is nothing to decide
  danger?: boolean;
  run(): void | Promise<unknown>;
}

const asked = signal<Question | undefined>(undefined);

/** ask does something after the user agreed. The question stays while it is done, and tells what went wrong. */
export function ask(q: Question): void {
  asked.value = q;
}

/** asConflict says what somebody else has made of something meanwhile, and does what was wanted after the user agreed to it once more. */
export function asConflict(theirs: string, run: () => Promise<unknown>): void {
  const texts = t.value;
  ask({ title: texts.changedTitle, body: <p>{theirs}</p>, yes: texts.keepMine, no: texts.takeTheirs, danger: true, run });
}

/** Dialog is the question. */
export function Dialog() {
  const q = asked.value;
  return q ? <Open q={q} key={q.title} /> : null;
}

function Open({ q }: { q: Question }) {
  const box = useRef<HTMLDialogElement>(null);
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState<unknown>();
  useEffect(() => { if (!box.current?.open) box.current?.showModal(); }, []);
  const close = (): void => { asked.value = undefined; };
  const run = async (): Promise<void> => {
    setBusy(true);
    try {
      await q.run();
      if (asked.value === q) close();
    } catch (e) {
      setProblem(e);
      setBusy(false);
    }
  };
  return (
    <dialog ref={box} aria-labelledby="question" onClose={close} onClick={(e) => { if (e.target === box.current) close(); }}>
      <form method="dialog" onSubmit={(e) => { e.preventDefault(); void run(); }}>
        <h2 id="question">{q.title}</h2>
        {q.body !== undefined && <div class="dialog-body">{q.body}</div>}
        <Trouble e={problem} />
        <div class="dialog-buttons">
          {q.no !== "" && <button type="button" class="secondary" onClick={close}>{q.no ?? t.value.cancel}</button>}
          <button type="submit" class={`primary${q.danger ? " danger" : ""}`} disabled={busy}>{q.yes}</button>
        </div>
      </form>
    </dialog>
  );
}
