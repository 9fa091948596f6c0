import { expect, it } from "vitest";
import { Photos, type Photo } from "../src/engine/photos";
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
