import { expect, it } from "vitest";
import type { Photo } from "../src/engine/api";
import { Photos } from "../src/engine/photos";
import { FakeWire, stanza } from "./wire";

const presence = (hash: string) => stanza(`<presence from="minh@x/1"><x xmlns="vcard-temp:x:update"><photo>${hash}</photo></x></presence>`);
const card = (type: string) => `<vCard xmlns="vcard-temp"><PHOTO><TYPE>${type}</TYPE><BINVAL>YWJj</BINVAL></PHOTO></vCard>`;
const abc = "a9993e364706816aba3e25717850c26c9cd0d89d"; // SHA-1 of abc

it("a photo is shown if it is the one that was announced, of a kind that holds no script", async () => {
  for (const [hash, type, want] of [[abc, "image/png", 1], [abc, "image/svg+xml", 0], ["0".repeat(40), "image/png", 0]] as const) {
    const wire = new FakeWire();
    wire.answer = () => card(type);
    const found: (Photo | undefined)[] = [];
    const photos = new Photos(wire, (_, p) => found.push(p));
    photos.presence(presence(hash));
    photos.presence(presence(hash));
    await new Promise((resolve) => setTimeout(resolve));
    expect(found).toHaveLength(want);
    expect(wire.asked).toHaveLength(1);
  }
});

it("a group's picture is shown in the first form that is one of those announced, and goes when there is none", async () => {
  const wire = new FakeWire();
  const form = (type: string, data: string): string => `<PHOTO><TYPE>${type}</TYPE><BINVAL>${data}</BINVAL></PHOTO>`;
  wire.answer = () => `<vCard xmlns="vcard-temp">${form("image/svg+xml", "YWJj")}${form("image/png", "eHl6")}${form("image/png", "YWJj")}</vCard>`;
  const found: (string | undefined)[] = [];
  const photos = new Photos(wire, (jid, p) => found.push(p && `${jid} ${p.blob.type}`));
  photos.announced("g@groups.x", ["0".repeat(40), abc]);
  photos.announced("g@groups.x", ["0".repeat(40), abc]);
  await new Promise((resolve) => setTimeout(resolve));
  photos.announced("g@groups.x", []);
  expect(found).toEqual(["g@groups.x image/png", undefined]);
  await photos.portray("g@groups.x", undefined);
  expect(wire.asked.map((a) => [a.to, a.payload.elements().length])).toEqual([["g@groups.x", 0], ["g@groups.x", 0]]);
});
