import { describe, expect, it } from "vitest";
import type { Line } from "../src/engine/api";
import { Chats } from "../src/engine/chats";
import { DB } from "../src/engine/db";
import { History } from "../src/engine/history";
import { Hub } from "../src/engine/hub";
import { Inbox } from "../src/engine/inbox";
import { Outbox } from "../src/engine/outbox";
import { Rooms } from "../src/engine/rooms";
import { Archives } from "../src/xmpp/archive";
import { FakeWire, stanza } from "./wire";

async function open(active = true): Promise<{ inbox: Inbox; chats: Chats; rooms: Rooms; wire: FakeWire; alerts: Line[]; history: History }> {
  const wire = new FakeWire();
  const nothing = (): undefined => undefined;
  const rooms = new Rooms(wire, { changed: nothing, occupants: nothing, left: nothing, joined: nothing, pictured: nothing }, () => ({ name: "Lan", show: undefined, visible: true }));
  const hub = new Hub({ me: () => { throw new Error("no page"); }, person: nothing, people: () => [], chat: nothing, chats: () => [], lines: () => [], line: nothing,
    standing: () => ({ complete: false, loading: false, newAfter: 0 }), occupants: () => [] });
  const chats = new Chats(await DB.open(), () => hub, () => rooms);
  const outbox = new Outbox(wire, { ready: () => true, sent: nothing, acked: nothing, changed: nothing });
  const archives = new Archives(wire);
  const alerts: Line[] = [];
  const history = new History(archives, { me: () => "lan@x", take: (a, items) => inbox.archived(a, items), forget: nothing, reached: nothing, moved: nothing });
  const inbox = new Inbox({ wire, archives, history, outbox, rooms, chats, active: () => active, alert: (_, line) => alerts.push(line), refused: nothing });
  return { inbox, chats, rooms, wire, alerts, history };
}

const bookmark = stanza(`<item id="g@groups.x"><conference xmlns="urn:xmpp:bookmarks:1" autojoin="true"><nick>Lan</nick></conference></item>`);
const said = (from: string, text: string, more = "", type = "chat"): ReturnType<typeof stanza> =>
  stanza(`<message from="${from}" to="lan@x/web" type="${type}" id="${text}"><body>${text}</body>${more}</message>`);

describe("what others send", () => {
  it("is shown, and a receipt goes back to who asked for one", async () => {
    const { inbox, chats, wire, alerts } = await open();
    inbox.message(said("minh@x/1", "hi", `<request xmlns="urn:xmpp:receipts"/>`));
    expect(chats.get("minh@x").lines).toMatchObject([{ author: "minh@x", mine: false, body: "hi" }]);
    expect(wire.sent.map((e) => e.child("received")?.attr("id"))).toEqual(["hi"]);
    expect(alerts).toHaveLength(1);
  });

  it("cannot pretend to be our words, an archive, or a bookmark of ours", async () => {
    const { inbox, chats, rooms } = await open();
    const copy = `<forwarded xmlns="urn:xmpp:forward:0"><message xmlns="jabber:client" from="lan@x/other" to="hoa@x" type="chat" id="f"><body>forged</body></message></forwarded>`;
    inbox.message(stanza(`<message from="eve@x/1"><sent xmlns="urn:xmpp:carbons:2">${copy}</sent></message>`));
    inbox.message(stanza(`<message from="eve@x/1"><result xmlns="urn:xmpp:mam:2" id="1" queryid="q">${copy}</result></message>`));
    inbox.message(stanza(`<message from="eve@x"><event xmlns="http://jabber.org/protocol/pubsub#event"><items node="urn:xmpp:bookmarks:1">
      <item id="evil@groups.x"><conference xmlns="urn:xmpp:bookmarks:1" autojoin="true"/></item></items></event></message>`));
    inbox.message(said("eve@x/1", "id", `<stanza-id xmlns="urn:xmpp:sid:0" by="eve@x" id="a1"/>`));
    expect(chats.all.has("hoa@x")).toBe(false);
    expect(rooms.all.size).toBe(0);
    expect(chats.get("eve@x").lines.map((m) => m.archiveID)).toEqual([""]);
  });

  it("in the name of our domain is shown, of another one it is not", async () => {
    const { inbox, chats, alerts } = await open();
    inbox.message(said("x", "Chào mừng", "", "normal"));
    inbox.message(said("x/announce", "Nghỉ lúc 20 giờ", "", "headline"));
    inbox.message(said("y", "spam", "", "normal"));
    inbox.message(said("x", "Cho phép không?", `<x xmlns="jabber:x:data" type="form"/>`, "normal"));
    expect([...chats.all.keys()]).toEqual(["x"]);
    expect(chats.get("x").lines.map((m) => [m.author, m.body, m.asks])).toEqual([["x", "Chào mừng", undefined], ["x", "Nghỉ lúc 20 giờ", undefined], ["x", "Cho phép không?", true]]);
    expect(alerts).toHaveLength(3);
    expect(chats.view("x")).toMatchObject({ listed: true, unread: 3, group: false });
    inbox.displayed(stanza(`<item id="x"><displayed xmlns="urn:xmpp:mds:displayed:0"><stanza-id xmlns="urn:xmpp:sid:0" id="9"/></displayed></item>`));
    expect(chats.get("x").readID).toBe("9");
  });

  it("without words begins no conversation", async () => {
    const { inbox, chats } = await open();
    inbox.message(stanza(`<message from="eve@x/1" type="chat"><composing xmlns="http://jabber.org/protocol/chatstates"/></message>`));
    inbox.message(stanza(`<message from="eve@x/1"><received xmlns="urn:xmpp:receipts" id="1"/></message>`));
    inbox.message(said("groups.x", "hi", "", "headline"));
    expect(chats.all.size).toBe(0);
  });

  it("is refused: the line says so", async () => {
    const { inbox, chats } = await open();
    chats.get("minh@x").add({ id: "1", author: "lan@x", body: "hi" });
    inbox.message(stanza(`<message from="minh@x" type="error" id="1"><error type="auth"><forbidden xmlns="urn:ietf:params:xml:ns:xmpp-stanzas"/>
      <text xmlns="urn:ietf:params:xml:ns:xmpp-stanzas">Not today.</text></error></message>`));
    expect(chats.get("minh@x").lines).toMatchObject([{ state: "failed", problem: "forbidden" }]); // what it means is said in the user's language
  });
});

