import { Archives } from "../xmpp/archive";
import { caps, info } from "../xmpp/caps";
import { newID } from "../xmpp/id";
import { bare, local } from "../xmpp/jid";
import { NS } from "../xmpp/ns";
import { isPass, type Secret } from "../xmpp/negotiate";
import type { Key } from "../xmpp/scram";
import { Stream } from "../xmpp/stream";
import type { Wire } from "../xmpp/wire";
import { el, type El } from "../xmpp/xml";
import type { Command, Line, Me, Person, Phase, Status } from "./api";
import { Chats } from "./chats";
import type { Conversation } from "./conversation";
import { DB } from "./db";
import { ownName, search } from "./directory";
import { History, type Newest } from "./history";
import { Hub, type Page, type Port } from "./hub";
import { Inbox } from "./inbox";
import { Outbox, type Waiting } from "./outbox";
import { People } from "./people";
import { Photos } from "./photos";
import { Rooms } from "./rooms";
import { leave, stay } from "./stay";
import { Uploads } from "./uploads";
import { Writer } from "./writer";

/** Account is what a browser keeps of who is signed in. */
interface Account {
  jid: string; // with the resource
  key: Key | undefined; // undefined: the server does not take it any more, or there was none
  vouched?: boolean; // a webmail signed the user in; the browser has a cookie
  status: Status;
}

const standing = ({ complete, loading, newAfter }: Conversation): { complete: boolean; loading: boolean; newAfter: number } =>
  ({ complete, loading, newAfter });

const awayAfter = 5 * 60_000; // ms without anybody who looks

/** Engine is the one connection of a browser, and everything that is known by it. Pages attach to it. */
export class Engine {
  readonly hub: Hub;
  private phase: Phase = "starting";
  private problem = "";
  private retryAt = 0;
  private status: Status = "available";
  private resting = false; // nobody looks: shown as away
  private ready = false;
  private keep = true;
  private vouched = false; // the user came by a webmail
  private photo: Blob | undefined; // of the user
  private faceless = false; // it was taken away
  private fullName = ""; // as the administrator, or our card, says
  private stream: Stream | undefined;
  private readonly people: People;
  private readonly chats: Chats;
  private rooms: Rooms;
  private readonly outbox: Outbox;
  private readonly history: History;
  private readonly uploads: Uploads;
  private readonly photos: Photos;
  private readonly inbox: Inbox;
  private readonly writer: Writer;
  private rest: ReturnType<typeof setTimeout> | undefined;
  private poll: ReturnType<typeof setInterval> | undefined;
  private readonly wire: Wire;

  private constructor(private readonly db: DB, private readonly url: string) {
    const engine = this;
    this.wire = {
      get jid() { return engine.stream?.jid ?? ""; },
      get online() { return engine.stream?.online ?? false; },
      send: (e, acked) => this.stream?.send(e, acked) ?? false,
      ask: (type, to, payload) => this.stream ? this.stream.ask(type, to, payload) : Promise.reject(new Error("signed out")),
    };
    this.hub = new Hub({
      me: () => this.me(), person: (jid) => this.people.all.get(jid), people: () => this.people.all.values(),
      chat: (jid) => this.chats.view(jid),
      chats: () => [...this.chats.jids()].map((jid) => this.chats.view(jid)).filter((c) => c !== undefined),
      lines: (jid) => this.chats.get(jid).lines, line: (jid, key) => this.chats.get(jid).line(key), standing: (jid) => standing(this.chats.get(jid)),
      occupants: (jid) => this.rooms.list(jid),
    });
    this.people = new People((jid) => { this.hub.personChanged(jid); this.keepPeople(); }, () => this.hub.meChanged());
    this.chats = new Chats(db, () => this.hub, () => this.rooms);
    this.rooms = this.makeRooms();
    this.outbox = new Outbox(this.wire, {
      ready: (jid) => this.rooms.all.get(jid)?.room.state === "joined" || (this.ready && !this.rooms.all.has(jid)),
      sent: (jid, id) => this.chats.get(jid).reach(id, "sent"),
      acked: (jid, id) => this.chats.get(jid).reach(id, "acked"),
      changed: (list: Waiting[]) => { this.db.put("outbox", list); this.hub.meChanged(); },
    });
    const archives = new Archives(this.wire);
    this.history = new History(archives, {
      me: () => bare(this.wire.jid),
      take: (archive, items) => this.inbox.archived(archive, items),
      forget: (archive) => this.forget(archive),
      reached: (archive) => this.reached(archive),
      moved: (newest: Newest) => this.db.put("newest", newest),
    });
    this.uploads = new Uploads(this.wire);
    this.photos = new Photos(this.wire, (jid, p) => {
      if (jid === bare(this.wire.jid)) this.ownPhoto(p?.blob);
      this.people.photo(jid, p?.blob);
      this.db.put(`photo:${jid}`, p);
    });
    this.inbox = new Inbox({
      wire: this.wire, archives, history: this.history, outbox: this.outbox, rooms: this.rooms, chats: this.chats,
      alert: (jid, line) => this.alert(jid, line),
    });
    this.writer = new Writer({
      wire: this.wire, chats: this.chats, rooms: () => this.rooms, outbox: this.outbox, uploads: this.uploads, me: () => bare(this.wire.jid),
    });
  }

