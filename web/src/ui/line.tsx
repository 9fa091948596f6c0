import { memo } from "preact/compat";
import type { Line, Photo, Reaction } from "../engine/api";
import { bytes, clock, fullTime, t } from "../i18n";
import { parts, safe } from "../text/links";
import { fileName, textOf } from "./alerts";
import { Avatar } from "./avatar";
import { tell } from "./bridge";
import { editing, replying } from "./composer";
import { confirmed } from "./confirm";
import { Icon, Ticks } from "./icons";
import { Menu, type Item } from "./menu";
import { origins } from "./origins";
import { refusal, uploadProblem } from "./reasons";
import { authorOf, chats, log, me, nameOf, occupants, people, personal } from "./state";

const rel = "noopener noreferrer nofollow"; // of all addresses that others have written
const quick = ["👍", "❤️", "😂", "😮", "😢", "🙏"];

interface Props {
  line: Line;
  jid: string;
  group: boolean;
  first: boolean; // of neighbours by the same author
  last: boolean;
  marked: boolean; // a search found it
}

/** Message is one line of a conversation. */
export const Message = memo(function Message({ line, jid, group, first, last, marked }: Props) {
  const texts = t.value;
  const author = line.mine ? texts.you : authorOf(line, group);
  const kind = `msg${line.mine ? " mine" : ""}${first ? " first" : ""}${last ? " last" : ""}${line.state === "failed" ? " failed" : ""}${line.mention ? " named" : ""}${marked ? " marked" : ""}`;
  return (
    <article class={kind} data-key={line.key} tabIndex={-1} aria-label={`${author}, ${clock(line.time)}${line.mention ? `, ${texts.mentioned}` : ""}`}>
      {!line.mine && <span class="msg-face">{last && <Avatar name={author} photo={photoOf(line.author, group)} icon={group || personal(line.author) ? undefined : "bell"} size={32} />}</span>}
      <div class="msg-body">
        {first && group && !line.mine && <span class="msg-author">{author}</span>}
        <div class="bubble">
          {line.reply && <Quoted line={line} group={group} />}
          <Content line={line} />
          <span class="meta">
            {line.edited && !line.retracted && <span>{texts.edited}</span>}
            <time dateTime={new Date(line.time).toISOString()} title={fullTime(line.time)}>{clock(line.time)}</time>
            {line.mine && !line.retracted && <State line={line} />}
          </span>
        </div>
        {line.reactions.length > 0 && <Reactions line={line} jid={jid} group={group} />}
        {line.state === "failed" && <Failed line={line} jid={jid} />}
      </div>
      {!line.retracted && line.state !== "failed" && !line.transfer && <Tools line={line} jid={jid} />}
    </article>
  );
});

/** photoOf finds the photo of who wrote a line; in a group we know people by their nicks. */
function photoOf(author: string, group: boolean): Photo | undefined {
  return people.value.get(group ? occupants.value.find((o) => o.nick === author)?.jid ?? "" : author)?.photo;
}

function Content({ line }: { line: Line }) {
  if (line.retracted) return <span class="gone"><Icon name="trash" size={16} /> {line.moderated ? t.value.moderated : t.value.deleted}</span>;
  if (line.transfer) return <Sending line={line} />;
  if (line.file !== "") return <FileView address={line.file} />;
  return <span class={onlyEmoji(line.body) ? "text big" : "text"}><Linked text={line.body} /></span>;
}

/** Linked is text in which addresses can be opened. It is text: nothing of it is ever HTML. */
function Linked({ text }: { text: string }) {
  return <>{parts(text).map((p, i) => (p.href ? <a key={i} href={p.href} target="_blank" rel={rel}>{p.text}</a> : p.text))}</>;
}

const onlyEmoji = (text: string): boolean => text.length <= 24 && /^(?:\p{Extended_Pictographic}[\p{Emoji_Modifier}\uFE0F\u200D]*\s*){1,3}$/u.test(text);

function State({ line }: { line: Line }) {
  const texts = t.value;
  const label = texts[line.state];
  const icon = line.state === "queued" || line.state === "sent" ? <Icon name="clock" size={13} />
    : line.state === "failed" ? <Icon name="alert" size={13} /> : <Ticks twice={line.state === "received" || line.state === "displayed"} />;
  return <span class={`state ${line.state}`} title={label}>{icon}<span class="aside">{label}</span></span>;
}

function Quoted({ line, group }: { line: Line; group: boolean }) {
  const id = line.reply?.id ?? "";
  const original = log.value.lines.find((m) => m.archiveID === id || m.id === id);
  const show = (): void => {
    const e = original && document.querySelector<HTMLElement>(`[data-key="${CSS.escape(original.key)}"]`);
    e?.scrollIntoView({ block: "center" });
    e?.focus({ preventScroll: true });
  };
  return (
    <button type="button" class="quoted" onClick={show} disabled={!original} tabIndex={-1}>
      <strong>{original ? (original.mine ? t.value.you : authorOf(original, group)) : t.value.original}</strong>
      <span>{original ? textOf(original) : "…"}</span>
    </button>
  );
}

