import { expect, it } from "vitest";
import { People } from "../src/engine/people";
import { stanza } from "./wire";

const subscribe = (from: string, type = "subscribe", more = ""): ReturnType<typeof stanza> => stanza(`<presence from="${from}" type="${type}">${more}</presence>`);

it("who wants to be a contact waits for an answer, with the name that they say", () => {
  let changes = 0;
  const people = new People(() => undefined, () => changes++);
  people.presence(subscribe("an@other.example/phone", "subscribe", `<nick xmlns="http://jabber.org/protocol/nick">An</nick>`));
  people.presence(subscribe("an@other.example/phone", "subscribe", `<nick xmlns="http://jabber.org/protocol/nick">An</nick>`));
  people.presence(subscribe("other.example"));
  expect([...people.asking.values()]).toEqual([{ jid: "an@other.example", name: "An" }]);
  expect(people.all.size).toBe(0);
  people.presence(subscribe("an@other.example", "unsubscribe"));
  expect(people.asking.size).toBe(0);
  expect(changes).toBe(3);
});

it("strangers do not fill the list", () => {
  const people = new People(() => undefined);
  for (let i = 0; i < 1000; i++) people.presence(subscribe(`eve${i}@x`));
  expect(people.asking.size).toBe(50);
  people.clear();
  expect(people.asking.size).toBe(0);
});