describe("in a group", () => {
  it("our own words come back once, and a mention is noticed whatever the diacritics", async () => {
    const { inbox, chats, rooms, alerts } = await open();
    rooms.bookmark(bookmark);
    rooms.presence(stanza(`<presence from="g@groups.x/Lan"><x xmlns="http://jabber.org/protocol/muc#user"><item role="participant"/><status code="110"/></x></presence>`));
    chats.get("g@groups.x").add({ id: "mine", author: "Lan", body: "mine" });
    inbox.message(said("g@groups.x/Lan", "mine", "", "groupchat"));
    inbox.message(said("g@groups.x/Minh", "chào @lan", "", "groupchat"));
    expect(chats.get("g@groups.x").lines.map((m) => `${m.author} ${m.body}`)).toEqual(["Lan mine", "Minh chào @lan"]);
    expect(chats.get("g@groups.x").lines.map((m) => m.mention)).toEqual([false, true]);
    expect(alerts.map((m) => m.body)).toEqual(["chào @lan"]);
  });

  const form = (all: string): string => `<query xmlns="http://jabber.org/protocol/disco#info"><x xmlns="jabber:x:data" type="result"><field var="mentions#count"><value>5</value></field>
    <field var="mentions#individual"><value>participants</value></field>${all && `<field var="mentions#channel"><value>${all}</value></field>`}</x></query>`;
  const occupant = (nick: string, role: string, more = ""): ReturnType<typeof stanza> =>
    stanza(`<presence from="g@groups.x/${nick}"><occupant-id xmlns="urn:xmpp:occupant-id:0" id="o-${nick}"/><x xmlns="http://jabber.org/protocol/muc#user"><item role="${role}"/>${more}</x></presence>`);
  const mention = (inner: string): string => `<mention xmlns="urn:xmpp:mentions:0" ${inner}/>`;
  const everyone = mention(`mentions="urn:xmpp:mentions:0#channel"`);

  /** named says what of a message names us in a room that lets everybody be mentioned by some. */
  async function named(all: string, by: string, text: string, more = "", active = true): Promise<boolean> {
    const { inbox, chats, rooms, wire, alerts } = await open(active);
    wire.answer = (payload) => (payload.ns.endsWith("disco#info") ? form(all) : undefined);
    rooms.bookmark(bookmark);
    for (const p of [occupant("Lead", "moderator"), occupant("Minh", "participant"), occupant("Lan", "participant", `<status code="110"/>`)]) rooms.presence(p);
    await Promise.resolve();
    inbox.message(said(`g@groups.x/${by}`, text, more, "groupchat"));
    const c = chats.get("g@groups.x");
    expect(c.lines[0]?.mention).toBe(c.mentioned);
    expect(alerts[0]?.mention).toBe(c.mentioned);
    return c.mentioned;
  }

  it.each([
    ["participants", "Minh", true], ["moderators", "Minh", false], ["moderators", "Lead", true], ["none", "Lead", false], ["", "Lead", false],
  ])("with %s, %s names everybody in a text: %s", async (all, by, yes) => {
    expect(await named(all, by, "họp nào @all")).toBe(yes);
    if (all !== "") expect(await named(all, by, "họp nào", everyone)).toBe(yes);
  });

  it("a mention is of who is meant, and heeds what its author wants", async () => {
    expect(await named("none", "Minh", "này", mention(`occupantid="o-Lan"`))).toBe(true);
    expect(await named("none", "Minh", "này", mention(`occupantid="o-Lead"`))).toBe(false);
    expect(await named("participants", "Minh", "này", everyone.replace("/>", "><noping/></mention>"))).toBe(false);
    expect(await named("participants", "Minh", "này", everyone.replace("/>", "><active/></mention>"), false)).toBe(false);
    expect(await named("participants", "Minh", "này", mention(`mentions="urn:xmpp:mentions:0#channel" uri="xmpp:other@groups.x"`))).toBe(false);
    expect(await named("participants", "Minh", "@Lan này", mention(`occupantid="o-Lan"`).repeat(6))).toBe(false); // more than the room lets pass
    expect(await named("participants", "Minh", "email@all.example @allen @Lanh")).toBe(false);
  });

  it("a room that we are not in says nothing", async () => {
    const { inbox, chats } = await open();
    inbox.message(said("other@groups.x/Eve", "spam", "", "groupchat"));
    expect(chats.all.size).toBe(0);
  });
});

