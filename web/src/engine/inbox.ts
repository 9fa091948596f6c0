import type { Archived, Archives } from "../xmpp/archive";
import { newID } from "../xmpp/id";
import { bare, domain, resource } from "../xmpp/jid";
import { carbon, composeMark, parse, type Parsed } from "../xmpp/message";
import { NS } from "../xmpp/ns";
import type { StanzaError, Wire } from "../xmpp/wire";
import type { El } from "../xmpp/xml";
import { everybody, names } from "../text/mentions";
import type { Line } from "./api";
import type { Chats } from "./chats";
import type { History } from "./history";
import type { Outbox } from "./outbox";
import { mayMention } from "./policy";
import type { Group, Rooms } from "./rooms";

/** InboxParts is where messages go. */
export interface InboxParts {
  wire: Wire;
  archives: Archives;
  history: History;
  outbox: Outbox;
  rooms: Rooms;
  chats: Chats;
  /** active tells whether the user is there. */
  active(): boolean;
  /** alert is called for what somebody should be told of. */
  alert(jid: string, line: Line): void;
  /** refused is called for a message of ours that came back. */
  refused(id: string, error: StanzaError): void;
}

/** Inbox sorts messages into conversations. */
export class Inbox {
  constructor(private readonly p: InboxParts) {}

  private get me(): string {
    return bare(this.p.wire.jid);
  }

  /** message takes a stanza. */
  message(m: El): void {
    if (this.p.archives.take(m)) return;
    const from = m.attr("from");
    const event = m.child("event", NS.pubsubEvent);
    if (event) {
      if (from === "" || from === this.me) this.event(event);
      return;
    }
    const copy = carbon(m, this.me);
    if (copy) return this.person(copy.message, true);
    if (m.child("sent", NS.carbons) || m.child("received", NS.carbons)) return; // forged
    const parsed = parse(m);
    if (parsed.error) return this.refused(parsed);
    if (parsed.type === "groupchat") return this.group(parsed, m);
    this.person(parsed, true);
  }

  private refused(p: Parsed): void {
    const c = this.p.chats.all.get(bare(p.from));
    c?.fail(p.id, p.error?.condition ?? "");
    if (p.error) this.p.refused(p.id, p.error);
    this.p.outbox.settle(bare(p.from), p.id);
  }

  /** event takes what our own nodes tell us: groups, and what we have read elsewhere. */
  private event(event: El): void {
    for (const items of event.elements("items")) {
      const node = items.attr("node");
      for (const e of items.elements()) {
        if (node === NS.bookmarks && e.name === "item") this.p.rooms.bookmark(e);
        if (node === NS.bookmarks && e.name === "retract") this.p.rooms.retracted(bare(e.attr("id")));
        if (node === NS.displayed && e.name === "item") this.displayed(e);
      }
    }
  }

  /** displayed takes what another client of ours has read (XEP-0490 § 4.1). */
  displayed(item: El): void {
    const jid = item.attr("id");
    const id = item.child("displayed", NS.displayed)?.child("stanza-id", NS.sid)?.attr("id") ?? "";
    if (id !== "" && this.peer(jid)) this.p.chats.get(jid).readUpTo(id);
  }

  /** archived takes messages of an archive: our own, or that of a room. */
  archived(archive: string, items: readonly Archived[]): void {
    for (const { id, message } of items) {
      const p = { ...message, stanzaIDs: new Map([[archive, id]]) };
      if (archive === this.me) this.person(p, false);
      else if (bare(p.from) === archive) this.occupant(archive, p, false);
    }
  }

  /** peer tells whether there are conversations with an address: a person, or our domain, in whose name administrators speak. */
  private peer(jid: string): boolean {
    return jid.includes("@") || (jid !== "" && jid === domain(this.me));
  }

