import { signal } from "@preact/signals";
import { useEffect, useLayoutEffect, useRef, useState } from "preact/hooks";
import type { Chat, Line, Room } from "../engine/api";
import { t } from "../i18n";
import { fold } from "../text/fold";
import { textOf } from "./alerts";
import { Avatar } from "./avatar";
import { tell } from "./bridge";
import { Icon } from "./icons";
import { word } from "../text/mentions";
import { newID } from "../xmpp/id";
import { troubleOf } from "./reasons";
import { authorOf, log, me, occupants, titleOf, trouble } from "./state";

/** replying is the line that is answered. */
export const replying = signal<Line | undefined>(undefined);

/** editing is the line that is changed. */
export const editing = signal<Line | undefined>(undefined);

/** refused is why a file was not taken, "" when nobody tries. */
const refused = signal("");

/** filesHere says why no files can be sent in a conversation, "" where they can. */
export function filesHere(chat: Chat): string {
  if (chat.room && !chat.room.files) return t.value.filesOff;
  return me.value.maxFile > 0 ? "" : t.value.noFiles;
}

/** hand takes files for a conversation, or says why not. */
export function hand(chat: Chat, files: FileList | null | undefined): void {
  if (!files || files.length === 0) return;
  refused.value = filesHere(chat);
  if (refused.value === "") for (const file of files) tell({ t: "file", jid: chat.jid, id: newID(), file });
}

/** Name is somebody who may be mentioned. */
interface Name {
  word: string; // that is written
  said: string; // beside it
}

/** Composer is where messages are written. */
export function Composer({ chat }: { chat: Chat }) {
  const field = useRef<HTMLTextAreaElement>(null);
  const picker = useRef<HTMLInputElement>(null);
  const [text, setText] = useState(chat.draft);
  const [pick, setPick] = useState<Pick | undefined>(undefined);
  const texts = t.value;
  const edited = editing.value;
  const answered = replying.value;
  const jid = chat.jid;

  useLayoutEffect(() => grow(field.current), [text, jid]);
  useEffect(() => {
    if (matchMedia("(hover: hover)").matches) field.current?.focus();
    return () => {
      editing.value = undefined;
      replying.value = undefined;
      refused.value = "";
      trouble.value = { jid: "", problem: "" };
    };
  }, [jid]);
  useEffect(() => {
    if (edited) setText(edited.body);
    if (edited || answered) field.current?.focus();
  }, [edited, answered]);
  useEffect(() => { // the draft is kept, and tells the other side that we type
    if (edited) return;
    const wait = setTimeout(() => tell({ t: "draft", jid, body: text }), 250);
    return () => clearTimeout(wait);
  }, [text, edited, jid]);
  const latest = useRef("");
  latest.current = edited ? "" : text;
  useEffect(() => () => tell({ t: "draft", jid, body: latest.current }), [jid]); // what was typed just before going elsewhere

  const stop = (): void => {
    if (edited) setText("");
    editing.value = undefined;
    replying.value = undefined;
  };
  const submit = (): void => {
    if (text.trim() === "") return;
    if (edited) tell({ t: "edit", jid, key: edited.key, body: text });
    else tell({ t: "send", jid, id: newID(), body: text, reply: answered?.key ?? "" });
    setText("");
    setPick(undefined);
    editing.value = undefined;
    replying.value = undefined;
  };
  const complete = (name: string): void => {
    if (!pick || !field.current) return;
    const end = field.current.selectionStart;
    setText(`${text.slice(0, pick.from)}@${name} ${text.slice(end)}`);
    setPick(undefined);
    field.current.focus();
  };
  const key = (e: KeyboardEvent): void => {
    if (e.isComposing || e.keyCode === 229) return; // an input method is at work: Enter is its own
    if (pick && pick.names.length > 0) {
      const step = { ArrowDown: 1, ArrowUp: -1 }[e.key];
      if (step) setPick({ ...pick, at: (pick.at + step + pick.names.length) % pick.names.length });
      else if (e.key === "Enter" || e.key === "Tab") complete(pick.names[pick.at]?.word ?? "");
      else if (e.key === "Escape") setPick(undefined);
      else return;
      return e.preventDefault();
    }
    if (e.key === "Enter" && !e.shiftKey && !e.altKey && !matchMedia("(pointer: coarse)").matches) {
      e.preventDefault();
      submit();
    } else if (e.key === "Escape" && (edited || answered)) {
      e.stopPropagation();
      stop();
    } else if (e.key === "ArrowUp" && text === "") {
      const last = log.value.lines.findLast((m) => m.mine && !m.retracted && m.file === "" && !m.transfer && m.state !== "failed");
      if (last) editing.value = last;
    }
  };
  const input = (e: { currentTarget: HTMLTextAreaElement }): void => {
    setText(e.currentTarget.value);
    refused.value = "";
    if (trouble.value.jid !== "") trouble.value = { jid: "", problem: "" };
    setPick(chat.room ? mention(e.currentTarget, chat.room) : undefined);
  };

  return (
    <form class="composer" onSubmit={(e) => { e.preventDefault(); submit(); }}>
      {(edited ?? answered) && <About line={edited ?? answered} group={chat.group} edited={!!edited} stop={stop} />}
      {pick && pick.names.length > 0 && (
        <ul class="mentions" role="listbox" id="mentions" aria-label={texts.mention}>
          {pick.names.map((n, i) => (
            <li key={n.word} role="option" id={`mention-${i}`} aria-selected={i === pick.at} onPointerDown={(e) => { e.preventDefault(); complete(n.word); }}>
              <Avatar name={n.said || n.word} group={n.said !== ""} size={28} /><span>{n.word}</span>{n.said !== "" && <span class="hint">{n.said}</span>}
            </li>
          ))}
        </ul>
      )}
      {refused.value === "" && trouble.value.jid === jid && <p class="refused" role="alert"><Icon name="alert" size={16} /><span>{troubleOf(texts, trouble.value.problem)}</span></p>}
      {refused.value !== "" && <p class="refused" role="alert"><Icon name="lock" size={16} /><span>{refused.value}</span></p>}
      <div class="composer-row">
        {filesHere(chat) === "" && <>
          <button type="button" class="iconic" aria-label={texts.attach} title={texts.attach} onClick={() => picker.current?.click()}><Icon name="attach" size={22} /></button>
          <input ref={picker} type="file" multiple hidden tabIndex={-1} aria-label={texts.attach}
            onChange={(e) => { hand(chat, e.currentTarget.files); e.currentTarget.value = ""; }} />
        </>}
        <textarea ref={field} rows={1} value={text} placeholder={texts.write(titleOf(chat))} aria-label={texts.write(titleOf(chat))} maxLength={50_000}
          aria-controls={pick?.names.length ? "mentions" : undefined}
          aria-activedescendant={pick?.names.length ? `mention-${pick.at}` : undefined} aria-autocomplete={chat.group ? "list" : undefined}
          onInput={input} onKeyDown={key}
          onPaste={(e) => { if (e.clipboardData?.files.length) { e.preventDefault(); hand(chat, e.clipboardData.files); } }} />
        <button type="submit" class="iconic send" aria-label={edited ? texts.save : texts.send} title={edited ? texts.save : texts.send} disabled={text.trim() === ""}>
          <Icon name={edited ? "check" : "send"} size={22} /></button>
      </div>
    </form>
  );
}

