import { Archives } from "../xmpp/archive";
import { bare, local } from "../xmpp/jid";
import { NS } from "../xmpp/ns";
import { StanzaError, type Wire } from "../xmpp/wire";
import { el, type El } from "../xmpp/xml";
import type { Command, Line, Me, Person, Photo } from "./api";
import { Chats } from "./chats";
import type { Conversation } from "./conversation";
import { DB } from "./db";
import { search } from "./directory";
import { History, type Newest } from "./history";
import { Hub, type Page, type Port } from "./hub";
import { Inbox } from "./inbox";
import { Outbox, type Waiting } from "./outbox";
import { People } from "./people";
import { Photos } from "./photos";
import { Presence } from "./presence";
import { Rooms } from "./rooms";
import { answer, begin } from "./session";
import { Signing, type Account } from "./signing";
import { Uploads } from "./uploads";
import { Writer } from "./writer";

const standing = ({ complete, loading, newAfter }: Conversation): { complete: boolean; loading: boolean; newAfter: number } =>
  ({ complete, loading, newAfter });

/** refused tells a page that what it asked for was not done. */
function refused(page: Page, jid: string, err: unknown): void {
  console.warn("refused:", err);
  page.port.postMessage({ t: "trouble", jid, problem: err instanceof StanzaError ? err.condition : "" });
}

/** Engine is the one connection of a browser, and everything that is known by it. Pages attach to it. */
export class Engine {
  readonly hub: Hub;
  private ready = false;
  private closed = false; // for want of pages
  private photo: Photo | undefined; // of the user
  private fullName = ""; // as the administrator, or our card, says
  private readonly signing: Signing;
  private readonly presence: Presence;
  private readonly people: People;
  private readonly chats: Chats;
  private readonly rooms: Rooms;
  private readonly outbox: Outbox;
  private readonly history: History;
  private readonly uploads: Uploads;
  private readonly photos: Photos;
  private readonly inbox: Inbox;
  private readonly writer: Writer;
  private readonly wire: Wire;
  private later: ReturnType<typeof setTimeout> | undefined; // until people are kept

  private constructor(private readonly db: DB, url: string) {
    this.signing = new Signing(db, url, {
      message: (e) => this.inbox.message(e),
      presence: (e) => this.present(e),
      request: (e) => answer(e, bare(this.wire.jid), this.people),
      restore: (kept) => this.restore(kept),
      forget: () => this.forgetAll(),
      save: () => this.chats.saveNow(),
      online: (resumed) => this.online(resumed),
      status: () => this.presence.status,
      changed: () => this.hub.meChanged(),
      another: () => this.hub.tellAll(),
    });
    const { signing } = this;
    this.wire = signing.wire;
    this.hub = new Hub({
      me: () => this.me(), person: (jid) => this.people.all.get(jid), people: () => this.people.all.values(),
      chat: (jid) => this.chats.view(jid),
      chats: () => [...this.chats.jids()].map((jid) => this.chats.view(jid)).filter((c) => c !== undefined),
      lines: (jid) => this.chats.get(jid).lines, line: (jid, key) => this.chats.get(jid).line(key), standing: (jid) => standing(this.chats.get(jid)),
      occupants: (jid) => this.rooms.list(jid),
    });
    this.people = new People((jid) => { this.hub.personChanged(jid); this.keepPeople(); }, () => this.hub.meChanged());
    this.chats = new Chats(db, () => this.hub, () => this.rooms);
    this.rooms = new Rooms(this.wire, {
      changed: (jid) => { this.hub.chatChanged(jid); this.keepGroups(); },
      occupants: (jid) => this.hub.occupantsChanged(jid),
      left: (jid, nick) => this.chats.all.get(jid)?.stopTyping(nick),
      joined: (jid) => { this.outbox.flush(); void this.history.catchUp(jid); },
      pictured: (jid, hashes) => this.photos.announced(jid, hashes),
    }, () => ({ name: this.name(), show: this.presence.show(), visible: this.presence.status !== "offline" }));
    this.presence = new Presence({
      wire: this.wire, rooms: () => this.rooms,
      looking: (active) => signing.stream?.say(el(active ? "active" : "inactive", NS.csi)),
      catchUp: () => this.catchUpAll(),
      chosen: (status) => signing.keepStatus(status),
      changed: () => this.hub.meChanged(),
    });
    this.outbox = new Outbox(this.wire, {
      ready: (jid) => this.rooms.all.get(jid)?.room.state === "joined" || (this.ready && !this.rooms.all.has(jid)),
      sent: (jid, id) => this.chats.get(jid).reach(id, "sent"),
      acked: (jid, id) => this.chats.get(jid).reach(id, "acked"),
      changed: (list: Waiting[]) => {
        this.chats.saveNow(); // at once with the lines that it is about: the page may be gone in a moment
        this.db.put("outbox", list);
        this.db.flush();
        this.hub.meChanged();
      },
    });
    const archives = new Archives(this.wire);
    this.history = new History(archives, {
      me: () => bare(this.wire.jid),
      take: (archive, items) => this.inbox.archived(archive, items),
      forget: (archive) => this.forget(archive),
      reached: (archive) => this.reached(archive),
      moved: (newest: Newest) => this.chats.saveWith("newest", newest),
    });
    this.uploads = new Uploads(this.wire);
    this.photos = new Photos(this.wire, (jid, p) => {
      this.pictured(jid, p, bare(this.wire.jid));
      this.db.put(`photo:${jid}`, p);
    });
    this.inbox = new Inbox({
      wire: this.wire, archives, history: this.history, outbox: this.outbox, rooms: this.rooms, chats: this.chats,
      active: () => this.presence.seen === "available", alert: (jid, line) => this.alert(jid, line),
      refused: (id, error) => this.writer.refused(id, error),
    });
    this.writer = new Writer({
      wire: this.wire, chats: this.chats, rooms: () => this.rooms, outbox: this.outbox, uploads: this.uploads, me: () => bare(this.wire.jid),
      look: (c) => void this.history.catchUp(c.group ? c.jid : bare(this.wire.jid)),
    });
  }

