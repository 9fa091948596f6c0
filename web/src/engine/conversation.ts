import type { Parsed } from "../xmpp/message";
import type { Line, Reaction, State } from "./api";

const rank: Record<State, number> = { queued: 0, sent: 1, failed: 1, acked: 2, received: 3, displayed: 4 };

/** Origin says who wrote a message, as far as the receiver can tell. */
export interface Origin {
  author: string;
  occupant: string;
  mine: boolean;
  archiveID: string;
  live: boolean; // it is not from an archive
  room?: boolean; // the room itself says it, a moderator asked for it (XEP-0425)
}

const typingTime = 30_000; // ms: whoever vanishes does not type for ever
const mostLater = 1000;

/** Conversation is what was said with a person or in a group. */
export class Conversation {
  lines: Line[] = []; // in order
  typing: readonly string[] = [];
  draft = "";
  readAt = 0; // the time of the last message that was read
  newAfter = 0; // where the line "new" stands: behind messages up to this time; 0 for no line
  complete = false; // there is nothing older
  loading = false;
  oldest = ""; // the archive's id of the oldest message that was loaded
  opened = 0; // when the user opened it last; lists it among the recent ones
  readID = ""; // the archive's id of what another client has read; it may not be loaded yet
  private readonly keys = new Map<string, Line>(); // by key
  private readonly ids = new Map<string, string>(); // keys by what others call a line
  private readonly later = new Map<string, ((m: Line) => Line)[]>(); // changes of messages that are not loaded, by author and id
  private readonly typists = new Map<string, ReturnType<typeof setTimeout>>();
  private count = 0;

  /** changed is told of lines that are new or another than before, of those that are gone, and with "" of anything else. */
  constructor(readonly jid: string, readonly group: boolean, private readonly changed: (key: string, gone?: boolean) => void) {}

  /** line finds a line by its key. */
  line(key: string): Line | undefined {
    return this.keys.get(key);
  }

  /** touch tells of a change of what it has beside its lines. */
  touch(): void {
    this.changed("");
  }

  /** forget drops all lines that the archive has: they will be read again. */
  forget(): void {
    for (const m of [...this.lines]) if (m.archiveID !== "") this.remove(m.key);
    this.oldest = "";
    this.complete = false;
  }

  /** find finds a line by an id that somebody gave it: its author, or the archive. */
  find(id: string): Line | undefined {
    return this.keys.get(this.ids.get(id) ?? "");
  }

  /** news are what others wrote since we read or wrote. */
  private get news(): Line[] {
    const from = this.lines.findLastIndex((m) => m.mine || m.time <= this.readAt) + 1;
    return this.lines.slice(from).filter((m) => !m.retracted);
  }

  get unread(): number {
    return this.news.length;
  }

  /** firstUnread is where reading goes on. */
  get firstUnread(): Line | undefined {
    return this.news[0];
  }

  /** mentioned tells whether something that was not read yet names us. */
  get mentioned(): boolean {
    return this.news.some((m) => m.mention);
  }

  /** take applies what a message says. It returns the line that is new by it. */
  take(p: Parsed, o: Origin): Line | undefined {
    if (o.live) this.noteTyping(p, o);
    if (p.received !== "") this.advance(p.received, "received", o);
    if (p.displayed !== "") this.advance(p.displayed, "displayed", o);
    if (p.reaction) return this.react(p.reaction, o);
    if (p.replaces !== "" && p.body !== undefined) {
      const body = p.body.normalize("NFC");
      return this.change(p.replaces, o, (m) => (m.retracted ? m : { ...m, body, file: p.file, edited: true }));
    }
    if (p.retracts !== "") return this.change(p.retracts, o, o.room ? (m) => (m.archiveID === p.retracts ? { ...withdrawn(m), moderated: true } : m) : withdrawn);
    if (!p.retracted && (p.body === undefined || p.body === "")) return undefined;
    return this.put(p, o);
  }

