import { caps } from "../xmpp/caps";
import { errorOf } from "../xmpp/errors";
import { bare, local, resource } from "../xmpp/jid";
import { NS } from "../xmpp/ns";
import type { Wire } from "../xmpp/wire";
import { el, type El } from "../xmpp/xml";
import type { Occupant, Photo, Room, RoomState, Status } from "./api";
import { statusOf } from "./people";
import { mayMention, policyOf, type Policy } from "./policy";

/** Group is a room that we are, want to be, or were in. */
export interface Group {
  jid: string;
  name: string;
  wanted: string; // the nick we ask for
  autojoin: boolean;
  room: Room;
  photo: Photo | undefined;
  occupant: string; // our occupant-id (XEP-0421)
  policy: Policy;
  occupants: Map<string, Occupant>; // by nick
  members: Occupant[]; // all that the room lists, whether they are there or not
}

/** RoomEvents is who watches the rooms. */
export interface RoomEvents {
  changed(jid: string): void;
  occupants(jid: string): void;
  left(jid: string, nick: string): void;
  /** joined: messages may be sent, and those that were missed be fetched. */
  joined(jid: string): void;
  /** pictured: a group has a picture, which may come in several forms, with these hashes; none: it has none. */
  pictured(jid: string, hashes: readonly string[]): void;
}

/** Rooms are the groups: which there are, by bookmarks (XEP-0402), and who is in them (XEP-0045). */
export class Rooms {
  readonly all = new Map<string, Group>();

  constructor(private readonly wire: Wire, private readonly events: RoomEvents, private readonly me: () => { name: string; show: El | undefined; visible: boolean }) {}

  /** restore shows the groups of the last session. */
  restore(list: readonly { jid: string; name: string; subject: string }[]): void {
    for (const g of list) this.group(g.jid, g.name).room.subject = g.subject;
  }

  private group(jid: string, name: string): Group {
    let g = this.all.get(jid);
    if (!g) {
      g = { jid, name: name || local(jid), wanted: "", autojoin: true, room: { ...noRoom }, photo: undefined, occupant: "", policy: {}, occupants: new Map(), members: [] };
      this.all.set(jid, g);
    } else if (name !== "") g.name = name;
    return g;
  }

  /** bookmarks takes all bookmarks. Groups without one any more are gone. */
  bookmarks(items: readonly El[]): void {
    const before = new Set(this.all.keys());
    for (const item of items) before.delete(this.bookmark(item));
    for (const jid of before) if (!over(this.all.get(jid)?.room.state)) this.forget(jid);
  }

  /** bookmark takes one bookmark, and joins or leaves. */
  bookmark(item: El): string {
    const jid = bare(item.attr("id"));
    const conference = item.child("conference", NS.bookmarks);
    if (!conference || !jid.includes("@")) return jid;
    const g = this.group(jid, (conference.attr("name") || "").normalize("NFC"));
    g.wanted = conference.textOf("nick") ?? "";
    g.autojoin = /^(true|1)$/.test(conference.attr("autojoin"));
    if (g.autojoin) this.join(jid);
    else if (g.room.state === "joined" || g.room.state === "joining") this.leave(jid);
    this.events.changed(jid);
    return jid;
  }

  /** retracted: a bookmark is gone. A group that told us why stays to say so. */
  retracted(jid: string): void {
    const g = this.all.get(jid);
    if (!g) return;
    if (!over(g.room.state)) this.forget(jid);
  }

  /** forget takes a group out of the list. */
  forget(jid: string): void {
    const g = this.all.get(jid);
    if (g && (g.room.state === "joined" || g.room.state === "joining")) this.leave(jid);
    this.all.delete(jid);
    this.events.changed(jid);
  }

  /** join enters a room, without its past, which the archive has (XEP-0045 § 7.2). */
  join(jid: string): void {
    const g = this.all.get(jid);
    if (!g || g.room.state === "joined" || g.room.state === "joining" || !this.me().visible) return;
    const nick = g.wanted || this.me().name;
    const sent = this.wire.send(el("presence", NS.client, { to: `${jid}/${nick}` }, this.me().show, caps(),
      el("x", NS.muc, {}, el("history", NS.muc, { maxstanzas: "0" }))));
    this.set(g, { state: sent ? "joining" : "away", cause: "", reason: "" });
  }

