import { everybody } from "../text/mentions";
import { newID } from "../xmpp/id";
import { compose, composeMark, composeReaction, composeRetraction, composeState, composeTopic } from "../xmpp/message";
import { NS } from "../xmpp/ns";
import { StanzaError, type Wire } from "../xmpp/wire";
import { el } from "../xmpp/xml";
import type { Command, Line } from "./api";
import type { Chats } from "./chats";
import { reacted, withdrawn, type Conversation } from "./conversation";
import type { Outbox } from "./outbox";
import type { Rooms } from "./rooms";
import type { Uploads } from "./uploads";

/** WriterParts is what writing needs. */
export interface WriterParts {
  wire: Wire;
  chats: Chats;
  rooms: () => Rooms;
  outbox: Outbox;
  uploads: Uploads;
  me: () => string;
  /** look reads up to the end of a conversation's archive. */
  look: (c: Conversation) => void;
}

const pauseAfter = 5000; // ms without a key, then nobody types any more
const fallbackRetraction = "This person took a message back, but your client does not support that.";

/** Writer does what users do in conversations. */
export class Writer {
  private readonly typing = new Map<string, ReturnType<typeof setTimeout>>();
  private readonly marks = new Map<string, ReturnType<typeof setTimeout>>();
  private topicAsked: { id: string; refused: (err: StanzaError) => void } | undefined;
  private readonly files = new Map<string, { jid: string; file: File }>(); // that have not arrived, by the key of their line

  constructor(private readonly p: WriterParts) {}

  /** command does what concerns a conversation; other commands are not for it. */
  command(c: Command): void {
    if (!("jid" in c)) return;
    const chat = this.p.chats.get(c.jid);
    switch (c.t) {
      case "send": return this.send(chat, c);
      case "edit": return this.edit(chat, c.key, c.body);
      case "retract": return this.retract(chat, c.key);
      case "react": return this.react(chat, c.key, c.emoji);
      case "again": return this.again(chat, c.key);
      case "drop": return this.drop(chat, c.key);
      case "draft": return this.draft(chat, c.body);
      case "read": return this.read(chat);
      case "file": return this.file(chat, c);
    }
  }

  /** author is who we are in a conversation. */
  private author(c: Conversation): string {
    const room = this.p.rooms().all.get(c.jid);
    return room ? room.room.nick || room.wanted : this.p.me();
  }

  private send(c: Conversation, { id, body: text, reply: replyKey, again }: Extract<Command, { t: "send" }>): void {
    const body = text.normalize("NFC");
    if (body.trim() === "" || c.find(id)) return;
    const target = c.line(replyKey);
    const reply = target && { id: reference(c, target), to: c.group ? `${c.jid}/${target.author}` : target.author, quote: target.file || target.body };
    c.add({ id, author: this.author(c), body, reply: reply && { id: reply.id, to: reply.to } });
    c.draft = "";
    this.quiet(c.jid);
    this.p.outbox.submit(c.jid, compose({ id, to: c.jid, group: c.group, body, reply, all: this.everybody(c, body) }), again);
    if (again) this.p.look(c);
  }

  /** everybody is where a text names everybody, if we may do that. */
  private everybody(c: Conversation, body: string): ReturnType<typeof everybody> {
    return this.p.rooms().all.get(c.jid)?.room.all ? everybody(body) : undefined;
  }

  private edit(c: Conversation, key: string, text: string): void {
    const line = c.line(key);
    const body = text.normalize("NFC");
    if (!line?.mine || line.retracted || line.id === "" || body.trim() === "" || body === line.body) return;
    c.update(key, (m) => ({ ...m, body, edited: true }));
    this.p.outbox.submit(c.jid, compose({ id: newID(), to: c.jid, group: c.group, body, replaces: line.id }));
  }

  private retract(c: Conversation, key: string): void {
    const line = c.line(key);
    if (!line?.mine || line.retracted) return;
    if (line.state === "failed") return this.drop(c, key);
    c.update(key, withdrawn);
    this.p.outbox.submit(c.jid, composeRetraction(c.jid, c.group, newID(), reference(c, line), fallbackRetraction));
  }

  /** topic says what a group is about (XEP-0045 § 8.1). It throws a StanzaError where that is refused. */
  topic(jid: string, subject: string): Promise<void> {
    return new Promise((_, reject) => {
      const id = newID();
      this.topicAsked = { id, refused: reject };
      if (!this.p.wire.send(composeTopic(jid, id, subject.normalize("NFC").trim()))) reject(new StanzaError("offline", ""));
    });
  }

  /** refused: a message came back. */
  refused(id: string, err: StanzaError): void {
    if (this.topicAsked?.id === id) this.topicAsked.refused(err);
  }

  /** moderate takes back what somebody else wrote in a group (XEP-0425 § 3). It throws a StanzaError where that is refused. */
  async moderate(jid: string, key: string): Promise<void> {
    const id = this.p.chats.get(jid).line(key)?.archiveID;
    if (id) await this.p.wire.ask("set", jid, el("moderate", NS.moderate, { id }, el("retract", NS.retract)));
  }

  private react(c: Conversation, key: string, emoji: string): void {
    const line = c.line(key);
    if (!line || line.retracted) return;
    const mine = line.reactions.filter((r) => r.mine).map((r) => r.emoji);
    const next = mine.includes(emoji) ? mine.filter((e) => e !== emoji) : [...mine, emoji];
    c.update(key, (m) => ({ ...m, reactions: reacted(m.reactions, { author: this.author(c), mine: true }, next) }));
    this.p.outbox.submit(c.jid, composeReaction(c.jid, c.group, newID(), reference(c, line), next));
  }