  private put(p: Parsed, o: Origin): Line | undefined {
    const known = (o.archiveID !== "" && this.find(o.archiveID)) ||
      (o.mine && [p.originID, p.id].map((id) => (id === "" ? undefined : this.find(id))).find((m) => m?.mine));
    if (known) {
      this.update(known.key, (m) => ({
        ...m, archiveID: o.archiveID || m.archiveID, time: m.archiveID === "" && p.time ? p.time : m.time, occupant: o.occupant || m.occupant,
        state: m.state === "failed" || rank[m.state] < rank.acked ? "acked" : m.state,
      }));
      return undefined;
    }
    let line: Line = {
      ...blank, key: this.newKey(), id: p.originID || p.id, archiveID: o.archiveID, author: o.author, occupant: o.occupant, mine: o.mine,
      body: (p.body ?? "").normalize("NFC"), file: p.file, time: p.time || Date.now(), state: "acked", retracted: p.retracted, reply: p.reply,
      ...(p.retracted && p.moderated && { moderated: true }), ...(p.asks && { asks: true }),
    };
    for (const target of new Set([line.id, p.id, line.archiveID])) {
      for (const who of ["", whoOf(o)]) for (const by of this.later.get(`${who} ${target}`) ?? []) line = by(line);
    }
    this.insert(line);
    if (p.id !== "" && !this.ids.has(p.id)) this.ids.set(p.id, line.key);
    return line;
  }

  /** add shows a message of ours that goes out. */
  add(part: Pick<Line, "id" | "author" | "body"> & Partial<Line>): Line {
    const line: Line = { ...blank, key: this.newKey(), mine: true, time: Date.now(), state: "queued", ...part };
    this.insert(line);
    this.readAt = Math.max(this.readAt, line.time);
    return line;
  }

  /** restore shows lines of an earlier session. */
  restore(lines: readonly Line[]): void {
    for (const line of lines) this.insert({ ...blank, ...line });
  }

  private newKey(): string {
    return `${this.jid} ${Date.now().toString(36)} ${++this.count}`;
  }

  private insert(line: Line): void {
    let i = this.lines.length;
    while (i > 0 && (this.lines[i - 1]?.time ?? 0) > line.time) i--;
    if (i === this.lines.length) this.lines.push(line);
    else this.lines.splice(i, 0, line);
    this.index(line);
    if (line.archiveID !== "" && line.archiveID === this.readID) this.read(line.time);
    if (line.mine && line.state !== "queued") this.read(line.time);
    this.changed(line.key);
  }

  private index(line: Line): void {
    this.keys.set(line.key, line);
    if (line.id !== "") this.ids.set(line.id, line.key);
    if (line.archiveID !== "") this.ids.set(line.archiveID, line.key);
  }

  /** read marks everything up to a time as read. */
  read(time: number): boolean {
    if (time <= this.readAt) return false;
    this.readAt = time;
    this.changed("");
    return true;
  }

  /** readUpTo takes what another client of ours has read (XEP-0490). */
  readUpTo(archiveID: string): void {
    this.readID = archiveID;
    const m = this.find(archiveID);
    if (m) this.read(m.time);
  }

  /** update replaces a line. */
  update(key: string, by: (m: Line) => Line): void {
    const old = this.keys.get(key);
    if (!old) return;
    const line = by(old);
    if (line === old) return;
    let i = this.lines.lastIndexOf(old);
    this.lines[i] = line;
    for (let before = this.lines[i - 1]; before && before.time > line.time; before = this.lines[i - 1]) [this.lines[i], this.lines[--i]] = [before, line];
    for (let after = this.lines[i + 1]; after && after.time < line.time; after = this.lines[i + 1]) [this.lines[i], this.lines[++i]] = [after, line];
    this.index(line);
    this.changed(key);
  }

  /** reach notes how far a message of ours got; it never goes back. */
  reach(id: string, state: State): void {
    const m = this.find(id);
    if (m?.mine && rank[m.state] < rank[state]) this.update(m.key, (x) => ({ ...x, state }));
  }

