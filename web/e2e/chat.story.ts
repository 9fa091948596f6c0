import { afterAll, afterEach, beforeAll, expect, it } from "vitest";
import { count, gone, seen } from "./expect";
import { domain, end, Person } from "./stage";

let lan: Person;
let minh: Person;

beforeAll(async () => {
  [lan, minh] = await Promise.all([Person.open("lan"), Person.open("minh", { locale: "vi-VN", colorScheme: "dark" })]);
});

afterEach(() => expect([...lan.errors, ...minh.errors]).toEqual([]));

afterAll(async () => {
  await Promise.all([lan.close(), minh.close()]);
  await end();
});

it("a wrong password is told, and nothing else happens", async () => {
  await lan.visit();
  await lan.page.fill("#address", `lan@${domain}`);
  await lan.page.fill("#password", "wrong");
  await lan.page.click("button[type=submit]");
  await seen(lan.page.getByText("Address or password is wrong."));
  expect(await lan.page.locator(".sidebar").count()).toBe(0);
});

it("two people sign in, each in their language, and see each other", async () => {
  await Promise.all([lan.signIn(), minh.signIn()]);
  await Promise.all([lan.tab("directory"), minh.tab("directory")]);
  await seen(lan.row("Minh").locator(".dot.available"));
  await seen(minh.row("Lan").locator(".dot.available"));
  expect(await minh.page.locator("html").getAttribute("lang")).toBe("vi");
  await seen(minh.row("Lan").getByText("Sẵn sàng"));
});

it("the search does not care about diacritics", async () => {
  await lan.page.fill(".search input", "dang");
  await seen(lan.row("Đặng Tuấn"));
  await count(lan.page.locator(".lists .row"), 1);
  await lan.page.fill(".search input", "");
});

it("a message arrives, counts as unread until it is seen, and its author sees how far it got", async () => {
  await minh.talkTo("Lan");
  await minh.say("Chào Lan");
  await seen(lan.page.locator("#tab-recent .badge", { hasText: "1" }));
  await expect.poll(() => lan.page.title()).toBe("(1) Chat");
  await seen(minh.line("Chào Lan").locator(".state.received"));
  await lan.talkTo("Minh", "recent");
  await seen(lan.line("Chào Lan"));
  await gone(lan.page.locator("#tab-recent .badge"));
  await seen(minh.line("Chào Lan").locator(".state.displayed"));
});

it("typing is seen, and nothing is sent while an input method composes", async () => {
  const field = lan.page.locator(".composer textarea");
  await field.pressSequentially("Chao");
  await seen(minh.page.locator(".typing", { hasText: "đang nhập" }));
  await field.evaluate((e) => e.dispatchEvent(new KeyboardEvent("keydown", { key: "Enter", isComposing: true, bubbles: true, cancelable: true })));
  expect(await field.inputValue()).toBe("Chao");
  await lan.say("Chào Minh".normalize("NFD"));
  await seen(minh.line("Chào Minh".normalize("NFC")));
  expect(await minh.line("Chào Minh").locator(".text").textContent()).toBe("Chào Minh".normalize("NFC"));
  await gone(minh.page.locator(".typing span"));
});

it("a reaction, a reply, an edit and a deletion are seen by the other", async () => {
  await minh.act("Chào Minh", "❤️");
  await seen(lan.line("Chào Minh").locator(".reactions", { hasText: "❤️" }));
  await minh.act("Chào Minh", "Trả lời");
  await minh.say("Họp lúc chín giờ");
  await seen(lan.line("Họp lúc chín giờ").locator(".quoted", { hasText: "Chào Minh" }));
  await minh.act("Họp lúc chín giờ", "Sửa");
  await minh.say("Họp lúc mười giờ");
  await seen(lan.line("Họp lúc mười giờ").getByText("edited"));
  expect(await lan.line("Họp lúc chín giờ").count()).toBe(0);
  await minh.act("Họp lúc mười giờ", "Xóa");
  await minh.page.click("dialog .danger");
  await seen(lan.page.getByText("Message deleted"));
  await gone(lan.line("Họp lúc mười giờ"));
});

