import { useEffect } from "preact/hooks";
import type { Chat, Person } from "../engine/api";
import { shortTime, t } from "../i18n";
import { textOf } from "./alerts";
import { Requests } from "./asking";
import { Avatar } from "./avatar";
import { tell } from "./bridge";
import { Icon, type IconName } from "./icons";
import { talk } from "./later";
import {
  authorOf, current, directory, found, groups, me, open, people, personal, query, recent, tab, titleOf, unread, type Tab,
} from "./state";
import { normal } from "../xmpp/jid";
import { MyMenu } from "./status";
import { VirtualList } from "./virtual";

const rowHeight = 64;

/** Sidebar is everything beside the conversation. */
export function Sidebar() {
  return (
    <nav class="sidebar" aria-label={t.value.chat}>
      <header><MyMenu /></header>
      <Search />
      <Tabs />
      <Requests />
      <List />
    </nav>
  );
}

function Search() {
  const texts = t.value;
  const q = query.value;
  useEffect(() => {
    if (q.trim().length < 2) return;
    const wait = setTimeout(() => tell({ t: "find", query: q.trim() }), 300);
    return () => clearTimeout(wait);
  }, [q]);
  const input = (e: InputEvent & { currentTarget: HTMLInputElement }): void => {
    query.value = e.currentTarget.value;
  };
  return (
    <div class="search" role="search" aria-label={texts.search}>
      <Icon name="search" size={18} />
      <input type="search" value={q} placeholder={texts.search} aria-label={texts.search} onInput={input}
        onKeyDown={(e) => { if (e.key === "Escape") query.value = ""; }} />
      {q !== "" && <button type="button" class="iconic" aria-label={texts.clear} onClick={() => { query.value = ""; }}><Icon name="close" size={18} /></button>}
    </div>
  );
}

const tabs: readonly Tab[] = ["recent", "groups", "directory"];

function Tabs() {
  const texts = t.value;
  const move = (e: KeyboardEvent): void => {
    const step = { ArrowRight: 1, ArrowLeft: -1 }[e.key];
    if (!step) return;
    tab.value = tabs[(tabs.indexOf(tab.value) + step + tabs.length) % tabs.length] ?? "recent";
    requestAnimationFrame(() => document.getElementById(`tab-${tab.value}`)?.focus());
  };
  return (
    <div class="tabs" role="tablist" onKeyDown={move}>
      {tabs.map((name) => (
        <button type="button" role="tab" key={name} id={`tab-${name}`} aria-selected={tab.value === name && query.value === ""} aria-controls="panel"
          tabIndex={tab.value === name ? 0 : -1} onClick={() => { tab.value = name; query.value = ""; }}>
          {texts[name]}
          {name === "recent" && unread.value > 0 && <Badge n={unread.value} />}
        </button>
      ))}
    </div>
  );
}

/** Badge is the red number. */
export function Badge({ n, mentioned, muted }: { n: number; mentioned?: boolean; muted?: boolean }) {
  return (
    <span class={`badge${muted && !mentioned ? " silent" : ""}`}>
      <span aria-hidden="true">{mentioned ? "@" : ""}{n > 99 ? "99+" : n}</span>
      <span class="aside">{t.value.unread(n)}{mentioned ? `, ${t.value.mentioned}` : ""}</span>
    </span>
  );
}

/** wanted: who goes to the list will open a conversation. */
const wanted = (): void => talk.want();

function List() {
  const texts = t.value;
  const name = tab.value;
  return (
    <div class="lists" id="panel" role="tabpanel" aria-labelledby={`tab-${name}`} onPointerOver={wanted} onFocusIn={wanted}>
      {query.value !== "" ? <Results /> : name === "directory" ? <Directory /> : <ChatList list={name === "groups" ? groups.value : recent.value} label={texts[name]} name={name} />}
    </div>
  );
}

function ChatList({ list, label, name }: { list: readonly Chat[]; label: string; name: Tab }) {
  const texts = t.value;
  if (list.length > 0) return <VirtualList key={name} items={list} height={rowHeight} label={label} id={(c) => c.jid} row={(c) => <ChatRow chat={c} />} />;
  if (!me.value.ready) return <Waiting />;
  if (name === "groups") return <Empty icon="people" title={texts.noGroups} hint={texts.noGroupsHint} />;
  return (
    <Empty icon="chat" title={texts.noRecent} hint={texts.noRecentHint}>
      <button type="button" class="secondary" onClick={() => { tab.value = "directory"; }}>{texts.openDirectory}</button>
    </Empty>
  );
}

function Directory() {
  const texts = t.value;
  const list = directory.value;
  if (list.length > 0) return <VirtualList items={list} height={rowHeight} label={texts.directory} id={(p) => p.jid} row={(p) => <PersonRow person={p} />} />;
  return me.value.ready ? <Empty icon="person" title={texts.noPeople} hint={texts.noPeopleHint} /> : <Waiting />;
}