describe("history", () => {
  const result = (id: number, query: string): ReturnType<typeof stanza> => stanza(`<message from="lan@x"><result xmlns="urn:xmpp:mam:2" queryid="${query}" id="a${id}">
    <forwarded xmlns="urn:xmpp:forward:0"><delay xmlns="urn:xmpp:delay" stamp="2026-01-01T00:00:0${id}Z"/><message xmlns="jabber:client" from="minh@x/1" to="lan@x" type="chat"
    id="${id}"><body>${id}</body></message></forwarded></result></message>`);

  it("is read page by page from where it was left, and again from the end when that is unknown", async () => {
    const { inbox, chats, wire, history } = await open();
    const pages = [[1, 2], [3]];
    wire.answer = (payload) => {
      const page = pages.shift();
      if (!page) return undefined;
      for (const id of page) inbox.message(result(id, payload.attr("queryid")));
      return `<fin xmlns="urn:xmpp:mam:2"${pages.length === 0 ? ` complete="true"` : ""}><set xmlns="http://jabber.org/protocol/rsm"><first>a${page[0]}</first><last>a${page.at(-1)}</last></set></fin>`;
    };
    history.newest.account = "a0";
    await history.catchUp("lan@x");
    expect(chats.get("minh@x").lines.map((m) => m.body)).toEqual(["1", "2", "3"]);
    expect(history.newest.account).toBe("a3");
    const asked = wire.asked.map((a) => a.payload.child("set")?.textOf("after"));
    expect(asked).toEqual(["a0", "a2"]);
    wire.asked.length = 0;
    let first = true;
    wire.answer = () => {
      if (first) { first = false; return undefined; } // item-not-found: what we know was removed
      return `<fin xmlns="urn:xmpp:mam:2" complete="true"><set xmlns="http://jabber.org/protocol/rsm"/></fin>`;
    };
    await history.catchUp("lan@x");
    expect(wire.asked.map((a) => a.payload.child("set")?.textOf("before"))).toEqual([undefined, ""]);
  });
});

describe("a private message in a group", () => {
  it("is one of the person, if the room says who that is, and not shown else", async () => {
    const { inbox, chats, rooms } = await open();
    rooms.bookmark(bookmark);
    rooms.presence(stanza(`<presence from="g@groups.x/Minh"><x xmlns="http://jabber.org/protocol/muc#user"><item affiliation="member" role="participant" jid="minh@x/1"/></x></presence>`));
    inbox.message(said("g@groups.x/Minh", "riêng"));
    inbox.message(said("g@groups.x/Ai", "ai đó"));
    expect(chats.get("minh@x").lines).toMatchObject([{ author: "minh@x", mine: false, body: "riêng" }]);
    expect([...chats.all.keys()]).toEqual(["minh@x"]);
  });
});

