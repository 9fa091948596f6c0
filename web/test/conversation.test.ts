import { describe, expect, it } from "vitest";
import { Conversation, type Origin } from "../src/engine/conversation";
import { parse, type Parsed } from "../src/xmpp/message";
import { parse as xml } from "../src/xmpp/xml";

const origin = (author: string, part: Partial<Origin> = {}): Origin => ({ author, occupant: "", mine: author === "me@x", archiveID: "", live: true, ...part });
const said = (attrs: string, inner: string): Parsed => parse(xml(`<message xmlns="jabber:client" ${attrs}>${inner}</message>`));
const body = (id: string, text: string, time = 0): Parsed => ({ ...said(`id="${id}"`, `<body>${text}</body>`), time });

function fresh(): { c: Conversation; changed: string[] } {
  const changed: string[] = [];
  return { c: new Conversation("minh@x", false, (key) => changed.push(key)), changed };
}

describe("a message", () => {
  it("is shown once, however often and whichever way it comes", () => {
    const { c } = fresh();
    c.take(body("1", "hi", 100), origin("minh@x", { archiveID: "a1" }));
    c.take(body("1", "hi", 100), origin("minh@x", { archiveID: "a1", live: false }));
    c.add({ id: "2", author: "me@x", body: "yo" });
    c.take(body("2", "yo"), origin("me@x", { archiveID: "a2", live: false }));
    expect(c.lines.map((m) => m.body)).toEqual(["hi", "yo"]);
    expect(c.find("a2")).toMatchObject({ id: "2", state: "acked" });
  });

  it("stands in the order of time, whenever it comes", () => {
    const { c } = fresh();
    for (const [id, time] of [["3", 300], ["1", 100], ["2", 200]] as const) c.take(body(id, id, time), origin("minh@x", { archiveID: `a${id}`, live: false }));
    expect(c.lines.map((m) => m.id)).toEqual(["1", "2", "3"]);
  });

  it("that two people gave the same id is two messages", () => {
    const { c } = fresh();
    c.add({ id: "1", author: "me@x", body: "mine" });
    c.take(body("1", "theirs"), origin("minh@x", { archiveID: "a9" }));
    expect(c.lines).toHaveLength(2);
  });
});

describe("changes", () => {
  it("are for the author alone", () => {
    const { c } = fresh();
    c.take(body("1", "one", 100), origin("minh@x"));
    c.take(said(`id="2"`, `<body>hacked</body><replace xmlns="urn:xmpp:message-correct:0" id="1"/>`), origin("me@x"));
    c.take(said(`id="3"`, `<retract xmlns="urn:xmpp:message-retract:1" id="1"/>`), origin("me@x"));
    expect(c.lines.map((m) => m.body)).toEqual(["one"]);
    c.take(said(`id="4"`, `<body>eins</body><replace xmlns="urn:xmpp:message-correct:0" id="1"/>`), origin("minh@x"));
    expect(c.lines).toMatchObject([{ body: "eins", edited: true }]);
    c.take(said(`id="5"`, `<retract xmlns="urn:xmpp:message-retract:1" id="1"/>`), origin("minh@x"));
    expect(c.lines).toMatchObject([{ body: "", retracted: true }]);
  });

  it("wait for the message that they are about", () => {
    const { c } = fresh();
    c.take(said(`id="2"`, `<body>new</body><replace xmlns="urn:xmpp:message-correct:0" id="1"/>`), origin("minh@x", { live: false }));
    c.take(said(`id="3"`, `<reactions xmlns="urn:xmpp:reactions:0" id="1"><reaction>👍</reaction></reactions>`), origin("me@x", { live: false }));
    c.take(body("1", "old", 100), origin("minh@x", { archiveID: "a1", live: false }));
    expect(c.lines).toMatchObject([{ body: "new", edited: true, reactions: [{ emoji: "👍", mine: true }] }]);
  });

  it("of a moderator come from the room", () => {
    const c = new Conversation("g@x", true, () => undefined);
    c.take(body("1", "spam", 100), origin("Eve", { archiveID: "r1" }));
    c.take(said(`id="2"`, `<retract xmlns="urn:xmpp:message-retract:1" id="r1"/>`), origin("", { room: true }));
    expect(c.lines[0]?.retracted).toBe(true);
  });
});

describe("what is unread", () => {
  it("is what came since we read or wrote", () => {
    const { c } = fresh();
    c.take(body("1", "a", 100), origin("minh@x"));
    c.take(body("2", "b", 200), origin("me@x"));
    c.take(body("3", "c", 300), origin("minh@x", { archiveID: "a3" }));
    c.take(body("4", "d", 400), origin("minh@x"));
    expect(c.unread).toBe(2);
    expect(c.firstUnread?.id).toBe("3");
    c.readUpTo("a3");
    expect(c.unread).toBe(1);
    c.read(400);
    expect(c.unread).toBe(0);
  });

  it("is known even when the mark comes before the message", () => {
    const { c } = fresh();
    c.readUpTo("a1");
    c.take(body("1", "a", 100), origin("minh@x", { archiveID: "a1", live: false }));
    c.take(body("2", "b", 200), origin("minh@x", { archiveID: "a2", live: false }));
    expect(c.unread).toBe(1);
  });
});

it("a marker is about everything before it, a receipt about one message, and nothing goes back", () => {
  const { c } = fresh();
  for (const id of ["1", "2", "3"]) c.add({ id, author: "me@x", body: id, state: "acked" });
  c.take(said("", `<received xmlns="urn:xmpp:receipts" id="3"/>`), origin("minh@x"));
  expect(c.lines.map((m) => m.state)).toEqual(["acked", "acked", "received"]);
  c.take(said("", `<displayed xmlns="urn:xmpp:chat-markers:0" id="2"/>`), origin("minh@x"));
  expect(c.lines.map((m) => m.state)).toEqual(["displayed", "displayed", "received"]);
  c.take(said("", `<received xmlns="urn:xmpp:receipts" id="1"/>`), origin("minh@x"));
  expect(c.lines[0]?.state).toBe("displayed");
});
