import { signal } from "@preact/signals";
import { memo } from "preact/compat";
import { useEffect, useLayoutEffect, useRef, useState } from "preact/hooks";
import type { Chat, Line } from "../engine/api";
import { dayName, midnight, t } from "../i18n";
import { tell } from "./bridge";
import { Icon } from "./icons";
import { Message } from "./line";
import type { Chunk } from "./log";
import { log, titleOf } from "./state";

/** marked is the key of the line that a search found. */
export const marked = signal("");

const together = 5 * 60_000; // ms between lines that belong together
const near = 1200; // px around what is seen in which lines are made
const guess = 56; // px that a line is high until it was seen
const edge = 600; // px from the top at which older lines are fetched

/** Lines is the log of a conversation. Only chunks near what is seen have their lines made; the others are as high as they were. */
export function Lines({ chat }: { chat: Chat }) {
  const box = useRef<HTMLDivElement>(null);
  const stuck = useRef(true); // at the bottom, and staying there
  const placed = useRef(0); // where the bottom was when we went there, in px
  const anchor = useRef<{ key: string; top: number } | undefined>(undefined);
  const [away, setAway] = useState(false);
  const l = log.value;
  const jid = chat.jid;
  const ready = l.jid === jid;

  const settle = (): void => {
    const e = box.current;
    if (!e) return;
    if (stuck.current) {
      e.scrollTop = e.scrollHeight;
      placed.current = e.scrollTop;
    } else if (anchor.current) {
      const line = e.querySelector(`[data-key="${CSS.escape(anchor.current.key)}"]`);
      if (line) e.scrollTop += line.getBoundingClientRect().top - anchor.current.top;
    }
  };

  useLayoutEffect(() => { // ChunkView shows what was found
    if (marked.value === "") return;
    stuck.current = false;
    anchor.current = undefined;
  }, [marked.value]);

  const newest = useRef("");
  useLayoutEffect(() => {
    const last = l.lines.at(-1);
    if (last && last.key !== newest.current && last.mine && Date.now() - last.time < 5000) stuck.current = true; // it was written just now
    newest.current = last?.key ?? "";
    settle();
  }, [l]);

  useLayoutEffect(() => {
    const e = box.current;
    if (!e) return;
    stuck.current = true;
    anchor.current = undefined;
    const watch = new ResizeObserver(settle);
    watch.observe(e);
    const inner = e.firstElementChild;
    if (inner) watch.observe(inner);
    return () => watch.disconnect();
  }, [jid]);

  useEffect(() => { // what is seen is read
    const read = (): void => { if (stuck.current && document.hasFocus() && ready) tell({ t: "read", jid }); };
    read();
    window.addEventListener("focus", read);
    return () => window.removeEventListener("focus", read);
  }, [l, jid, ready]);

  const scrolled = (): void => {
    const e = box.current;
    if (!e) return;
    const below = e.scrollHeight - e.scrollTop - e.clientHeight;
    // Lines that are made below after we went to the end move the end, not the user: who leaves it goes up.
    stuck.current = below < 40 || stuck.current && e.scrollTop >= placed.current;
    setAway(below > 400);
    if (stuck.current && chat.unread > 0 && document.hasFocus()) tell({ t: "read", jid });
    const top = e.getBoundingClientRect().top;
    const line = [...e.querySelectorAll<HTMLElement>("[data-key]")].find((m) => m.getBoundingClientRect().bottom > top);
    anchor.current = line?.dataset["key"] ? { key: line.dataset["key"], top: line.getBoundingClientRect().top } : undefined;
    if (e.scrollTop < edge && ready && !l.complete && !l.loading) tell({ t: "older", jid });
  };

  const toEnd = (): void => {
    stuck.current = true;
    settle();
  };

  return (
    <div class="log-frame">
      <div class="log" ref={box} role="log" aria-live="off" aria-label={t.value.messages(titleOf(chat))} aria-busy={l.loading} tabIndex={0} onScroll={scrolled}
        onKeyDown={walk}>
        <div class="log-inner">
          {ready && (l.complete ? <Beginning chat={chat} empty={l.lines.length === 0} /> : <div class="log-top" aria-hidden="true">{l.loading && <span class="spinner" />}</div>)}
          {ready && l.chunks.map((c, i) => <ChunkView key={c.id} chunk={c} jid={jid} group={chat.group} newAfter={l.newAfter} box={box} soon={i >= l.chunks.length - 2} />)}
        </div>
      </div>
      {away && <button type="button" class="to-end" aria-label={t.value.toNewest} title={t.value.toNewest} onClick={toEnd}>
        <Icon name="down" />{chat.unread > 0 && <span class="badge" aria-hidden="true">{chat.unread}</span>}</button>}
    </div>
  );
}

