import { expect, it } from "vitest";
import { carbon, compose, composeReaction, composeRetraction, parse } from "../src/xmpp/message";
import { parse as xml } from "../src/xmpp/xml";

it("what is composed is understood", () => {
  const m = parse(xml(compose({ id: "1", to: "a@b", group: false, body: "chào 👍", reply: { id: "r", to: "c@b", quote: "dòng 1 👍\ndòng 2" } }).toString()));
  expect(m).toMatchObject({ id: "1", originID: "1", type: "chat", body: "chào 👍", reply: { id: "r", to: "c@b" }, receiptWanted: true, markable: true, typing: "stopped" });
});

it("everybody is mentioned where the text says so, behind what is quoted", () => {
  const m = parse(compose({ id: "1", to: "g@b", group: true, body: "👍 @all", all: { begin: 2, end: 6 }, reply: { id: "r", to: "g@b/C", quote: "👍" } }));
  expect(m.mentions).toEqual([{ who: "", room: "", quiet: false, active: false }]);
  expect(compose({ id: "1", to: "g@b", group: true, body: "👍 @all", all: { begin: 2, end: 6 }, reply: { id: "r", to: "g@b/C", quote: "👍" } }).toString())
    .toContain(`<mention xmlns="urn:xmpp:mentions:0" mentions="urn:xmpp:mentions:0#channel" begin="6" end="10"/>`);
});

it("mentions of groups that we do not know are of nobody", () => {
  const m = parse(xml(`<message xmlns="jabber:client"><body>x</body><mention xmlns="urn:xmpp:mentions:0" mentions="urn:xmpp:mentions:0#moderators"/><mention xmlns="urn:xmpp:mentions:0"/></message>`));
  expect(m.mentions.map((x) => [x.who, x.quiet])).toEqual([["urn:xmpp:mentions:0#moderators", false], ["", true]]);
});

it("a group is not asked for receipts", () => {
  expect(parse(compose({ id: "1", to: "g@b", group: true, body: "x" }))).toMatchObject({ type: "groupchat", receiptWanted: false });
});

it("what stands in for something else is no body", () => {
  expect(parse(composeRetraction("a@b", false, "2", "1", "deleted"))).toMatchObject({ retracts: "1", body: undefined });
  expect(parse(composeReaction("a@b", true, "3", "1", ["👍", "👍", "❤️"]))).toMatchObject({ reaction: { id: "1", emojis: ["👍", "❤️"] }, body: undefined });
});

it("a fallback outside of the body is not cut", () => {
  const m = xml(`<message xmlns="jabber:client"><body>hi</body><reply xmlns="urn:xmpp:reply:0" id="1"/><fallback xmlns="urn:xmpp:fallback:0" for="urn:xmpp:reply:0">
    <body start="0" end="99"/></fallback></message>`);
  expect(parse(m).body).toBe("hi");
});

it("copies are believed of our own account only", () => {
  const copy = (from: string) => xml(`<message xmlns="jabber:client" from="${from}"><received xmlns="urn:xmpp:carbons:2"><forwarded xmlns="urn:xmpp:forward:0">
    <message xmlns="jabber:client" from="minh@x/1" to="lan@x/2" type="chat"><body>hi</body></message></forwarded></received></message>`);
  expect(carbon(copy("lan@x"), "lan@x/web")?.message.body).toBe("hi");
  for (const from of ["minh@x", "lan@x/other", "", "x"]) expect(carbon(copy(from), "lan@x/web")).toBeUndefined();
});