function About({ line, group, edited, stop }: { line: Line | undefined; group: boolean; edited: boolean; stop: () => void }) {
  const texts = t.value;
  if (!line) return null;
  return (
    <div class="about">
      <Icon name={edited ? "edit" : "reply"} size={18} />
      <span class="about-text"><strong>{edited ? texts.editing : texts.replyTo(line.mine ? texts.you : authorOf(line, group))}</strong><span>{textOf(line)}</span></span>
      <button type="button" class="iconic" aria-label={texts.cancel} title={texts.cancel} onClick={stop}><Icon name="close" size={18} /></button>
    </div>
  );
}

/** grow makes a field as high as its text. */
function grow(e: HTMLTextAreaElement | null): void {
  if (!e) return;
  e.style.height = "auto";
  e.style.height = `${Math.min(e.scrollHeight, 160)}px`;
}

interface Pick {
  from: number; // where the @ stands
  names: readonly Name[];
  at: number;
}

/** mention looks for an @ and the beginning of the name of somebody else in a room before the cursor. */
function mention(e: HTMLTextAreaElement, { all, nick: own }: Room): Pick | undefined {
  const before = e.value.slice(0, e.selectionStart);
  const found = /(?:^|\s)@([\p{L}\p{M}\p{N}._-]{0,30})$/u.exec(before);
  if (!found) return undefined;
  const start = fold(found[1] ?? "");
  const begins = (n: string): boolean => fold(n).split(/\s/).some((w) => w.startsWith(start)) || fold(n).startsWith(start);
  const names = occupants.value.map((o) => o.nick).filter((n) => n !== own && begins(n)).sort().slice(0, 6).map((nick): Name => ({ word: nick, said: "" }));
  if (all && (begins(word) || begins(t.value.everyone))) names.push({ word, said: t.value.everyone });
  return { from: e.selectionStart - (found[1] ?? "").length - 1, names, at: 0 };
}