/** walk moves the focus between messages by the arrow keys. */
function walk(e: KeyboardEvent & { currentTarget: HTMLElement }): void {
  if (e.defaultPrevented || (e.target as HTMLElement).closest(".menu")) return;
  const list = [...e.currentTarget.querySelectorAll<HTMLElement>(".msg")];
  const at = list.indexOf((e.target as HTMLElement).closest<HTMLElement>(".msg") ?? document.createElement("i"));
  const to = { ArrowDown: at + 1, ArrowUp: at < 0 ? list.length - 1 : at - 1, Home: 0, End: list.length - 1 }[e.key];
  if (to !== undefined) {
    list[Math.max(0, Math.min(to, list.length - 1))]?.focus();
    e.preventDefault();
  } else if (e.key === "Enter" && (e.target as HTMLElement).classList.contains("msg")) {
    (e.target as HTMLElement).querySelector<HTMLElement>(".tools button")?.click();
    e.preventDefault();
  }
}

function Beginning({ chat, empty }: { chat: Chat; empty: boolean }) {
  const texts = t.value;
  return (
    <div class="beginning">
      <p>{chat.group ? texts.beginningGroup(titleOf(chat)) : texts.beginning}</p>
      {empty && !chat.group && <p class="hint">{texts.sayHello(titleOf(chat))}</p>}
      {chat.room?.managed && <p class="hint"><Icon name="lock" size={14} /> {texts.managed}</p>}
    </div>
  );
}

interface ChunkProps {
  chunk: Chunk;
  jid: string;
  group: boolean;
  newAfter: number;
  box: { current: HTMLDivElement | null };
  soon: boolean; // it is shown at once
}

const ChunkView = memo(function ChunkView({ chunk, jid, group, newAfter, box, soon }: ChunkProps) {
  const self = useRef<HTMLDivElement>(null);
  const height = useRef(chunk.lines.length * guess);
  const [made, setMade] = useState(soon);
  useLayoutEffect(() => {
    const e = self.current;
    if (!e) return;
    const watch = new IntersectionObserver(([seen]) => {
      if (!seen) return;
      if (!seen.isIntersecting) height.current = e.offsetHeight;
      setMade(seen.isIntersecting);
    }, { root: box.current, rootMargin: `${near}px 0px` });
    watch.observe(e);
    return () => watch.disconnect();
  }, []);
  const found = marked.value !== "" && chunk.lines.some((m) => m.key === marked.value) ? marked.value : "";
  useLayoutEffect(() => {
    if (found !== "") self.current?.querySelector(`[data-key="${CSS.escape(found)}"]`)?.scrollIntoView({ block: "center" });
  }, [found]);
  if (!made && found === "") return <div ref={self} style={{ height: `${height.current}px` }} />;
  return <div ref={self} style={{ height: "auto" }}>{chunk.lines.map((m, i) => (
    <Entry key={m.key} line={m} before={chunk.lines[i - 1] ?? chunk.before} after={chunk.lines[i + 1]} jid={jid} group={group} newAfter={newAfter} />
  ))}</div>;
});

interface EntryProps {
  line: Line;
  before: Line | undefined;
  after: Line | undefined;
  jid: string;
  group: boolean;
  newAfter: number;
}

function Entry({ line, before, after, jid, group, newAfter }: EntryProps) {
  const newDay = !before || midnight(before.time) !== midnight(line.time);
  const isNew = newAfter > 0 && line.time > newAfter && !line.mine && (!before || before.time <= newAfter);
  const joined = (a: Line | undefined, b: Line | undefined): boolean => !!a && !!b && a.author === b.author && a.mine === b.mine &&
    b.time - a.time < together && midnight(a.time) === midnight(b.time);
  return (
    <>
      {newDay && <div class="rule-day"><span>{dayName(line.time)}</span></div>}
      {isNew && <div class="rule-new" role="separator"><span>{t.value.newMessages}</span></div>}
      <Message line={line} jid={jid} group={group} first={isNew || !joined(before, line)} last={!joined(line, after)} marked={marked.value === line.key} />
    </>
  );
}