/** Results are the groups and people that a search finds, those of a large domain's directory included. */
/** Listed is somebody in a list: of who is no contact it is not known whether they are there, and it is not said. */
type Listed = Omit<Person, "status"> & { status: Person["status"] | undefined };

function Results() {
  const texts = t.value;
  const more = found.value.query === query.value.trim() ? found.value.people.filter((p) => !people.value.has(p.jid) && p.jid !== me.value.jid) : [];
  const all: (Chat | Listed)[] = [...groups.value, ...directory.value, ...more.map((p): Listed => ({ ...p, groups: [], status: undefined, note: "", photo: undefined }))];
  const typed = normal(query.value); // somebody of another server
  if (/^[^@/\s]+@[^@/\s]+\.[^@/\s]+$/.test(typed) && !all.some((x) => x.jid === typed)) all.push({ jid: typed, name: typed, groups: [], status: undefined, note: "", photo: undefined });
  if (all.length === 0) return <Empty icon="search" title={texts.noneFound(query.value)} hint={texts.noneFoundHint} />;
  return <VirtualList items={all} height={rowHeight} label={texts.search} id={(x) => x.jid}
    row={(x) => ("group" in x ? <ChatRow chat={x} /> : <PersonRow person={x} />)} />;
}

function Waiting() {
  return <div class="skeleton" role="status" aria-label={t.value.loading}>{[0, 1, 2, 3, 4, 5].map((i) => <div key={i}><span /><span /></div>)}</div>;
}

/** Empty says why there is nothing, and what can be done. */
export function Empty({ icon, title, hint, children }: { icon: IconName; title: string; hint: string; children?: preact.ComponentChildren }) {
  return (
    <div class="empty">
      <span class="empty-icon"><Icon name={icon} size={28} /></span>
      <p class="empty-title">{title}</p>
      <p class="hint">{hint}</p>
      {children}
    </div>
  );
}

function ChatRow({ chat: c }: { chat: Chat }) {
  const texts = t.value;
  const title = titleOf(c);
  const status = c.group ? undefined : people.value.get(c.jid)?.status;
  const over = c.room?.state === "removed" || c.room?.state === "destroyed";
  return (
    <button type="button" class={`row${c.unread > 0 ? " has-unread" : ""}${over ? " is-over" : ""}`} aria-current={current.value === c.jid ? "true" : undefined}
      onClick={() => open(c.jid)}>
      <Avatar name={title} group={c.group} status={status} photo={c.group ? c.photo : people.value.get(c.jid)?.photo} icon={personal(c.jid) ? undefined : "bell"} />
      <span class="row-text">
        <span class="row-top">
          <span class="row-title">{title}</span>
          {status && <span class="aside">, {texts[status]}</span>}
          {c.muted && <Icon name="mute" size={14} />}
          {c.last && <time>{shortTime(c.last.time)}</time>}
        </span>
        <span class="row-bottom">
          <span class="row-last"><Last chat={c} /></span>
          {c.unread > 0 && <Badge n={c.unread} mentioned={c.mentioned} muted={c.muted} />}
        </span>
      </span>
    </button>
  );
}

function Last({ chat: c }: { chat: Chat }) {
  const texts = t.value;
  if (c.room?.state === "removed") return <>{texts.removedTitle}</>;
  if (c.room?.state === "destroyed") return <>{texts.destroyedTitle}</>;
  if (c.typing.length > 0) return <em class="accent">{texts.typingOne(authorOf({ author: c.typing[0] ?? "" }, c.group))}</em>;
  if (c.draft !== "" && current.value !== c.jid) return <><span class="warn">{texts.draft}</span> {c.draft}</>;
  if (!c.last) return <>{c.room?.subject || (c.room?.state === "joined" ? texts.members(c.room.count) : "")}</>;
  const said = textOf(c.last);
  if (c.last.mine && !c.last.moderated) return <>{texts.youSaid(said)}</>;
  return <>{c.group && !c.last.moderated ? texts.newFrom(c.last.author, said) : said}</>;
}

function PersonRow({ person: p }: { person: Listed }) {
  const texts = t.value;
  return (
    <button type="button" class={`row${p.status === "offline" ? " is-offline" : ""}`} aria-current={current.value === p.jid ? "true" : undefined}
      onClick={() => open(p.jid)}>
      <Avatar name={p.name} status={p.status} photo={p.photo} />
      <span class="row-text">
        <span class="row-top"><span class="row-title">{p.name}</span></span>
        <span class="row-bottom"><span class="row-last">{p.note || (p.status ? texts[p.status] : p.jid)}{p.groups[0] ? ` · ${p.groups[0]}` : ""}</span></span>
      </span>
    </button>
  );
}
