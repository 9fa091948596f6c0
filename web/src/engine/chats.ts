import type { Chat, Line, Preview } from "./api";
import { Conversation } from "./conversation";
import type { DB } from "./db";
import type { Hub } from "./hub";
import { over, type Rooms } from "./rooms";

/** Kept is a conversation as the browser keeps it. */
interface Kept {
  jid: string;
  group: boolean;
  lines: Line[];
  oldest: string;
  complete: boolean;
  readAt: number;
  readID: string;
  draft: string;
  opened: number;
}

/** Choices are what the user decided about conversations, on this browser. */
export interface Choices {
  muted: string[];
  hidden: Record<string, number>; // since when (ms) a conversation is not among the recent ones
}

const keptLines = 60;

/** Chats are all conversations. */
export class Chats {
  readonly all = new Map<string, Conversation>();
  choices: Choices = { muted: [], hidden: {} };
  private readonly unsaved = new Set<string>();
  private readonly with = new Map<string, unknown>();
  private timer: ReturnType<typeof setTimeout> | undefined;

  constructor(private readonly db: DB, private readonly hub: () => Hub, private readonly rooms: () => Rooms | undefined) {}

  /** get finds a conversation, and begins one where there is none. */
  get(jid: string, group = this.rooms()?.all.has(jid) ?? false): Conversation {
    let c = this.all.get(jid);
    if (!c) {
      c = new Conversation(jid, group, (key, gone) => {
        this.hub().lineChanged(jid, key, gone);
        this.save(jid);
      });
      this.all.set(jid, c);
    }
    return c;
  }

  /** restore brings back what the browser kept. */
  restore(kept: ReadonlyMap<string, unknown>): void {
    this.choices = (kept.get("choices") as Choices | undefined) ?? this.choices;
    for (const [key, value] of kept) {
      if (!key.startsWith("chat:")) continue;
      const k = value as Kept;
      const c = this.get(k.jid, k.group);
      c.readAt = k.readAt;
      c.readID = k.readID;
      c.draft = k.draft;
      c.opened = k.opened;
      c.restore(k.lines);
      c.oldest = k.oldest;
      c.complete = k.complete;
      this.unsaved.delete(k.jid);
    }
  }

  /** clear forgets everything: somebody signed out. */
  clear(): void {
    clearTimeout(this.timer);
    this.timer = undefined;
    this.unsaved.clear();
    this.with.clear();
    this.all.clear();
    this.choices = { muted: [], hidden: {} };
  }

  private save(jid: string): void {
    this.unsaved.add(jid);
    this.timer ??= setTimeout(() => this.saveNow(), 500);
  }

  /** saveWith keeps something that is true of the lines together with them. */
  saveWith(key: string, value: unknown): void {
    this.with.set(key, value);
    this.timer ??= setTimeout(() => this.saveNow(), 500);
  }

  /** saveNow keeps what changed. */
  saveNow(): void {
    clearTimeout(this.timer);
    this.timer = undefined;
    for (const [key, value] of this.with) this.db.put(key, value);
    this.with.clear();
    for (const jid of this.unsaved) {
      const c = this.all.get(jid);
      if (!c) continue;
      const lines = c.lines.slice(-keptLines).filter((m) => !m.transfer);
      const cut = c.lines.length > keptLines;
      const kept: Kept = {
        jid, group: c.group, lines, oldest: cut ? lines.find((m) => m.archiveID !== "")?.archiveID ?? "" : c.oldest, complete: c.complete && !cut,
        readAt: c.readAt, readID: c.readID, draft: c.draft, opened: c.opened,
      };
      this.db.put(`chat:${jid}`, kept);
    }
    this.unsaved.clear();
  }

  mute(jid: string, muted: boolean): void {
    this.choose({ ...this.choices, muted: [...this.choices.muted.filter((j) => j !== jid), ...(muted ? [jid] : [])] }, jid);
  }

  /** hide takes a conversation from the recent ones until something new comes. */
  hide(jid: string): void {
    this.choose({ ...this.choices, hidden: { ...this.choices.hidden, [jid]: Date.now() } }, jid);
  }

  private choose(choices: Choices, jid: string): void {
    this.choices = choices;
    this.db.put("choices", choices);
    this.hub().chatChanged(jid);
  }

  muted(jid: string): boolean {
    return this.choices.muted.includes(jid);
  }

  /** jids are the conversations and groups that lists may show. */
  *jids(): Iterable<string> {
    yield* this.all.keys();
    for (const jid of this.rooms()?.all.keys() ?? []) if (!this.all.has(jid)) yield jid;
  }

  /** view is a conversation as lists show it; undefined: there is nothing to show. */
  view(jid: string): Chat | undefined {
    const c = this.all.get(jid);
    const g = this.rooms()?.all.get(jid);
    if (!g && (!c || c.group)) return undefined;
    const last = c?.lines.at(-1);
    const at = Math.max(last?.time ?? 0, c?.opened ?? 0);
    return {
      jid, name: g?.name ?? "", group: !!g, at,
      listed: at > (this.choices.hidden[jid] ?? 0) && (!!last || (c?.opened ?? 0) > 0 || c?.draft !== "") || over(g?.room.state),
      last: last && preview(last), unread: c?.unread ?? 0, mentioned: c?.mentioned ?? false, muted: this.muted(jid),
      draft: c?.draft ?? "", typing: c?.typing ?? [], room: g?.room, photo: g?.photo,
    };
  }
}

const preview = (m: Line): Preview => ({
  author: m.author, mine: m.mine, body: m.body.slice(0, 200), file: m.file || (m.transfer ? m.transfer.name : ""), time: m.time, state: m.state,
  retracted: m.retracted, ...(m.moderated && { moderated: true }),
});