  /** start opens what the browser kept and connects. url is of the WebSocket. */
  static async start(url: string): Promise<Engine> {
    const engine = new Engine(await DB.open(), url);
    const kept = await engine.db.all().catch(() => new Map<string, unknown>());
    const account = kept.get("account") as Account | undefined;
    if (account?.key || account?.vouched) {
      engine.restore(kept);
      engine.connect(account.jid, account.key ?? { token: "" });
    } else engine.phase = "out";
    return engine;
  }

  /** restore brings back what the browser kept. */
  private restore(kept: ReadonlyMap<string, unknown>): void {
    this.status = (kept.get("account") as Account | undefined)?.status ?? "available";
    this.fullName = (kept.get("name") as string | undefined) ?? "";
    this.people.restore((kept.get("people") as Person[] | undefined) ?? []);
    this.rooms.restore((kept.get("groups") as { jid: string; name: string; subject: string }[] | undefined) ?? []);
    const me = bare((kept.get("account") as Account | undefined)?.jid ?? "");
    this.photos.restore(kept, (jid, blob) => { if (jid === me) this.photo = blob; this.people.photo(jid, blob); });
    this.chats.restore(kept);
    this.history.newest = (kept.get("newest") as Newest | undefined) ?? this.history.newest;
    this.outbox.restore((kept.get("outbox") as Waiting[] | undefined) ?? []);
  }

  /** attach serves a page. */
  attach(port: Port): void {
    const page = this.hub.attach(port);
    port.onmessage = (m) => this.command(page, m.data);
    this.attention();
  }

  /** wake is called when the network is back. */
  wake(): void {
    this.stream?.hurry();
  }

  private makeRooms(): Rooms {
    return new Rooms(this.wire, {
      changed: (jid) => { this.hub.chatChanged(jid); this.keepGroups(); },
      occupants: (jid) => this.hub.occupantsChanged(jid),
      left: (jid, nick) => this.chats.all.get(jid)?.stopTyping(nick),
      joined: (jid) => { this.outbox.flush(); void this.history.catchUp(jid); },
    }, () => ({ name: this.name(), show: this.show(), visible: this.status !== "offline" }));
  }

  private ownPhoto(photo: Blob | undefined): void {
    this.photo = photo;
    this.hub.meChanged();
  }

  private async portray(png: Blob | undefined): Promise<void> {
    await this.photos.publish(png);
    this.faceless = !png;
    this.present();
  }

  private name(): string {
    return this.fullName || local(bare(this.wire.jid));
  }

  private me(): Me {
    const jid = this.phase === "out" ? "" : bare(this.wire.jid);
    return {
      phase: this.phase, jid, name: this.name(), status: this.resting && this.status === "available" ? "away" : this.status,
      retryAt: this.retryAt, problem: this.problem, waiting: this.outbox.size, ready: this.ready, maxFile: this.uploads.max, vouched: this.vouched, photo: this.photo, asking: [...this.people.asking.values()],
    };
  }

  private set(phase: Phase, problem = ""): void {
    this.phase = phase;
    this.problem = problem;
    this.hub.meChanged();
  }

  private connect(jid: string, secret: Secret): void {
    this.vouched = isPass(secret);
    this.stream = new Stream(this.url, { jid, secret }, {
      message: (e) => this.inbox.message(e),
      presence: (e) => this.presence(e),
      request: (e) => this.request(e),
      online: (resumed, key) => {
        if (isPass(secret) && secret.token !== "") void stay(secret.token);
        this.online(resumed, key);
      },
      waiting: (until) => { this.retryAt = until; this.set("waiting"); },
      connecting: () => { if (this.phase !== "waiting") this.set("connecting"); },
      failed: (condition) => void this.failed(condition),
    });
    this.set("connecting");
    this.stream.start();
  }

  private presence(e: El): void {
    if (this.rooms.presence(e)) return;
    this.people.presence(e);
    this.photos.presence(e);
  }

  private online(resumed: boolean, key: Key | undefined): void {
    if ((key || this.vouched) && this.keep) this.db.put("account", { jid: this.wire.jid, key, vouched: this.vouched, status: this.status } satisfies Account);
    this.set("online");
    if (resumed) {
      this.outbox.flush();
      return;
    }
    this.people.allOffline();
    this.rooms.lost();
    this.outbox.lost();
    this.history.lost();
    void this.begin();
  }