function Reactions({ line, jid, group }: { line: Line; jid: string; group: boolean }) {
  const names = (r: Reaction): string => r.by.map((b) => (group ? b : b === me.value.jid ? t.value.you : nameOf(b))).join(", ");
  return (
    <div class="reactions">
      {line.reactions.map((r) => (
        <button type="button" key={r.emoji} class={r.mine ? "chosen" : ""} aria-pressed={r.mine} title={names(r)}
          onClick={() => tell({ t: "react", jid, key: line.key, emoji: r.emoji })}>
          <span>{r.emoji}</span>{r.by.length > 1 && <span>{r.by.length}</span>}<span class="aside">{names(r)}</span>
        </button>
      ))}
    </div>
  );
}

function Failed({ line, jid }: { line: Line; jid: string }) {
  const texts = t.value;
  const why = refusal(texts, line, chats.value.get(jid)?.room);
  return (
    <div class="failure">
      <span>{line.transfer ? uploadProblem(texts, line.transfer.problem, bytes(me.value.maxFile)) : why === "" ? texts.failed : `${texts.failed}: ${why}`}</span>
      <button type="button" onClick={() => tell({ t: "again", jid, key: line.key })}>{texts.retry}</button>
      <button type="button" onClick={() => tell({ t: "drop", jid, key: line.key })}>{texts.remove}</button>
    </div>
  );
}

function Sending({ line }: { line: Line }) {
  const f = line.transfer;
  if (!f) return null;
  const percent = f.size > 0 ? Math.round((f.sent / f.size) * 100) : 0;
  const jid = log.value.jid;
  return (
    <div class="file-card">
      <span class="file-icon"><Icon name="file" /></span>
      <span class="file-text"><strong>{f.name}</strong><span class="hint">{bytes(f.size)}{f.problem === "" ? ` · ${percent}%` : ""}</span>
        {f.problem === "" && <progress max={100} value={percent} aria-label={t.value.uploading(percent)} />}</span>
      {f.problem === "" && <button type="button" class="iconic" aria-label={t.value.cancel} title={t.value.cancel}
        onClick={() => tell({ t: "drop", jid, key: line.key })}><Icon name="close" size={18} /></button>}
    </div>
  );
}

/** FileView shows a file: a picture, a film or sound of our own server in place, anything else by its name. */
function FileView({ address }: { address: string }) {
  const href = safe(address);
  const name = fileName(address);
  if (!href || !/^https?:/.test(href)) return <span class="text">{address}</span>;
  const path = new URL(href).pathname;
  const ours = origins.has(new URL(href).origin);
  if (ours && /\.(jpe?g|png|gif|webp|avif)$/i.test(path)) {
    return <a class="picture" href={href} target="_blank" rel={rel}><img src={href} alt={t.value.image(name)} loading="lazy" decoding="async" /></a>;
  }
  if (ours && /\.(mp4|webm|mov)$/i.test(path)) return <video class="film" src={href} controls preload="metadata" aria-label={name} />;
  if (ours && /\.(mp3|ogg|oga|opus|m4a|wav)$/i.test(path)) return <audio src={href} controls preload="none" aria-label={name} />;
  return (
    <a class="file-card" href={href} target="_blank" rel={rel} title={t.value.download}>
      <span class="file-icon"><Icon name="file" /></span>
      <span class="file-text"><strong>{name}</strong><span class="hint">{ours ? /\.(\w{1,8})$/.exec(path)?.[1]?.toUpperCase() ?? "" : new URL(href).host}</span></span>
    </a>
  );
}

function Tools({ line, jid }: { line: Line; jid: string }) {
  const texts = t.value;
  const react = (emoji: string): void => tell({ t: "react", jid, key: line.key, emoji });
  const toPerson = personal(jid); // the domain takes no answers
  const moderates = !line.mine && line.archiveID !== "" && chats.value.get(jid)?.room?.moderates;
  const items = (): Item[] => [
    ...(toPerson ? [{ label: texts.reply, icon: "reply" as const, run: () => { editing.value = undefined; replying.value = line; } }] : []),
    ...(line.body !== "" && line.file === "" ? [{ label: texts.copy, icon: "copy" as const, run: () => void navigator.clipboard.writeText(line.body) }] : []),
    ...(line.mine && line.file === "" ? [{ label: texts.edit, icon: "edit" as const, run: () => { replying.value = undefined; editing.value = line; } }] : []),
    ...(line.mine ? [{ label: texts.remove, icon: "trash" as const, danger: true, rule: true,
      run: () => confirmed(texts.removeAsk, texts.remove, () => tell({ t: "retract", jid, key: line.key })) }] : []),
    ...(moderates ? [{ label: texts.moderate, icon: "trash" as const, danger: true, rule: true,
      run: () => confirmed(texts.moderateAsk(line.author), texts.remove, () => tell({ t: "moderate", jid, key: line.key })) }] : []),
  ];
  const emojis = (close: () => void) => (
    <div class="emojis" role="group" aria-label={texts.react}>
      {quick.map((e) => <button type="button" key={e} role="menuitem" tabIndex={-1} onClick={() => { close(); react(e); }}>{e}</button>)}
    </div>
  );
  return (
    <div class="tools">
      <Menu label={texts.actions} button={<Icon name="more" />} items={items} head={toPerson ? emojis : undefined} align={line.mine ? "right" : "left"} buttonTab={-1} />
    </div>
  );
}

