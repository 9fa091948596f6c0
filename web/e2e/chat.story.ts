import { afterAll, afterEach, beforeAll, expect, it } from "vitest";
import { count, gone, seen } from "./expect";
import { picture } from "./pictures";
import { domain, end, Person } from "./stage";

let lan: Person;
let minh: Person;

beforeAll(async () => {
  [lan, minh] = await Promise.all([Person.open("lan"), Person.open("minh", { locale: "vi-VN", colorScheme: "dark" })]);
  await lan.page.context().addInitScript(spy);
});

/** Notes are what is heard and seen of a page, but not in it. */
interface Notes {
  sounds: number;
  shown: { title: string; body: string | undefined; click(): void }[];
  away: boolean; // keys go elsewhere
  shift: number; // the cumulative layout shift
}

/** spy has a page note all that. */
function spy(): void {
  const notes: Notes = { sounds: 0, shown: [], away: false, shift: 0 };
  document.hasFocus = () => !notes.away;
  class Shown {
    static permission = localStorage.getItem("may") ?? "default";
    onclick: (() => void) | undefined;
    constructor(title: string, o: NotificationOptions) { notes.shown.push({ title, body: o.body, click: () => this.onclick?.() }); }
    static async requestPermission(): Promise<string> {
      localStorage.setItem("may", "granted");
      return Shown.permission = "granted";
    }
    close(): void {}
  }
  const start = OscillatorNode.prototype.start;
  OscillatorNode.prototype.start = function (when) { notes.sounds++; start.call(this, when); };
  new PerformanceObserver((l) => {
    for (const e of l.getEntries() as (PerformanceEntry & { hadRecentInput: boolean; value: number })[]) if (!e.hadRecentInput) notes.shift += e.value;
  }).observe({ type: "layout-shift", buffered: true });
  Object.assign(window, { notes, Notification: Shown });
}

const notes = (page = lan.page): Promise<Notes> => page.evaluate(() => JSON.parse(JSON.stringify((window as unknown as { notes: Notes }).notes)) as Notes);

/** turn has the user of a page turn to something else, or back to it. */
const turn = (away: boolean, page = lan.page): Promise<void> => page.evaluate((is) => {
  (window as unknown as { notes: Notes }).notes.away = is;
  window.dispatchEvent(new Event(is ? "blur" : "focus"));
}, away);

const choose = async (p: Person, what: string): Promise<void> => {
  await p.page.click(".me");
  await p.page.click(`.menu button:has-text("${what}")`);
};

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
  expect(await lan.page.locator(".lists .row-title").allTextContents()).toEqual(["Trần Văn Minh", "Đặng Tuấn", "Lê Thị Hoa"]); // who is there first
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
  expect(await lan.page.locator("link[rel=icon]").getAttribute("href")).toBe("/favicon-unread.svg");
  await lan.tab("recent");
  expect(await lan.row("Minh").locator("time").textContent()).toMatch(/^\d{1,2}:\d{2}/);
  await lan.talkTo("Minh", "recent");
  await seen(lan.line("Chào Lan"));
  await gone(lan.page.locator("#tab-recent .badge"));
  expect(await lan.page.locator("link[rel=icon]").getAttribute("href")).toBe("/favicon.svg");
  expect([await lan.page.locator(".rule-day").allTextContents(), await minh.page.locator(".rule-day").allTextContents()]).toEqual([["Today"], ["Hôm nay"]]);
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