  /** begin asks for everything that a new session needs. */
  private async begin(): Promise<void> {
    const node = (name: string): El => el("pubsub", NS.pubsub, {}, el("items", NS.pubsub, { node: name }));
    const items = (answer: El): El[] => answer.child("pubsub", NS.pubsub)?.child("items")?.elements("item") ?? [];
    const quietly = (p: Promise<unknown>): void => void p.catch((err: unknown) => console.warn("session:", err));
    try {
      quietly(this.wire.ask("set", undefined, el("enable", NS.carbons)));
      const roster = this.wire.ask("get", undefined, el("query", NS.roster));
      const name = ownName(this.wire).catch(() => "");
      const read = this.wire.ask("get", undefined, node(NS.displayed)).catch(() => undefined);
      const bookmarks = this.wire.ask("get", undefined, node(NS.bookmarks)).catch(() => undefined);
      const query = (await roster).child("query", NS.roster);
      if (query) this.people.roster(query);
      this.present();
      for (const item of items(await read ?? el("iq", NS.client))) this.inbox.displayed(item);
      this.fullName = await name;
      this.db.put("name", this.fullName);
      const groups = await bookmarks;
      this.ready = true;
      if (groups) this.rooms.bookmarks(items(groups));
      this.hub.meChanged();
      quietly(this.history.catchUp(bare(this.wire.jid)));
      quietly(this.photos.own());
      await this.uploads.discover();
      this.hub.meChanged();
    } catch (err) {
      console.warn("session:", err); // it was lost meanwhile, or the next one does better
    }
  }

  private show(): El | undefined {
    const s = this.me().status;
    return s === "away" || s === "dnd" ? el("show", NS.client, {}, s) : undefined;
  }

  /** present says how the user wants to be seen. */
  private present(): void {
    clearInterval(this.poll);
    if (this.status === "offline") {
      this.wire.send(el("presence", NS.client, { type: "unavailable" }));
      this.rooms.lost();
      // Nobody sends us anything now, so what comes is looked up.
      this.poll = setInterval(() => this.catchUpAll(), 20_000);
      return;
    }
    // The server adds the hash of our picture (XEP-0398 § 4), but does not say that there is none any more.
    this.wire.send(el("presence", NS.client, {}, this.show(), caps(), this.faceless && el("x", NS.photo, {}, el("photo", NS.photo))));
    this.rooms.show();
    this.rooms.joinAll();
  }

  private catchUpAll(): void {
    if (this.phase !== "online") return;
    for (const archive of [bare(this.wire.jid), ...this.rooms.all.keys()]) void this.history.catchUp(archive);
  }

  private request(e: El): El | "empty" | undefined {
    const [payload] = e.elements();
    const mine = e.attr("from") === "" || e.attr("from") === bare(this.wire.jid);
    if (payload?.ns === NS.roster && mine && e.attr("type") === "set") { // RFC 6121 § 2.1.6: nobody else may push
      this.people.push(payload);
      return "empty";
    }
    if (e.attr("type") !== "get") return undefined;
    if (payload?.ns === NS.discoInfo) return info(payload);
    if (payload?.ns === NS.ping) return "empty";
    if (payload?.ns === NS.version) return el("query", NS.version, {}, el("name", NS.version, {}, "Myna"), el("version", NS.version, {}, "web"));
    return undefined;
  }

  private reached(archive: string): void {
    if (archive !== bare(this.wire.jid)) return this.outbox.resolve(archive);
    for (const c of this.chats.all.values()) if (!c.group) this.outbox.resolve(c.jid);
    this.outbox.flush();
  }

  private forget(archive: string): void {
    for (const c of this.chats.all.values()) if (c.group ? c.jid === archive : archive === bare(this.wire.jid)) c.forget();
  }

  private async failed(condition: string): Promise<void> {
    this.stream = undefined;
    const account = (await this.db.all()).get("account") as Account | undefined;
    const refused = ["account-disabled", "not-authorized", "credentials-expired", "policy-violation"].includes(condition);
    if ((account?.key || account?.vouched) && !refused && condition !== "token-needed") return this.set("ended", condition); // another window took over, or the server is not itself
    const left = account?.vouched && condition === "not-authorized"; // the user has signed out of the webmail
    if (account && !left && condition !== "account-disabled") { // with the new password everything is there again, and what waits is sent
      this.chats.saveNow();
      this.db.put("account", { ...account, key: undefined });
    } else await this.clear();
    this.forgetAll();
    this.set("out", condition);
    this.hub.tellAll();
  }

  /** clear removes what the browser kept. */
  private async clear(): Promise<void> {
    this.db.on = true;
    await this.db.clear();
    this.forgetAll();
  }