  /** start opens what the browser kept and connects. url is of the WebSocket. */
  static async start(url: string): Promise<Engine> {
    const engine = new Engine(await DB.open(), url);
    await engine.signing.begin();
    return engine;
  }

  /** restore brings back what the browser kept. */
  private restore(kept: ReadonlyMap<string, unknown>): void {
    this.presence.status = (kept.get("account") as Account | undefined)?.status ?? "available";
    this.fullName = (kept.get("name") as string | undefined) ?? "";
    this.people.restore((kept.get("people") as Person[] | undefined) ?? []);
    this.rooms.restore((kept.get("groups") as { jid: string; name: string; subject: string }[] | undefined) ?? []);
    const me = bare((kept.get("account") as Account | undefined)?.jid ?? "");
    this.photos.restore(kept, (jid, photo) => this.pictured(jid, photo, me));
    this.chats.restore(kept);
    this.history.newest = (kept.get("newest") as Newest | undefined) ?? this.history.newest;
    this.outbox.restore((kept.get("outbox") as Waiting[] | undefined) ?? []);
  }

  /** attach serves a page. */
  attach(port: Port): void {
    const page = this.hub.attach(port);
    port.onmessage = (m) => this.command(page, m.data);
    if (this.closed) this.signing.stream?.start(); // the last page has just gone
    this.closed = false;
    this.attention();
  }

  /** wake is called when the network is back. */
  wake(): void {
    this.signing.stream?.hurry();
  }

  /** pictured: somebody, or a group, has a picture now, or none. */
  private pictured(jid: string, photo: Photo | undefined, me: string): void {
    if (jid === me) {
      this.photo = photo;
      this.hub.meChanged();
    }
    this.people.photo(jid, photo);
    this.rooms.photo(jid, photo);
  }

  private async portray(jid: string, png: Blob | undefined): Promise<void> {
    if (jid !== "") return this.photos.portray(jid, png);
    await this.photos.publish(png);
    this.presence.faceless = !png;
    this.presence.say();
  }

  private name(): string {
    return this.fullName || local(bare(this.wire.jid));
  }

  private me(): Me {
    const { phase, problem, retryAt, vouched } = this.signing;
    return {
      phase, problem, retryAt, vouched, jid: phase === "out" ? "" : bare(this.wire.jid), name: this.name(), status: this.presence.seen, waiting: this.outbox.size,
      ready: this.ready, maxFile: this.uploads.max, photo: this.photo, asking: [...this.people.asking.values()],
    };
  }

  private present(e: El): void {
    if (this.rooms.presence(e)) return;
    this.people.presence(e);
    this.photos.presence(e);
  }

  private online(resumed: boolean): void {
    if (resumed) {
      this.outbox.flush();
      return;
    }
    this.people.allOffline();
    this.rooms.lost();
    this.outbox.lost();
    this.history.lost();
    const { wire, people, presence, rooms, inbox, history, photos, uploads } = this;
    void begin({
      wire, people, presence, rooms, inbox, history, photos, uploads,
      named: (name) => { this.fullName = name; this.db.put("name", name); }, ready: () => { this.ready = true; }, changed: () => this.hub.meChanged(),
    });
  }

  private catchUpAll(): void {
    if (this.signing.phase !== "online") return;
    for (const archive of [bare(this.wire.jid), ...this.rooms.all.keys()]) void this.history.catchUp(archive);
  }