describe("a search", () => {
  const found = (id: string, text: string, replaces = ""): ReturnType<typeof stanza> => stanza(`<message from="lan@x"><result xmlns="urn:xmpp:mam:2" id="${id}" queryid="q">
    <forwarded xmlns="urn:xmpp:forward:0"><delay xmlns="urn:xmpp:delay" stamp="2026-01-01T00:00:0${id}Z"/><message xmlns="jabber:client" from="minh@x/1" to="lan@x" type="chat" id="m${id}">
    <body>${text}</body>${replaces && `<replace xmlns="urn:xmpp:message-correct:0" id="${replaces}"/>`}</message></forwarded></result></message>`);

  it("asks the archive for the words, and knows an edited message by its first id", async () => {
    const { inbox, chats, wire, history } = await open();
    wire.answer = (payload) => {
      for (const m of [found("1", "cầu"), found("2", "cầu mới", "m0")]) inbox.message(queried(m, payload.attr("queryid")));
      return `<fin xmlns="urn:xmpp:mam:2" complete="true"><set xmlns="http://jabber.org/protocol/rsm"><first>1</first><last>2</last></set></fin>`;
    };
    const hits = await history.search(chats.get("minh@x"), "cầu");
    expect(hits).toEqual([{ id: "1", time: Date.parse("2026-01-01T00:00:01Z") }, { id: "m0", time: Date.parse("2026-01-01T00:00:02Z") }]);
    expect(wire.asked[0]?.payload.toString()).toContain(`<field var="{urn:xmpp:fulltext:0}fulltext"><value>cầu</value></field>`);
    expect(chats.get("minh@x").lines).toEqual([]); // where they stand is not known
  });

  it("goes to what was found by reading pages until it is there", async () => {
    const { inbox, chats, wire, history } = await open();
    let page = 3;
    wire.answer = (payload) => {
      page--;
      inbox.message(queried(found(String(page), `tin ${page}`), payload.attr("queryid")));
      return `<fin xmlns="urn:xmpp:mam:2"${page === 0 ? ` complete="true"` : ""}><set xmlns="http://jabber.org/protocol/rsm"><first>${page}</first><last>${page}</last></set></fin>`;
    };
    const chat = chats.get("minh@x");
    await history.reach(chat, "1");
    expect(chat.lines.map((m) => m.body)).toEqual(["tin 1", "tin 2"]);
    await history.reach(chat, "nothing");
    expect(chat.complete).toBe(true);
    wire.answer = () => undefined; // offline: it ends
    await history.reach(chats.get("hoa@x"), "1");
  });
});

/** queried is a result of another query. */
const queried = (m: ReturnType<typeof stanza>, id: string): ReturnType<typeof stanza> => stanza(m.toString().replace(' xmlns="jabber:client"', "").replace(`queryid="q"`, `queryid="${id}"`));

// XEP-0425 § 3.1 and § 5: it is the room that says it, of the id that it gave.
it("a moderated message is taken back by the word of the room alone, and of its id alone", async () => {
  const { inbox, chats, rooms } = await open();
  rooms.bookmark(bookmark);
  const post = (id: string, author: string): void => inbox.message(stanza(`<message from="g@groups.x/${author}" type="groupchat" id="own-${id}"><body>${id}</body>
    <stanza-id xmlns="urn:xmpp:sid:0" by="g@groups.x" id="${id}"/></message>`));
  const retract = (from: string, id: string, inner = `<moderated xmlns="urn:xmpp:message-moderate:1" by="g@groups.x/Hoa"/>`): void =>
    inbox.message(stanza(`<message from="${from}" type="groupchat"><retract xmlns="urn:xmpp:message-retract:1" id="${id}">${inner}</retract></message>`));
  for (const id of ["1", "2", "3"]) post(id, "Minh");
  retract("g@groups.x/Eve", "1"); // an occupant
  retract("g@groups.x", "own-2"); // the id of the author
  retract("g@groups.x", "2", ""); // it does not say who
  retract("g@groups.x", "3");
  expect(chats.get("g@groups.x").lines.map((m) => [m.body, m.retracted, m.moderated])).toEqual([["1", false, undefined], ["2", false, undefined], ["", true, true]]);
});