  /** forgetAll empties the memory, not what the browser kept. */
  private forgetAll(): void {
    this.db.flush();
    clearInterval(this.poll);
    clearTimeout(this.later);
    this.later = undefined;
    this.people.clear();
    this.rooms.all.clear();
    this.chats.clear();
    this.outbox.restore([]);
    this.history.newest = { account: "", rooms: {} };
    this.history.lost();
    this.ready = false;
    this.fullName = "";
    this.photo = undefined;
    this.status = "available";
  }

  private alert(jid: string, line: Line): void {
    if (this.chats.muted(jid) && !this.chats.mentioned.has(jid)) return;
    const page = [...this.hub.pages].find((p) => p.active) ?? [...this.hub.pages][0];
    page?.port.postMessage({ t: "alert", jid, line });
  }

  private keepPeople(): void {
    this.later ??= setTimeout(() => { this.later = undefined; this.db.put("people", [...this.people.all.values()].map((p) => ({ ...p, photo: undefined }))); }, 2000);
  }

  private later: ReturnType<typeof setTimeout> | undefined;

  private keepGroups(): void {
    this.db.put("groups", [...this.rooms.all.values()].map((g) => ({ jid: g.jid, name: g.name, subject: g.room.subject })));
  }

  private command(page: Page, c: Command): void {
    switch (c.t) {
      case "signIn": return void this.signIn(c.jid, c.password, c.keep);
      case "enter": return void this.enter(c.jid, c.token);
      case "signOut": return void this.signOut();
      case "retry": return this.retry();
      case "status": return this.choose(c.status);
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
      case "photo": return void this.portray(c.png).catch((err: unknown) => console.warn("photo:", err));
      case "find":
        return void search(this.wire, c.query).then((people) => page.port.postMessage({ t: "found", query: c.query, people }), () => undefined);
      case "attention": page.active = c.active; return this.attention();
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

  private async signIn(jid: string, password: string, keep: boolean): Promise<void> {
    this.stream?.stop();
    this.forgetAll();
    const kept = await this.db.all().catch(() => new Map<string, unknown>());
    const account = kept.get("account") as Account | undefined;
    this.keep = keep;
    if (keep && account && bare(account.jid) === jid) this.restore(kept);
    else await this.clear();
    this.db.on = keep;
    this.connect(`${jid}/web-${newID().slice(0, 8)}`, password);
    this.hub.tellAll();
  }

  /** enter signs in for whom a webmail vouches. Whoever else was signed in leaves nothing behind. */
  private async enter(jid: string, token: string): Promise<void> {
    if (bare(this.wire.jid) === jid && this.stream) { // it is who is in
      if (token !== "" && this.vouched) void stay(token);
      return;
    }
    this.stream?.stop();
    this.forgetAll();
    const kept = await this.db.all().catch(() => new Map<string, unknown>());
    const account = kept.get("account") as Account | undefined;
    if (account && bare(account.jid) === jid) this.restore(kept);
    else await this.clear();
    this.keep = this.db.on = true;
    this.connect(account && bare(account.jid) === jid ? account.jid : `${jid}/web-${newID().slice(0, 8)}`, { token });
    this.hub.tellAll();
  }

  private async signOut(): Promise<void> {
    this.stream?.stop();
    if (this.vouched) void leave();
    await this.clear();
    this.stream = undefined;
    this.set("out");
    this.hub.tellAll();
  }

  private retry(): void {
    if (this.phase !== "ended") return this.stream?.hurry();
    void this.db.all().then((kept) => {
      const account = kept.get("account") as Account | undefined;
      if (account?.key || account?.vouched) this.connect(account.jid, account.key ?? { token: "" });
      else void this.signOut();
    });
  }

  private choose(status: Status): void {
    const visible = this.status !== "offline";
    this.status = status;
    this.resting = false;
    void this.db.all().then((kept) => {
      const account = kept.get("account") as Account | undefined;
      if (account) this.db.put("account", { ...account, status });
    });
    if (this.wire.online) this.present();
    if (!visible && status !== "offline") this.catchUpAll();
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
    const active = [...this.hub.pages].some((p) => p.active);
    clearTimeout(this.rest);
    if (this.stream?.online) this.stream.say(el(active ? "active" : "inactive", NS.csi));
    if (!active) this.rest = setTimeout(() => this.sleep(true), awayAfter);
    else if (this.resting) this.sleep(false);
  }

  private sleep(resting: boolean): void {
    this.resting = resting;
    if (this.status === "available" && this.wire.online) this.present();
    this.hub.meChanged();
  }

  private leave(page: Page): void {
    this.hub.pages.delete(page);
    this.chats.saveNow();
    this.db.flush();
    if (this.hub.pages.size === 0) this.stream?.stop();
    else this.attention();
  }
}
