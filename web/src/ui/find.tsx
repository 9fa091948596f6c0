import { signal } from "@preact/signals";
import { useEffect, useRef, useState } from "preact/hooks";
import type { Chat, Line } from "../engine/api";
import { t } from "../i18n";
import { fold } from "../text/fold";
import { tell } from "./bridge";
import { Icon } from "./icons";
import { marked } from "./lines";
import { hits, log } from "./state";

/** searching tells whether somebody searches in the conversation that is shown. */
export const searching = signal(false);

const pause = 400; // ms without a key, then the server is asked

/** Spot is a message that was found. */
interface Spot {
  id: string;
  time: number;
  line: Line | undefined; // once it is loaded
}

/** spots joins what was found in the lines that are loaded with what the server found, the newest first. */
function spots(words: string, jid: string): Spot[] {
  const q = fold(words);
  if (q === "") return [];
  const here = log.value.lines.filter((m) => !m.retracted && fold(m.body).includes(q));
  const known = new Set(here.flatMap((m) => [m.id, m.archiveID]));
  const there = hits.value.jid === jid && hits.value.words === words.trim() ? hits.value.hits : [];
  const all = [...here.map((line): Spot => ({ id: line.key, time: line.time, line })),
    ...there.filter((h) => !known.has(h.id)).map((h): Spot => ({ ...h, line: log.value.lines.find((m) => m.archiveID === h.id || m.id === h.id) }))];
  return all.filter((s) => !s.line?.retracted).sort((a, b) => b.time - a.time);
}

/** Find looks for words in the whole conversation: at once in what is loaded, and on the server. What it goes to is loaded. */
export function Find({ chat }: { chat: Chat }) {
  const texts = t.value;
  const field = useRef<HTMLInputElement>(null);
  const [words, setWords] = useState("");
  const [at, setAt] = useState(0);
  const [way, setWay] = useState(""); // the id of a message that is being loaded
  useEffect(() => field.current?.focus(), []);
  useEffect(() => {
    setAt(0);
    if (words.trim().length < 2) return;
    const wait = setTimeout(() => tell({ t: "search", jid: chat.jid, words: words.trim() }), pause);
    return () => clearTimeout(wait);
  }, [words]);
  const list = spots(words, chat.jid);
  const spot = list[Math.min(at, list.length - 1)];
  useEffect(() => { // also when it has been loaded
    marked.value = spot?.line?.key ?? "";
    if (spot?.line) setWay("");
    else if (spot && way !== spot.id) {
      setWay(spot.id);
      tell({ t: "reach", jid: chat.jid, id: spot.id });
    }
  }, [spot?.id, spot?.line?.key]);
  const go = (step: number): void => setAt(list.length === 0 ? 0 : (at + step + list.length) % list.length);
  const asked = words.trim().length < 2 || hits.value.words === words.trim();
  const close = (): void => {
    searching.value = false;
    marked.value = "";
  };
  return (
    <div class="find" role="search" aria-label={texts.searchIn}>
      <Icon name="search" size={18} />
      <input ref={field} type="search" value={words} placeholder={texts.searchIn} aria-label={texts.searchIn} onInput={(e) => setWords(e.currentTarget.value)}
        onKeyDown={(e) => { if (e.key === "Enter") go(e.shiftKey ? -1 : 1); else if (e.key === "Escape") close(); }} />
      <span class="hint" aria-live="polite">{words.trim() !== "" && (list.length > 0 || asked ? texts.matches(Math.min(at, list.length - 1) + 1, list.length) : texts.searchingAll)}</span>
      {(way !== "" || !asked) && <span class="spinner" aria-hidden="true" />}
      <button type="button" class="iconic" aria-label={texts.previous} title={texts.previous} onClick={() => go(1)}><Icon name="up" /></button>
      <button type="button" class="iconic" aria-label={texts.next} title={texts.next} onClick={() => go(-1)}><Icon name="down" /></button>
      <button type="button" class="iconic" aria-label={texts.close} title={texts.close} onClick={close}><Icon name="close" /></button>
    </div>
  );
}