  private leave(jid: string): void {
    const g = this.all.get(jid);
    if (!g) return;
    this.wire.send(el("presence", NS.client, { to: `${jid}/${g.room.nick || g.wanted || this.me().name}`, type: "unavailable" }));
    g.occupants.clear();
    this.set(g, { state: "away", count: 0 });
  }

  /** joinAll enters all groups that want it. */
  joinAll(): void {
    for (const g of this.all.values()) if (g.autojoin && !over(g.room.state)) this.join(g.jid);
  }

  /** show tells the rooms of another status of ours. */
  show(): void {
    for (const g of this.all.values()) {
      if (g.room.state === "joined") this.wire.send(el("presence", NS.client, { to: `${g.jid}/${g.room.nick}` }, this.me().show, caps()));
    }
  }

  /** lost: the session is over, and we are in no room any more. */
  lost(): void {
    for (const g of this.all.values()) {
      g.occupants.clear();
      if (!over(g.room.state)) this.set(g, { state: "away", count: 0 });
      this.events.occupants(g.jid);
    }
  }

  private set(g: Group, part: Partial<Room>): void {
    g.room = { ...g.room, ...part };
    this.events.changed(g.jid);
  }

  /** presence takes the presence of an occupant; it returns whether it was one. */
  presence(e: El): boolean {
    const g = this.all.get(bare(e.attr("from")));
    if (!g) return false;
    const type = e.attr("type");
    const user = e.child("x", NS.mucUser);
    const codes = new Set(user?.elements("status").map((s) => s.attr("code")));
    const nick = resource(e.attr("from"));
    if (type === "error") this.refused(g, e);
    else if (type === "unavailable") this.gone(g, nick, codes, user);
    else if (type === "" && nick !== "") this.came(g, nick, codes, user, e);
    return true;
  }

  private came(g: Group, nick: string, codes: Set<string>, user: El | undefined, e: El): void {
    const item = user?.child("item");
    const status: Status = statusOf(e.textOf("show", NS.client) ?? "");
    const role = item?.attr("role") ?? "";
    const affiliation = item?.attr("affiliation") ?? "";
    g.occupants.set(nick, { nick, jid: bare(item?.attr("jid") ?? ""), role, affiliation, status });
    const self = codes.has("110");
    const entered = self && g.room.state !== "joined";
    if (self) g.occupant = e.child("occupant-id", NS.occupant)?.attr("id") ?? "";
    this.set(g, { count: g.occupants.size, ...(self ? { state: "joined" as const, nick, role, affiliation, cause: "", reason: "", ...rights(g.policy, role, affiliation) } : {}) });
    this.events.occupants(g.jid);
    if (!entered) return;
    this.events.joined(g.jid);
    void this.describe(g);
    void this.readMembers(g.jid);
  }

  private gone(g: Group, nick: string, codes: Set<string>, user: El | undefined): void {
    if (codes.has("321") || codes.has("301")) g.members = g.members.filter((m) => m.jid !== g.occupants.get(nick)?.jid);
    g.occupants.delete(nick);
    this.events.left(g.jid, nick);
    const renamed = codes.has("303") ? user?.child("item")?.attr("nick") : undefined; // XEP-0045 § 7.6
    if (!codes.has("110") && nick !== g.room.nick) {
      this.set(g, { count: g.occupants.size });
      return this.events.occupants(g.jid);
    }
    if (renamed) return this.set(g, { nick: renamed });
    const destroyed = user?.child("destroy");
    const out = codes.has("333") ? undefined : ["301", "307", "321", "322"].find((c) => codes.has(c));
    const state: RoomState = destroyed ? "destroyed" : out ? "removed" : "away";
    if (state === "away" && g.room.state === "away") return;
    g.occupants.clear();
    const reason = own((destroyed ?? user?.child("item"))?.child("reason"));
    this.set(g, { state, cause: destroyed ? "" : out ?? "", reason, count: 0 });
    this.events.occupants(g.jid);
  }

  private refused(g: Group, e: El): void {
    if (g.room.state === "joined") return;
    const { condition } = errorOf(e);
    const removed = condition === "registration-required" || condition === "forbidden";
    this.set(g, { state: removed ? "removed" : condition === "gone" ? "destroyed" : "failed", cause: condition, reason: "" });
  }