it("who is elsewhere hears and sees what comes, once, and nothing with Do Not Disturb", async () => {
  await choose(lan, "Turn on notifications");
  await lan.page.click(".me");
  expect(await lan.page.locator('.menu button:has-text("Turn on notifications")').count()).toBe(0);
  await lan.page.keyboard.press("Escape");
  const second = await lan.page.context().newPage(); // it is seen, too, and was turned to last
  await second.goto(lan.page.url());
  await second.waitForSelector(".msg");
  for (const page of [lan.page, second]) await turn(true, page);
  const heard = (await notes()).sounds;
  await minh.say("có ai ở đó không");
  const both = async (): Promise<Notes[]> => [await notes(), await notes(second)];
  await expect.poll(async () => (await both()).flatMap((n) => n.shown)).toMatchObject([{ title: "Trần Văn Minh", body: "có ai ở đó không" }]);
  expect((await both()).reduce((sum, n) => sum + n.sounds, 0)).toBe(heard + 2); // notes of one sound
  await second.close();
  await choose(lan, "Do Not Disturb");
  await seen(minh.page.locator(".head .dot.dnd"));
  const before = await notes();
  await minh.say("không vội");
  await seen(lan.line("không vội"));
  await expect.poll(() => lan.page.title()).toBe("(2) Chat");
  expect(await notes()).toEqual(before);
  await choose(lan, "Available");
  await lan.talkTo("Hoa");
  await minh.say("đây nữa");
  await expect.poll(async () => (await notes()).shown.at(-1)?.body).toBe("đây nữa");
  await lan.page.evaluate(() => (window as unknown as { notes: Notes }).notes.shown.at(-1)?.click());
  await seen(lan.line("đây nữa"));
  await turn(false);
  await gone(lan.page.locator("#tab-recent .badge"));
});

it("who is muted is counted beside the name only", async () => {
  await lan.page.locator(".head .menu-root button").last().click();
  await lan.page.click('.menu button:has-text("Mute")');
  await lan.talkTo("Hoa");
  await turn(true);
  const before = await notes();
  await minh.say("lặng lẽ");
  await lan.tab("recent");
  await seen(lan.row("Minh").locator(".badge.silent", { hasText: "1" }));
  expect(await lan.row("Minh").locator(".row-top .icon").count()).toBe(1);
  expect([await lan.page.title(), await lan.page.locator("#tab-recent .badge").count(), await notes()]).toEqual(["Chat", 0, before]);
  await turn(false);
  await lan.talkTo("Minh", "recent");
  await lan.page.locator(".head .menu-root button").last().click();
  await lan.page.click('.menu button:has-text("Unmute")');
  await gone(lan.page.locator(".head .hint .icon"));
});

it("administrators speak in the name of the domain, and are seen", async () => {
  const { admin } = await import("./stage");
  admin("domain", "announce", domain, "Máy chủ nghỉ lúc 20 giờ.");
  await lan.tab("recent");
  await seen(lan.row(domain).getByText("Máy chủ nghỉ lúc 20 giờ."));
  await lan.row(domain).click();
  await seen(lan.line("Máy chủ nghỉ lúc 20 giờ."));
  await seen(lan.page.locator(".notice", { hasText: "Replies are not read." }));
  await picture(lan, "chat-announced");
  await lan.page.reload(); // the address of the page leads there again
  await seen(lan.line("Máy chủ nghỉ lúc 20 giờ."));
  await lan.talkTo("Minh", "recent");
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
  const card = minh.page.locator("a.file-card", { hasText: "Báo cáo.pdf" });
  await seen(card);
  for (const link of [card, minh.page.locator("a.picture")]) expect(await link.getAttribute("rel")).toBe("noopener noreferrer nofollow");
  await input.setInputFiles({ name: "film.bin", mimeType: "application/octet-stream", buffer: Buffer.alloc(2_000_000) });
  await seen(lan.page.locator(".failure", { hasText: "too large" }));
  await lan.page.locator(".failure button", { hasText: "Delete" }).click();
  await gone(lan.page.locator(".failure"));
});

it("a reload shows everything again, and two windows share one connection", async () => {
  await lan.page.reload();
  await seen(lan.line("Chào Lan"));
  await seen(lan.page.locator(".head .dot.available"));
  expect((await notes()).shift).toBeLessThan(0.1); // nothing jumps while it loads
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
