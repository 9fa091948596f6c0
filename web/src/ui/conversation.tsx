import { signal } from "@preact/signals";
import { useEffect, useState } from "preact/hooks";
import type { Chat } from "../engine/api";
import { t } from "../i18n";
import { Avatar } from "./avatar";
import { tell } from "./bridge";
import { Composer, filesHere, hand } from "./composer";
import { Find, searching } from "./find";
import { Icon } from "./icons";
import { Lines, marked } from "./lines";
import { Members } from "./members";
import { Menu, type Item } from "./menu";
import { notIn, outOf } from "./reasons";
import { authorOf, choosing, log, me, open, people, personal, titleOf } from "./state";
import { Topic, topical } from "./topic";

/** membersShown tells whether the list of a group's members stands beside it. */
export const membersShown = signal(window.innerWidth >= 1180);

/** Conversation is a chat with a person, or a group. */
export function Conversation({ chat }: { chat: Chat }) {
  const [over, setOver] = useState(0); // how deep files are dragged into it
  useEffect(() => () => { searching.value = false; marked.value = ""; setOver(0); }, [chat.jid]);
  const drop = (e: DragEvent): void => {
    e.preventDefault();
    setOver(0);
    hand(chat, e.dataTransfer?.files);
  };
  const files = (e: DragEvent): boolean => !!e.dataTransfer?.types.includes("Files");
  return (
    <div class={`talk${chat.group && membersShown.value ? " with-members" : ""}`}>
      <section class="conversation" id="conversation" tabIndex={-1} aria-label={titleOf(chat)} onDrop={drop}
        onDragEnter={(e) => { if (files(e)) setOver(over + 1); }} onDragLeave={(e) => { if (files(e)) setOver(Math.max(0, over - 1)); }}
        onDragOver={(e) => { if (files(e)) e.preventDefault(); }}>
        <Head chat={chat} />
        {searching.value && <Find chat={chat} />}
        <Lines chat={chat} key={chat.jid} />
        <Typing chat={chat} />
        <Foot chat={chat} />
        {over > 0 && <div class="drop">{filesHere(chat) === "" ? <><Icon name="attach" size={32} />{t.value.dropHere}</> : <><Icon name="lock" size={32} />{filesHere(chat)}</>}</div>}
      </section>
      {chat.group && membersShown.value && <Members />}
      {topical.value === chat.jid && <Topic chat={chat} />}
    </div>
  );
}

function Head({ chat }: { chat: Chat }) {
  const texts = t.value;
  const person = people.value.get(chat.jid);
  const title = titleOf(chat);
  const items = (): Item[] => [
    { label: texts.searchIn, icon: "search", run: () => { searching.value = true; } },
    { label: chat.muted ? texts.unmute : texts.mute, icon: chat.muted ? "bell" : "mute", run: () => tell({ t: "mute", jid: chat.jid, muted: !chat.muted }) },
    ...(chat.room?.topic ? [{ label: texts.topicChange, icon: "edit" as const, run: () => { topical.value = chat.jid; } }] : []),
    ...(chat.room?.picture ? [{ label: texts.groupPhoto, icon: "people" as const, run: () => { choosing.value = chat.jid; } }] : []),
    ...(chat.group || person || chat.jid === me.value.jid || !personal(chat.jid) ? [] : [{ label: texts.addContact, icon: "person" as const, run: () => tell({ t: "contact", jid: chat.jid, wanted: true }) }]),
    { label: texts.hide, icon: "close", run: () => { tell({ t: "hide", jid: chat.jid }); open(""); } },
  ];
  const status = person?.status; // of who is no contact it is not known
  const sub = !personal(chat.jid) ? texts.fromAdmins : chat.group ? chat.room?.subject || (chat.room?.state === "joined" ? texts.members(chat.room.count) : chat.room?.description ?? "")
    : person?.note || (status ? texts[status] : title === chat.jid ? "" : chat.jid);
  return (
    <header class="head">
      <button type="button" class="iconic only-narrow" aria-label={texts.back} onClick={() => open("")}><Icon name="back" size={22} /></button>
      <Avatar name={title} group={chat.group} status={chat.group ? undefined : status} photo={chat.photo ?? person?.photo} icon={personal(chat.jid) ? undefined : "bell"} size={40} />
      <div class="head-text"><h2>{title}</h2>{(sub !== "" || chat.muted) && <p class="hint" title={sub}>{chat.muted && <Icon name="mute" size={13} />}<span>{sub}</span></p>}</div>
      {chat.group && <button type="button" class={`iconic${membersShown.value ? " pressed" : ""}`} aria-pressed={membersShown.value} aria-label={texts.showMembers} title={texts.showMembers}
        onClick={() => { membersShown.value = !membersShown.value; }}><Icon name="people" size={22} /></button>}
      <Menu label={texts.more} button={<Icon name="more" size={22} />} items={items} align="right" />
    </header>
  );
}

function Typing({ chat }: { chat: Chat }) {
  const texts = t.value;
  const [a, b, c] = chat.typing.map((author) => authorOf({ author }, chat.group));
  const said = !a ? "" : !b ? texts.typingOne(a) : !c ? texts.typingTwo(a, b) : texts.typingMany;
  return <p class="typing" aria-live="off">{said !== "" && <><span class="dots" aria-hidden="true"><i /><i /><i /></span>{said}</>}</p>;
}

/** Foot is the field to write in, or why one cannot write. */
function Foot({ chat }: { chat: Chat }) {
  const texts = t.value;
  const room = chat.room;
  if (room?.state === "removed" || room?.state === "destroyed") {
    const why = outOf(texts, room);
    return (
      <div class="notice" role="status">
        <strong>{room.state === "removed" ? texts.removedTitle : texts.destroyedTitle}</strong>
        {why !== "" && <span>{why}</span>}
        {room.reason !== "" && <q>{room.reason}</q>}
        <button type="button" class="secondary" onClick={() => { tell({ t: "hide", jid: chat.jid }); open(""); }}>{texts.close_group}</button>
      </div>
    );
  }
  if (room?.state === "failed") {
    return (
      <div class="notice" role="status"><strong>{texts.joinFailed}</strong>{notIn(texts, room) !== "" && <span>{notIn(texts, room)}</span>}
        <button type="button" class="secondary" onClick={() => tell({ t: "rejoin", jid: chat.jid })}>{texts.retry}</button></div>
    );
  }
  if (room && me.value.status === "offline") return <div class="notice" role="status">{texts.hiddenNoGroups}</div>;
  if (room?.state === "joined" && room.role === "visitor") return <div class="notice" role="status"><Icon name="lock" size={16} /><span>{texts.announcement}</span></div>;
  // Nobody reads what is written to the domain, but a question of it is answered so.
  if (!personal(chat.jid) && !log.value.lines.some((m) => m.asks)) return <div class="notice" role="status"><Icon name="bell" size={16} /><span>{texts.noReplies}</span></div>;
  return <Composer chat={chat} key={chat.jid} />;
}