  /** list is who is in a group: those who are there, and members who are not. */
  list(jid: string): Occupant[] {
    const g = this.all.get(jid);
    if (!g || over(g.room.state)) return [];
    const there = [...g.occupants.values()];
    const known = new Set(there.map((o) => o.jid));
    return [...there, ...g.members.filter((m) => !known.has(m.jid))];
  }

  /** readMembers asks for the lists that members may see (XEP-0045 § 9.5, § 10.8). */
  async readMembers(jid: string): Promise<void> {
    const g = this.all.get(jid);
    if (!g || g.room.state !== "joined") return;
    const read = (affiliation: string): Promise<Occupant[]> =>
      this.wire.ask("get", jid, el("query", NS.mucAdmin, {}, el("item", NS.mucAdmin, { affiliation }))).then((answer) =>
        (answer.child("query", NS.mucAdmin)?.elements("item") ?? []).map((i) => ({
          nick: i.attr("nick") || local(i.attr("jid")), jid: bare(i.attr("jid")), role: "none", affiliation, status: "offline" as const,
        })).filter((m) => m.jid.includes("@")));
    try {
      g.members = (await Promise.all([read("admin"), read("member")])).flat();
      this.events.occupants(jid);
    } catch { // the room does not show them: those who are there are seen anyway
    }
  }

  /** describe asks what a room says of itself (XEP-0045 § 6.4). */
  private async describe(g: Group): Promise<void> {
    try {
      const q = (await this.wire.ask("get", g.jid, el("query", NS.discoInfo))).child("query", NS.discoInfo);
      const has = (f: string): boolean => !!q?.elements("feature").some((x) => x.attr("var") === f);
      const fields = q?.child("x", NS.form)?.elements("field") ?? [];
      const field = (v: string): string => fields.find((f) => f.attr("var") === v)?.textOf("value") ?? "";
      const name = q?.child("identity")?.attr("name") ?? "";
      if (name !== "") g.name = name.normalize("NFC");
      g.policy = policyOf(field, has);
      this.set(g, {
        moderated: has("muc_moderated"), managed: has("muc_membersonly") && has("muc_hidden"), description: field("muc#roominfo_description"),
        files: !g.policy.filesOff, ...rights(g.policy, g.room.role, g.room.affiliation),
      });
      this.events.pictured(g.jid, fields.find((f) => f.attr("var") === "muc#roominfo_avatarhash")?.elements("value").map((v) => v.text) ?? []); // XEP-0486 § 3.3
    } catch { // it goes without
    }
  }

  /** subject takes what a room is about (XEP-0045 § 7.2.15). */
  subject(jid: string, subject: string): void {
    const g = this.all.get(jid);
    if (g) this.set(g, { subject: subject.slice(0, 500) });
  }

  /** photo gives a group a face, or takes it. */
  photo(jid: string, photo: Photo | undefined): void {
    const g = this.all.get(jid);
    if (!g || g.photo === photo) return;
    g.photo = photo;
    this.events.changed(jid);
  }

  /** configChanged: the room's own word that it is another than before (XEP-0045 § 10.2). */
  configChanged(jid: string): void {
    const g = this.all.get(jid);
    if (g) void this.describe(g);
  }
}

/** rights are what we may do in a group. */
const rights = (p: Policy, role: string, affiliation: string): Pick<Room, "all" | "topic" | "moderates" | "picture"> => ({
  all: mayMention(p.all, role) === true,
  topic: role === "moderator" || (!!p.topic && role === "participant"), // XEP-0045 § 8.1
  moderates: !!p.moderation && role === "moderator", // XEP-0425 § 3
  picture: !!p.picture && /^(owner|admin)$/.test(affiliation), // XEP-0486 § 3.2
});

/** over tells whether we are out for good until somebody takes us in again. */
export const over = (s: RoomState | undefined): boolean => s === "removed" || s === "destroyed";

const noRoom: Room = {
  state: "away", cause: "", reason: "", subject: "", description: "", nick: "", role: "", affiliation: "", managed: false, moderated: false, files: true,
  all: false, topic: false, moderates: false, picture: false, count: 0,
};

/** own is a text in somebody's own words. Those that a server says by itself have their language with them, and codes and conditions
 * that say the same. */
const own = (e: El | undefined): string => (!e || e.attr("xml:lang") !== "" ? "" : e.text.slice(0, 500));

