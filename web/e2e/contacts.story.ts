import { afterAll, beforeAll, expect, it } from "vitest";
import { count, gone, seen } from "./expect";
import { admin, domain, end, hire, Person } from "./stage";

let lan: Person;
let minh: Person;

beforeAll(async () => {
  [lan, minh] = await Promise.all([Person.open("lan"), Person.open("minh", { viewport: { width: 375, height: 720 }, locale: "vi-VN" })]);
  await Promise.all([lan.signIn(), minh.signIn()]);
});

afterAll(async () => {
  expect([...lan.errors, ...minh.errors]).toEqual([]);
  await Promise.all([lan.close(), minh.close()]);
  await end();
});

const words = (i: number): string => (i === 7 ? "bản vẽ cầu Long Biên" : `tin số ${i}`);

it("a search finds what is not loaded, and goes there", async () => {
  await lan.talkTo("Minh");
  await lan.sayAll(Array.from({ length: 150 }, (_, i) => words(i)));
  await seen(lan.line(words(149)).locator(".state:is(.acked, .received, .displayed)"));
  await lan.page.click(".me");
  await lan.page.click('.menu button:has-text("Sign out")'); // the browser forgets everything
  await lan.page.waitForSelector("#address");
  await lan.signIn();
  await lan.talkTo("Minh");
  await seen(lan.line(words(149)));
  await lan.page.locator(".head .menu-root button").first().click();
  await lan.page.click('.menu button:has-text("Search in this conversation")');
  await lan.page.fill(".find input", "long biên");
  await seen(lan.page.locator(".msg.marked", { hasText: words(7) }));
  await seen(lan.page.locator(".find .hint", { hasText: "1 of 1" }));
  await expect.poll(() => lan.line(words(7)).evaluate((e) => e.getBoundingClientRect().top > 0 && e.getBoundingClientRect().bottom < innerHeight)).toBe(true);
  await lan.page.fill(".find input", "không có gì như thế");
  await seen(lan.page.locator(".find .hint", { hasText: "No match" }));
  await lan.page.press(".find input", "Escape");
  await gone(lan.page.locator(".find"));
});

it("a photo is chosen, cut to a square, and seen by others; and is taken away again", async () => {
  const wide = await lan.page.evaluate(async () => {
    const canvas = document.createElement("canvas");
    canvas.width = 300;
    canvas.height = 120;
    const c = canvas.getContext("2d");
    if (c) {
      c.fillStyle = "#0b6b63";
      c.fillRect(0, 0, 300, 120);
    }
    const blob = await new Promise<Blob | null>((resolve) => canvas.toBlob(resolve, "image/png"));
    return Array.from(new Uint8Array(await blob?.arrayBuffer() ?? new ArrayBuffer(0)));
  });
  await lan.page.click(".me");
  await lan.page.click('.menu button:has-text("My photo")');
  await lan.page.locator(".photo-dialog input").setInputFiles({ name: "x.txt", mimeType: "text/plain", buffer: Buffer.from("x") });
  await seen(lan.page.locator(".photo-dialog .complaint", { hasText: "no picture" }));
  await lan.page.locator(".photo-dialog input").setInputFiles({ name: "ảnh.png", mimeType: "image/png", buffer: Buffer.from(wide) });
  await lan.page.click('.photo-dialog button:has-text("Save")');
  await seen(lan.page.locator(".me img.face"));
  await minh.tab("directory");
  const face = minh.row("Lan").locator("img.face");
  await seen(face);
  expect(await face.evaluate((e) => [(e as HTMLImageElement).naturalWidth, (e as HTMLImageElement).naturalHeight])).toEqual([120, 120]);
  await lan.page.reload();
  await seen(lan.page.locator(".me img.face"));
  await lan.page.click(".me");
  await lan.page.click('.menu button:has-text("My photo")');
  await lan.page.click('.photo-dialog button:has-text("Remove photo")');
  await gone(lan.page.locator(".me img.face"));
  await gone(face);
});

it("sounds are switched off and on", async () => {
  await lan.page.click(".me");
  const sound = lan.page.locator('.menu [role="menuitemcheckbox"]', { hasText: "Sound" });
  expect(await sound.getAttribute("aria-checked")).toBe("true");
  await sound.click();
  await lan.page.reload();
  await lan.page.click(".me");
  expect(await sound.getAttribute("aria-checked")).toBe("false");
  await lan.page.keyboard.press("Escape");
});

it("somebody of another place is written to by the whole address", async () => {
  await lan.page.fill(".search input", "An@Ngoai.example");
  await lan.row("an@ngoai.example").click();
  await seen(lan.page.locator(".head h2", { hasText: "an@ngoai.example" }));
  await lan.page.fill(".search input", "");
  await lan.page.fill(".search input", `minh@${domain}`);
  await count(lan.page.locator(".lists .row"), 1); // a colleague is there once
  await lan.page.fill(".search input", "");
});

it("in a large domain a colleague who is in nobody's list is found, written to, and shown online from then on", async () => {
  const names = ["xa-mot", "xa-hai"] as const;
  hire(names[0], "Người Xa Một", "domain");
  hire(names[1], "Người Xa Hai", "domain");
  admin("policy", "set", domain, "modules.contacts.shared_limit", "2");
  const [one, two] = await Promise.all([Person.open(names[0]), Person.open(names[1])]);
  try {
    await Promise.all([one.signIn(), two.signIn()]);
    await one.tab("directory");
    await one.page.fill(".search input", "nguoi xa hai");
    await one.row("Người Xa Hai").click();
    await one.page.fill(".search input", "");
    await one.say("Chào chị, em ở phòng bên");
    await seen(two.row("Người Xa Một"));
    await one.tab("directory");
    await seen(one.row("Người Xa Hai").locator(".dot.available"));
    await two.tab("directory");
    await seen(two.row("Người Xa Một").locator(".dot.available"));
    await two.page.click(".me");
    await two.page.click('.menu button:has-text("Away")');
    await seen(one.row("Người Xa Hai").locator(".dot.away"));
    expect([...one.errors, ...two.errors]).toEqual([]);
  } finally {
    admin("policy", "reset", domain, "modules.contacts.shared_limit");
    await Promise.all([one.close(), two.close()]);
    for (const n of names) admin("account", "delete", `${n}@${domain}`, "--yes");
  }
});
