import { useComputed, useSignalEffect } from "@preact/signals";
import { useEffect, useState } from "preact/hooks";
import type { Chat } from "../engine/api";
import { language, t } from "../i18n";
import { announced } from "./alerts";
import { tell } from "./bridge";
import { Confirm } from "./confirm";
import { Icon } from "./icons";
import { portrait, portraying, talk } from "./later";
import { Empty, Sidebar } from "./sidebar";
import { SignIn, signingIn } from "./signin";
import { chats, choosing, current, me, open, unread } from "./state";
import { badge } from "./title";
import { vouching } from "./vouch";

/** App is the page. */
export function App() {
  useSignalEffect(() => {
    document.documentElement.lang = language.value;
    badge(unread.value, t.value.chat);
  });
  useSignalEffect(() => {
    if (me.value.phase === "online" || me.value.phase === "out") signingIn.value = false;
  });
  useEffect(portraying, []);
  const { phase } = me.value;
  const Photo = portrait.code.value?.PhotoDialog;
  return (
    <>
      {phase === "starting" || vouching.value ? null : phase === "out" || signingIn.value ? <SignIn /> : <Shell />}
      <Confirm />
      {choosing.value !== undefined && Photo && <Photo />}
      <div class="aside" aria-live="polite">{announced.value}</div>
    </>
  );
}

function Shell() {
  const chat = useComputed(() => chats.value.get(current.value) ?? (current.value === "" ? undefined : fresh(current.value))).value;
  return (
    <div class={`shell${current.value === "" ? "" : " is-open"}`}>
      {chat && <a class="skip" href="#conversation" onClick={(e) => { e.preventDefault(); document.getElementById("conversation")?.focus(); }}>{t.value.skip}</a>}
      <Connection />
      <main class="columns">
        <h1 class="aside">{t.value.chat}</h1>
        <Sidebar />
        <div class="stage">{chat ? <Stage chat={chat} /> : <div class="pick"><Empty icon="chat" title={t.value.pickTitle} hint={t.value.pickHint} /></div>}</div>
      </main>
    </div>
  );
}

/** Stage is the conversation, once its code is there. */
function Stage({ chat }: { chat: Chat }) {
  const texts = t.value;
  useEffect(() => talk.want(), []);
  const Conversation = talk.code.value?.Conversation;
  if (Conversation) return <Conversation chat={chat} />;
  if (!talk.failed.value) return <div class="pick" id="conversation" tabIndex={-1} aria-busy="true"><span class="spinner" /></div>;
  return (
    <div class="pick" id="conversation" tabIndex={-1}><Empty icon="off" title={texts.notLoaded} hint={texts.noServer}>
      <button type="button" class="secondary" onClick={() => talk.again()}>{texts.retry}</button>
      <button type="button" class="quiet only-narrow" onClick={() => open("")}>{texts.back}</button>
    </Empty></div>
  );
}

/** fresh is a conversation in which nothing was said yet. */
const fresh = (jid: string): Chat => ({
  jid, name: "", group: false, listed: false, at: 0, last: undefined, unread: 0, mentioned: false, muted: false, draft: "", typing: [], room: undefined, photo: undefined,
});

/** Connection says when there is none. */
function Connection() {
  const { phase, problem, retryAt, waiting } = me.value;
  const texts = t.value;
  const [now, setNow] = useState(Date.now());
  const [late, setLate] = useState(false); // what is over in a moment is not worth a word
  useEffect(() => {
    setLate(false);
    if (phase !== "waiting") return;
    const tick = setInterval(() => setNow(Date.now()), 1000);
    const wait = setTimeout(() => setLate(true), 1000);
    return () => {
      clearInterval(tick);
      clearTimeout(wait);
    };
  }, [phase]);
  const wait = Math.ceil((retryAt - now) / 1000);
  const out = waiting > 0 ? ` ${texts.waitingOut(waiting)}` : "";
  return (
    <div class={`connection ${phase === "waiting" && !late ? "" : phase}`} role="status">
      {phase === "waiting" && late && <><Icon name="off" size={18} /><span>{wait > 1 ? texts.reconnectIn(wait) : texts.reconnecting}{out}</span>
        <button type="button" onClick={() => tell({ t: "retry" })}>{texts.retry}</button></>}
      {phase === "ended" && <><Icon name="alert" size={18} /><span>{problem === "conflict" ? texts.endedElsewhere : texts.noServer}</span>
        <button type="button" onClick={() => tell({ t: "retry" })}>{problem === "conflict" ? texts.useHere : texts.retry}</button></>}
    </div>
  );
}