  private person(p: Parsed, live: boolean): void {
    if (p.type === "groupchat" || p.type === "error" || (p.type === "headline" && bare(p.from) !== domain(this.me))) return;
    p = this.outOfRoom(p);
    const author = bare(p.from) || this.me;
    const mine = author === this.me;
    const peer = mine ? bare(p.to) || this.me : author;
    if (!this.peer(peer) || this.p.rooms.all.has(peer)) return;
    const archiveID = p.stanzaIDs.get(this.me) ?? "";
    const existing = this.p.chats.all.get(peer);
    if (!existing && p.body === undefined && p.reaction === undefined) return; // a receipt alone begins no conversation
    const c = existing ?? this.p.chats.get(peer, false);
    const line = c.take(p, { author, occupant: "", mine, archiveID, live });
    if (mine) this.p.outbox.settle(peer, p.id);
    if (!live) return;
    this.p.history.live(this.me, archiveID);
    if (mine || !line) return;
    if (p.receiptWanted && p.id !== "" && p.time === 0) this.p.wire.send(composeMark(p.from, false, newID(), false, p.id));
    this.p.alert(peer, line);
  }

  /** outOfRoom makes a private message of an occupant (XEP-0045 § 7.5) one of the person, where the room says who that is: it is read and
   * answered beside everything else with them. */
  private outOfRoom(p: Parsed): Parsed {
    const real = (jid: string): string => (resource(jid) !== "" && this.p.rooms.all.has(bare(jid)) && this.p.rooms.list(bare(jid)).find((o) => o.nick === resource(jid))?.jid) || jid;
    return { ...p, from: real(p.from), to: real(p.to) };
  }

  private group(p: Parsed, m: El): void {
    const room = bare(p.from);
    if (!this.p.rooms.all.has(room)) return;
    if (resource(p.from) === "") {
      if (m.child("x", NS.mucUser)?.elements("status").some((s) => /^(104|17[0-4])$/.test(s.attr("code")))) this.p.rooms.configChanged(room);
    }
    if (p.subject !== undefined && p.body === undefined) return this.p.rooms.subject(room, p.subject);
    this.occupant(room, p, true);
  }

  private occupant(room: string, p: Parsed, live: boolean): void {
    const nick = resource(p.from);
    const c = this.p.chats.get(room, true);
    const g = this.p.rooms.all.get(room);
    const archiveID = p.stanzaIDs.get(room) ?? "";
    const known = [p.originID, p.id].some((id) => id !== "" && c.find(id)?.mine); // it is ours even if the nick was another then
    const mine = nick !== "" && (known || nick === (g?.room.nick || g?.wanted));
    const moderated = nick === "" && p.retracts !== "" && p.moderated; // XEP-0425 § 3.1, § 5
    if (nick === "" && !moderated) return;
    const line = c.take(p, { author: nick, occupant: p.occupant, mine, archiveID, live, room: moderated });
    if (mine) this.p.outbox.settle(room, p.id);
    if (live) this.p.history.live(room, archiveID);
    if (mine || !line) return;
    const mention = !!g && this.named(p, g, nick, live);
    if (mention) c.update(line.key, (m) => ({ ...m, mention }));
    if (live && p.time === 0) this.p.alert(room, { ...line, mention });
  }

  /** named tells whether a message names us, or everybody, and its author may do that (XEP-0513 § 3.6). What is only written in the text
   * counts for everybody where the room says that the author may; the room itself lets nothing else pass. */
  private named({ mentions, body = "" }: Parsed, g: Group, author: string, live: boolean): boolean {
    if (mentions.length > (g.policy.count ?? Infinity)) return false;
    const loud = mentions.filter((m) => !m.quiet && (!m.active || this.p.active()));
    const role = g.occupants.get(author)?.role ?? (live ? "" : undefined); // who wrote long ago may have been another then
    const us = loud.some((m) => m.who !== "" && (m.who === g.occupant || m.who === this.me)) || names(body, g.room.nick);
    if (us && mayMention(g.policy.people, role) !== false) return true;
    const may = mayMention(g.policy.all, role);
    return (loud.some((m) => m.who === "" && (m.room === "" || m.room === g.jid)) && may !== false) || (!!everybody(body) && may === true);
  }
}
