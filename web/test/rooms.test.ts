import { describe, expect, it } from "vitest";
import { Rooms } from "../src/engine/rooms";
import { FakeWire, stanza } from "./wire";

const room = "g@groups.x";
const bookmark = (autojoin: boolean): ReturnType<typeof stanza> =>
  stanza(`<item id="${room}"><conference xmlns="urn:xmpp:bookmarks:1" autojoin="${autojoin}" name="Sao Mai"><nick>Lan</nick></conference></item>`);
const presence = (nick: string, inner: string, type = ""): ReturnType<typeof stanza> =>
  stanza(`<presence from="${room}/${nick}"${type && ` type="${type}"`}><x xmlns="http://jabber.org/protocol/muc#user">${inner}</x></presence>`);

function open(): { rooms: Rooms; wire: FakeWire; joined: string[]; pictured: (readonly string[])[] } {
  const wire = new FakeWire();
  const joined: string[] = [];
  const pictured: (readonly string[])[] = [];
  const rooms = new Rooms(wire, { changed: () => undefined, occupants: () => undefined, left: () => undefined, joined: (jid) => joined.push(jid), pictured: (_, hashes) => pictured.push(hashes) },
    () => ({ name: "Lan", show: undefined, visible: true }));
  return { rooms, wire, joined, pictured };
}

const self = `<item affiliation="member" role="participant"/><status code="110"/>`;