it("text is text: nothing that is written becomes part of the page", async () => {
  await minh.say(`<img src=x onerror="document.title='owned'"> javascript:alert(1) https://example.com/a?b=c`);
  const line = lan.line("example.com/a?b=c");
  await seen(line);
  expect(await line.locator("img").count()).toBe(0);
  expect(await line.locator("a").count()).toBe(1);
  expect(await line.locator("a").getAttribute("rel")).toContain("noopener");
});

it("what was begun is kept, and shown in the list", async () => {
  await lan.page.fill(".composer textarea", "còn dở");
  await lan.talkTo("Hoa");
  await lan.tab("recent");
  await seen(lan.row("Minh").getByText("còn dở"));
  await lan.row("Minh").click();
  await expect.poll(() => lan.page.inputValue(".composer textarea")).toBe("còn dở");
  await lan.page.fill(".composer textarea", "");
});

it("a status is chosen, and seen", async () => {
  await minh.page.click(".me");
  await minh.page.click('.menu button:has-text("Không làm phiền")');
  await seen(lan.page.locator(".head .dot.dnd"));
  await minh.page.click(".me");
  await minh.page.click('.menu button:has-text("Hiện là ngoại tuyến")');
  await seen(lan.page.locator(".head .dot.offline"));
  await minh.page.click(".me");
  await minh.page.click('.menu button:has-text("Sẵn sàng")');
  await seen(lan.page.locator(".head .dot.available"));
});

it("a file arrives; a picture is shown in place; one that is too large says so", async () => {
  const png = Buffer.from("iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==", "base64");
  const input = lan.page.locator(".composer input[type=file]");
  await input.setInputFiles({ name: "ảnh.png", mimeType: "image/png", buffer: png });
  const picture = minh.page.locator(".picture img");
  await seen(picture);
  await expect.poll(() => picture.evaluate((e) => (e as HTMLImageElement).naturalWidth)).toBe(1);
  await input.setInputFiles({ name: "Báo cáo.pdf", mimeType: "application/pdf", buffer: Buffer.alloc(5000) });
  await seen(minh.page.locator("a.file-card", { hasText: "Báo cáo.pdf" }));
  await input.setInputFiles({ name: "film.bin", mimeType: "application/octet-stream", buffer: Buffer.alloc(2_000_000) });
  await seen(lan.page.locator(".failure", { hasText: "too large" }));
  await lan.page.locator(".failure button", { hasText: "Delete" }).click();
  await gone(lan.page.locator(".failure"));
});

it("a reload shows everything again, and two windows share one connection", async () => {
  await lan.page.reload();
  await seen(lan.line("Chào Lan"));
  await seen(lan.page.locator(".head .dot.available"));
  const second = await lan.page.context().newPage();
  await second.goto(lan.page.url());
  await second.waitForSelector(".msg");
  await lan.say("từ cửa sổ một");
  await second.locator(".msg", { hasText: "từ cửa sổ một" }).waitFor();
  await seen(minh.line("từ cửa sổ một"));
  await expect.poll(() => sessions("lan")).toBe(1);
  await second.close();
});

async function sessions(name: string): Promise<number> {
  const { admin } = await import("./stage");
  return (JSON.parse(admin("account", "sessions", `${name}@${domain}`, "--json")) as unknown[]).length;
}

it("who signs out leaves nothing behind", async () => {
  await lan.page.click(".me");
  await lan.page.click('.menu button:has-text("Sign out")');
  await lan.page.waitForSelector("#address");
  await seen(minh.page.locator(".head .dot.offline"));
  await lan.page.reload();
  await lan.page.waitForSelector("#address");
  const left = await lan.page.evaluate(() => new Promise<number>((resolve) => {
    const r = indexedDB.open("myna");
    r.onsuccess = () => {
      const all = r.result.transaction("kept").objectStore("kept").count();
      all.onsuccess = () => resolve(all.result);
    };
  }));
  expect(left).toBe(0);
});

it("a changed password asks for the new one, and what was there is still there", async () => {
  const { admin } = await import("./stage");
  await lan.signIn();
  await lan.talkTo("Minh");
  await seen(lan.line("Chào Lan"));
  admin("account", "disable", `lan@${domain}`);
  await lan.page.waitForSelector("#address");
  admin("account", "enable", `lan@${domain}`);
  await lan.signIn();
  await lan.talkTo("Minh");
  await seen(lan.line("Chào Lan"));
});