  /** fail marks a message of ours as refused. */
  fail(id: string, problem: string): void {
    const m = this.find(id);
    if (m?.mine) this.update(m.key, (x) => ({ ...x, state: "failed", problem }));
  }

  /** remove takes a line away that never went out. */
  remove(key: string): void {
    const line = this.keys.get(key);
    if (!line) return;
    this.lines = this.lines.filter((m) => m !== line);
    this.keys.delete(key);
    this.changed(key, true);
  }

  /** advance applies a receipt or marker of the other side. A marker is about all before it too (XEP-0333 § 4.2). */
  private advance(id: string, state: State, o: Origin): void {
    const target = this.find(id);
    if (!target) return;
    if (o.mine) { // another client of ours has read it
      if (state === "displayed") this.read(target.time);
      return;
    }
    if (this.group) return; // one reader is not all
    for (let i = this.lines.lastIndexOf(target); i >= 0; i--) {
      const m = this.lines[i];
      if (m && m.mine && rank[m.state] >= rank[state]) break;
      if (m?.mine && m.state !== "failed" && m.state !== "queued") this.update(m.key, (x) => ({ ...x, state }));
      if (state !== "displayed") break;
    }
  }

  /** change lets an author change a line of his own, now or when it is loaded. */
  private change(target: string, o: Origin, by: (m: Line) => Line): undefined {
    const m = this.find(target);
    if (m && (o.room || whoOf(m) === whoOf(o))) this.update(m.key, by);
    else if (!m) this.keep(`${whoOf(o)} ${target}`, by);
  }

  private keep(id: string, by: (m: Line) => Line): void {
    if (this.later.size < mostLater) this.later.set(id, [...(this.later.get(id) ?? []), by].slice(-50));
  }

  /** react sets the reactions of somebody to a line (XEP-0444 § 4). */
  private react(r: { id: string; emojis: string[] }, o: Origin): undefined {
    const by = (m: Line): Line => ({ ...m, reactions: reacted(m.reactions, o, r.emojis) });
    const m = this.find(r.id);
    if (m) this.update(m.key, by);
    else this.keep(` ${r.id}`, by);
  }

  private noteTyping(p: Parsed, o: Origin): void {
    if (o.mine || (p.typing === undefined && p.body === undefined)) return;
    if (p.typing !== "composing") return this.stopTyping(o.author);
    clearTimeout(this.typists.get(o.author));
    this.typists.set(o.author, setTimeout(() => this.stopTyping(o.author), typingTime));
    this.typing = [...this.typists.keys()];
    this.changed("");
  }

  /** stopTyping is for somebody who went, too. */
  stopTyping(author: string): void {
    clearTimeout(this.typists.get(author));
    if (!this.typists.delete(author)) return;
    this.typing = [...this.typists.keys()];
    this.changed("");
  }
}

const blank = {
  archiveID: "", occupant: "", file: "", problem: "", edited: false, retracted: false, mention: false, reply: undefined, reactions: [] as readonly Reaction[],
  transfer: undefined,
};

/** withdrawn is a line that its author has taken back. */
export const withdrawn = (m: Line): Line => ({ ...m, body: "", file: "", retracted: true, reactions: [], reply: undefined });

/** whoOf tells authors apart: by occupant-id where there is one, as nicks may change hands. */
const whoOf = (o: { author: string; occupant: string }): string => o.occupant || o.author;

/** reacted replaces what one person chose. */
export function reacted(all: readonly Reaction[], o: { author: string; mine: boolean }, emojis: readonly string[]): Reaction[] {
  const next = all.map((r) => ({ ...r, by: r.by.filter((b) => b !== o.author), mine: r.mine && !o.mine }));
  for (const emoji of emojis) {
    const r = next.find((x) => x.emoji === emoji);
    if (r) {
      r.by = [...r.by, o.author];
      r.mine ||= o.mine;
    } else if (next.length < 20) next.push({ emoji, by: [o.author], mine: o.mine });
  }
  return next.filter((r) => r.by.length > 0);
}