describe("a group", () => {
  it("is entered by its bookmark, once, with the reserved nick", () => {
    const { rooms, wire, joined } = open();
    rooms.bookmark(bookmark(true));
    rooms.bookmark(bookmark(true));
    expect(wire.sent.map((e) => e.attr("to"))).toEqual([`${room}/Lan`]);
    rooms.presence(presence("Minh", `<item affiliation="admin" role="moderator" jid="minh@x/1"/>`));
    rooms.presence(presence("Nguyễn Lan", self)); // the room chose another nick
    expect(joined).toEqual([room]);
    expect(rooms.all.get(room)?.room).toMatchObject({ state: "joined", nick: "Nguyễn Lan", count: 2 });
  });

  it("from which we are taken stays to say so, until the bookmark comes back", () => {
    const { rooms } = open();
    rooms.bookmark(bookmark(true));
    rooms.presence(presence("Lan", self));
    rooms.presence(presence("Lan", `<item affiliation="none" role="none"/><status code="110"/><status code="321"/>`, "unavailable"));
    rooms.bookmark(bookmark(false));
    rooms.retracted(room);
    expect(rooms.all.get(room)?.room.state).toBe("removed");
    rooms.bookmark(bookmark(true));
    expect(rooms.all.get(room)?.room.state).toBe("joining");
  });

  it("that is closed tells the reason", () => {
    const { rooms } = open();
    rooms.bookmark(bookmark(true));
    rooms.presence(presence("Lan", self));
    rooms.presence(presence("Lan", `<item affiliation="none" role="none"/><destroy><reason>Xong việc</reason></destroy><status code="110"/>`, "unavailable"));
    expect(rooms.all.get(room)?.room).toMatchObject({ state: "destroyed", reason: "Xong việc", count: 0 });
  });

  it("tells an administrator's own words, not those that the server says in English", () => {
    const end = (inner: string): { state: string; cause: string; reason: string } | undefined => {
      const { rooms } = open();
      rooms.bookmark(bookmark(true));
      rooms.presence(presence("Lan", self));
      rooms.presence(presence("Lan", inner, "unavailable"));
      return rooms.all.get(room)?.room;
    };
    expect(end(`<item/><destroy><reason xml:lang="en">The administrator has deleted this group.</reason></destroy><status code="110"/>`)).toMatchObject({ state: "destroyed", reason: "" });
    expect(end(`<item><reason>Nói tục</reason></item><status code="110"/><status code="307"/>`)).toMatchObject({ state: "removed", cause: "307", reason: "Nói tục" });
    expect(end(`<item/><status code="110"/><status code="321"/>`)).toMatchObject({ state: "removed", cause: "321", reason: "" });
    expect(end(`<item/><status code="110"/><status code="333"/><status code="307"/>`)).toMatchObject({ state: "away" }); // a lost connection
  });

  it("says whether files and mentions of everybody are on, also when that changes", async () => {
    const { rooms, wire } = open();
    const form = (...fields: [string, string][]): string => `<query xmlns="http://jabber.org/protocol/disco#info"><x xmlns="jabber:x:data" type="result">${fields.map(([k, v]) =>
      `<field var="${k}"><value>${v}</value></field>`).join("")}</x></query>`;
    let says = form(["mentions#channel", "none"], ["{urn:myna:group:0}files", "0"]);
    wire.answer = (payload) => (payload.ns.endsWith("disco#info") ? says : undefined);
    rooms.bookmark(bookmark(true));
    rooms.presence(presence("Lan", self));
    await Promise.resolve();
    expect(rooms.all.get(room)?.room).toMatchObject({ files: false, all: false });
    says = form(["mentions#channel", "moderators"]);
    rooms.configChanged(room);
    await Promise.resolve();
    expect(rooms.all.get(room)?.room).toMatchObject({ files: true, all: false });
    rooms.presence(presence("Lan", `<item affiliation="admin" role="moderator"/><status code="110"/>`));
    expect(rooms.all.get(room)?.room.all).toBe(true);
  });

  it("says what a lead may do, and what it looks like", async () => {
    const { rooms, wire, pictured } = open();
    wire.answer = (payload) => (payload.ns.endsWith("disco#info") ? `<query xmlns="http://jabber.org/protocol/disco#info"><feature var="urn:xmpp:message-moderate:1"/><feature var="vcard-temp"/>
      <x xmlns="jabber:x:data" type="result"><field var="muc#roominfo_subjectmod"><value>0</value></field>
      <field var="muc#roominfo_avatarhash"><value>aa</value><value>bb</value></field></x></query>` : undefined);
    rooms.bookmark(bookmark(true));
    rooms.presence(presence("Lan", self));
    await Promise.resolve();
    expect(rooms.all.get(room)?.room).toMatchObject({ topic: false, moderates: false, picture: false });
    expect(pictured).toEqual([["aa", "bb"]]);
    rooms.presence(presence("Lan", `<item affiliation="admin" role="moderator"/><status code="110"/>`));
    expect(rooms.all.get(room)?.room).toMatchObject({ topic: true, moderates: true, picture: true });
  });

  it("that is lost with the connection is entered again", () => {
    const { rooms, wire } = open();
    rooms.bookmark(bookmark(true));
    rooms.presence(presence("Lan", self));
    rooms.lost();
    rooms.joinAll();
    expect(wire.sent.filter((e) => e.child("x", "http://jabber.org/protocol/muc"))).toHaveLength(2);
  });

  it("that does not want us says why", () => {
    const { rooms } = open();
    rooms.bookmark(bookmark(true));
    rooms.presence(stanza(`<presence from="${room}/Lan" type="error"><error type="wait"><resource-constraint xmlns="urn:ietf:params:xml:ns:xmpp-stanzas"/>
      <text xmlns="urn:ietf:params:xml:ns:xmpp-stanzas">full</text></error></presence>`));
    expect(rooms.all.get(room)?.room).toMatchObject({ state: "failed", cause: "resource-constraint", reason: "" });
  });

  it("lists members who are not there", async () => {
    const { rooms, wire } = open();
    wire.answer = (payload) => payload.ns.endsWith("muc#admin")
      ? `<query xmlns="http://jabber.org/protocol/muc#admin">${payload.child("item")?.attr("affiliation") === "member"
        ? `<item affiliation="member" jid="minh@x" nick="Minh"/><item affiliation="member" jid="hoa@x"/>` : ""}</query>` : undefined;
    rooms.bookmark(bookmark(true));
    rooms.presence(presence("Lan", self));
    rooms.presence(presence("Minh", `<item affiliation="member" role="participant" jid="minh@x/1"/>`));
    await rooms.readMembers(room);
    expect(rooms.list(room).map((o) => `${o.nick} ${o.status}`)).toEqual(["Lan available", "Minh available", "hoa offline"]);
  });
});