  private reached(archive: string): void {
    if (archive !== bare(this.wire.jid)) return this.outbox.resolve(archive);
    for (const c of this.chats.all.values()) if (!c.group) this.outbox.resolve(c.jid);
    this.outbox.flush();
  }

  private forget(archive: string): void {
    for (const c of this.chats.all.values()) if (c.group ? c.jid === archive : archive === bare(this.wire.jid)) c.forget();
  }

  /** forgetAll empties the memory, not what the browser kept. */
  private forgetAll(): void {
    this.db.flush();
    this.presence.forget();
    clearTimeout(this.later);
    this.later = undefined;
    this.people.clear();
    this.photos.clear();
    this.rooms.all.clear();
    this.chats.clear();
    this.outbox.restore([]);
    this.history.newest = { account: "", rooms: {} };
    this.history.lost();
    this.ready = false;
    this.fullName = "";
    this.photo = undefined;
  }

  private alert(jid: string, line: Line): void {
    if (this.chats.muted(jid) && !line.mention) return;
    this.hub.alert(jid, line);
  }

  private keepPeople(): void {
    this.later ??= setTimeout(() => { this.later = undefined; this.db.put("people", [...this.people.all.values()].map((p) => ({ ...p, photo: undefined }))); }, 2000);
  }

  private keepGroups(): void {
    this.db.put("groups", [...this.rooms.all.values()].map((g) => ({ jid: g.jid, name: g.name, subject: g.room.subject })));
  }

  private command(page: Page, c: Command): void {
    switch (c.t) {
      case "signIn": return void this.signing.signIn(c.jid, c.password, c.keep);
      case "enter": return void this.signing.enter(c.jid, c.token);
      case "signOut": return void this.signing.signOut();
      case "retry": return this.signing.retry();
      case "status": return this.presence.choose(c.status);
      case "open": return this.open(page, c.jid);
      case "close": page.open.delete(c.jid); return;
      case "older": return void this.history.older(this.chats.get(c.jid));
      case "rejoin": return this.rooms.join(c.jid);
      case "hide": {
        if (this.rooms.all.get(c.jid)?.room.state.match(/removed|destroyed/)) this.rooms.forget(c.jid);
        return this.chats.hide(c.jid);
      }
      case "mute": return this.chats.mute(c.jid, c.muted);
      case "search":
        return void this.history.search(this.chats.get(c.jid), c.words).catch(() => []).then((hits) => page.port.postMessage({ t: "hits", jid: c.jid, words: c.words, hits }));
      case "reach": return void this.history.reach(this.chats.get(c.jid), c.id);
      case "contact": return this.contact(c.jid, c.wanted);
      case "photo": return void this.portray(c.jid, c.png).catch((err: unknown) => refused(page, c.jid, err));
      case "topic": return void this.writer.topic(c.jid, c.subject).catch((err: unknown) => refused(page, c.jid, err));
      case "moderate": return void this.writer.moderate(c.jid, c.key).catch((err: unknown) => refused(page, c.jid, err));
      case "find":
        return void search(this.wire, c.query).then((people) => page.port.postMessage({ t: "found", query: c.query, people }), () => undefined);
      case "attention": this.hub.attention(page, c); return this.attention();
      case "bye": return this.leave(page);
      default: return this.writer.command(c);
    }
  }

  /** contact answers who wants to be a contact, and asks for the same (RFC 6121 § 3.1). */
  private contact(jid: string, wanted: boolean): void {
    const asked = this.people.asking.delete(jid);
    const say = (type: string): boolean => this.wire.send(el("presence", NS.client, { to: jid, type }));
    if (wanted || asked) say(wanted ? "subscribed" : "unsubscribed");
    if (wanted) say("subscribe");
    this.hub.meChanged();
  }

  private open(page: Page, jid: string): void {
    const c = this.chats.get(jid);
    c.newAfter = c.firstUnread?.time ? c.firstUnread.time - 1 : 0;
    c.opened = Math.max(c.opened, 1);
    if (c.lines.length === 0) c.opened = Date.now();
    this.hub.show(page, jid);
    c.touch();
    if (c.oldest === "") void this.history.older(c);
    if (c.group) void this.rooms.readMembers(jid);
  }

  private attention(): void {
    this.presence.attention([...this.hub.pages].some((p) => p.active));
  }

  private leave(page: Page): void {
    this.hub.pages.delete(page);
    if (this.hub.pages.size === 0) return this.close();
    this.chats.saveNow();
    this.db.flush();
    this.attention();
  }

  /** close ends the session: nothing shows it any more. */
  close(): void {
    this.closed = true;
    this.chats.saveNow();
    this.db.flush();
    this.signing.stream?.stop();
  }

  /** drop ends the engine without a word: another one has taken its place, and keeps what there is to keep. */
  drop(): void {
    this.db.close();
    this.hub.pages.clear();
    this.signing.stream?.stop();
  }
}
