import { signal } from "@preact/signals";
import { useEffect, useRef, useState } from "preact/hooks";
import type { Chat } from "../engine/api";
import { t } from "../i18n";
import { tell } from "./bridge";

/** topical is the group of which the topic is changed, "" for none. */
export const topical = signal("");

/** Topic asks what a group is about. */
export function Topic({ chat }: { chat: Chat }) {
  const texts = t.value;
  const box = useRef<HTMLDialogElement>(null);
  const [text, setText] = useState(chat.room?.subject ?? "");
  useEffect(() => { box.current?.showModal(); }, []);
  const close = (): void => { topical.value = ""; };
  const save = (e: Event): void => {
    e.preventDefault();
    tell({ t: "topic", jid: chat.jid, subject: text });
    close();
  };
  return (
    <dialog ref={box} class="topic" aria-labelledby="topic-title" onClose={close} onClick={(e) => { if (e.target === box.current) close(); }}>
      <form onSubmit={save}>
        <h2 id="topic-title">{texts.topicOf(chat.name)}</h2>
        <input type="text" value={text} maxLength={300} aria-labelledby="topic-title" aria-describedby="topic-hint" onInput={(e) => setText(e.currentTarget.value)} />
        <p class="hint" id="topic-hint">{texts.topicHint}</p>
        <div class="dialog-buttons">
          <button type="button" class="secondary" onClick={close}>{texts.cancel}</button>
          <button type="submit" class="primary">{texts.save}</button>
        </div>
      </form>
    </dialog>
  );
}