  /** again sends once more what was refused. */
  private again(c: Conversation, key: string): void {
    const line = c.line(key);
    if (!line || line.state !== "failed") return;
    const waiting = this.files.get(key);
    if (waiting) return void this.upload(c, key, waiting.file);
    c.remove(key);
    const id = newID();
    c.add({ id, author: this.author(c), body: line.body, file: line.file, reply: line.reply });
    const quote = line.reply && c.find(line.reply.id)?.body;
    const reply = line.reply && quote ? { ...line.reply, quote } : undefined;
    this.p.outbox.submit(c.jid, compose({ id, to: c.jid, group: c.group, body: line.body, file: line.file, reply, all: this.everybody(c, line.body) }));
  }

  /** drop gives up what was refused, or a file on its way. */
  private drop(c: Conversation, key: string): void {
    const line = c.line(key);
    if (!line || (line.state !== "failed" && !line.transfer)) return;
    this.files.delete(key);
    this.p.uploads.cancel(key);
    c.remove(key);
  }

  private draft(c: Conversation, body: string): void {
    if (c.draft === body) return;
    c.draft = body;
    c.touch();
    if (body === "") return this.quiet(c.jid, true);
    if (!this.typing.has(c.jid)) this.p.wire.send(composeState(c.jid, c.group, true));
    clearTimeout(this.typing.get(c.jid));
    this.typing.set(c.jid, setTimeout(() => this.quiet(c.jid, true), pauseAfter));
  }

  /** quiet: we do not type any more. */
  private quiet(jid: string, tell = false): void {
    clearTimeout(this.typing.get(jid));
    if (this.typing.delete(jid) && tell) this.p.wire.send(composeState(jid, this.p.chats.get(jid).group, false));
  }

  /** read marks what a conversation shows as read, for the other side (XEP-0333) and for our other clients (XEP-0490). */
  private read(c: Conversation): void {
    const last = c.lines.findLast((m) => !m.mine);
    if (!last || !c.read(last.time)) return;
    if (!c.group && last.id !== "" && c.jid.includes("@")) this.p.wire.send(composeMark(c.jid, false, newID(), true, last.id));
    clearTimeout(this.marks.get(c.jid));
    this.marks.set(c.jid, setTimeout(() => this.mark(c), 1000));
  }

  private mark(c: Conversation): void {
    const last = c.lines.findLast((m) => m.archiveID !== "" && m.time <= c.readAt);
    if (!last || last.archiveID === c.readID) return;
    c.readID = last.archiveID;
    const field = (name: string, value: string) => el("field", NS.form, { var: name }, el("value", NS.form, {}, value));
    this.p.wire.ask("set", undefined, el("pubsub", NS.pubsub, {},
      el("publish", NS.pubsub, { node: NS.displayed }, el("item", NS.pubsub, { id: c.jid },
        el("displayed", NS.displayed, {}, el("stanza-id", NS.sid, { by: c.group ? c.jid : this.p.me(), id: last.archiveID })))),
      el("publish-options", NS.pubsub, {}, el("x", NS.form, { type: "submit" },
        el("field", NS.form, { var: "FORM_TYPE", type: "hidden" }, el("value", NS.form, {}, NS.publishOptions)),
        field("pubsub#persist_items", "true"), field("pubsub#max_items", "max"),
        field("pubsub#send_last_published_item", "never"), field("pubsub#access_model", "whitelist")))))
      .catch((err: unknown) => console.warn("mark:", err));
  }

  private file(c: Conversation, { id, file }: Extract<Command, { t: "file" }>): void {
    if (c.find(id)) return;
    const line = c.add({ id, author: this.author(c), body: "", transfer: { name: file.name, size: file.size, sent: 0, type: file.type, problem: "" } });
    void this.upload(c, line.key, file);
  }

  /** upload brings a file to the server, and then sends its address (XEP-0066). */
  private async upload(c: Conversation, key: string, file: File): Promise<void> {
    this.files.set(key, { jid: c.jid, file });
    const set = (part: Partial<NonNullable<Line["transfer"]>>, state: Line["state"]): void =>
      c.update(key, (m) => ({ ...m, state, transfer: m.transfer && { ...m.transfer, ...part } }));
    set({ sent: 0, problem: "" }, "queued");
    try {
      if (file.size > this.p.uploads.max) throw new StanzaError(this.p.uploads.max === 0 ? "service-unavailable" : "file-too-large", "");
      const url = await this.p.uploads.send(key, file, (sent) => set({ sent }, "queued"));
      const line = c.line(key);
      if (!line) return;
      this.files.delete(key);
      c.update(key, (m) => ({ ...m, body: url, file: url, transfer: undefined, time: Date.now() }));
      this.p.outbox.submit(c.jid, compose({ id: line.id, to: c.jid, group: c.group, body: url, file: url }));
    } catch (err) {
      const problem = err instanceof StanzaError ? err.payload?.name ?? err.condition : "network";
      if (problem !== "cancelled") set({ problem }, "failed");
    }
  }
}

/** reference is what others know a line by: in a group the room's id, else the author's (XEP-0461 § 3, XEP-0444 § 3, XEP-0424 § 3). */
const reference = (c: Conversation, m: Line): string => (c.group ? m.archiveID || m.id : m.id || m.archiveID);

