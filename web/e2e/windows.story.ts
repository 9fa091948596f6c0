import type { CDPSession, Page } from "playwright-core";
import { afterAll, beforeAll, expect, it } from "vitest";
import { count, gone, seen } from "./expect";
import { picture } from "./pictures";
import { admin, domain, end, Person } from "./stage";

// A browser without shared workers, as on many phones: several windows have one connection all the same.

let lan: Person;
let minh: Person;
let other: Page; // the second window of Lan

beforeAll(async () => {
  [lan, minh] = await Promise.all([Person.open("lan"), Person.open("minh", { locale: "vi-VN" })]);
  for (const p of [lan, minh]) await p.page.context().addInitScript(() => Reflect.deleteProperty(window, "SharedWorker"));
  await Promise.all([lan.signIn(), minh.signIn()]);
  await Promise.all([lan.talkTo("Minh"), minh.talkTo("Lan")]);
});

afterAll(async () => {
  expect([...lan.errors, ...minh.errors]).toEqual([]);
  await Promise.all([lan.close(), minh.close()]);
  await end();
});

const sessions = (): number => (JSON.parse(admin("account", "sessions", `lan@${domain}`, "--json")) as unknown[]).length;

async function say(page: Page, text: string): Promise<void> {
  await page.fill(".composer textarea", text);
  await page.press(".composer textarea", "Enter");
}

it("two windows show the same, by one connection", async () => {
  await lan.say("từ cửa sổ một");
  await seen(minh.line("từ cửa sổ một"));
  other = await lan.page.context().newPage();
  await other.goto(lan.page.url());
  await seen(other.locator(".msg", { hasText: "từ cửa sổ một" }));
  await say(other, "từ cửa sổ hai");
  await seen(minh.line("từ cửa sổ hai"));
  await seen(lan.line("từ cửa sổ hai").locator(".state.received, .state.displayed"));
  await minh.say("chào cả hai");
  for (const page of [lan.page, other]) await seen(page.locator(".msg", { hasText: "chào cả hai" }));
  for (const page of [lan.page, other]) expect(await page.locator(".connection button").count()).toBe(0); // none has taken the other's place
  expect(sessions()).toBe(1);
});

it("what two windows have written without a connection is sent once", async () => {
  lan.road.cut();
  for (const page of [lan.page, other]) await seen(page.locator(".connection.waiting"));
  await lan.say("chờ ở một");
  await say(other, "chờ ở hai");
  for (const page of [lan.page, other]) await count(page.locator(".state.queued"), 2);
  lan.road.mend();
  await other.locator(".connection button").click();
  for (const text of ["chờ ở một", "chờ ở hai"]) await seen(minh.line(text));
  for (const page of [lan.page, other]) await gone(page.locator(".state.queued"));
  await say(other, "xong");
  await seen(minh.line("xong"));
  for (const text of ["chờ ở một", "chờ ở hai"]) await count(minh.line(text), 1);
});

it("a window that takes over sends what waits, once", async () => {
  lan.road.cut();
  await seen(other.locator(".connection.waiting"));
  await say(other, "để lại");
  await seen(lan.line("để lại").locator(".state.queued"));
  const url = lan.page.url();
  await lan.page.close(); // the connection was its own
  await say(other, "sau khi đóng");
  await seen(other.locator(".msg", { hasText: "sau khi đóng" }).locator(".state.queued"));
  lan.road.mend();
  await seen(minh.line("để lại"));
  await seen(minh.line("sau khi đóng"));
  const third = await other.context().newPage();
  await third.goto(url);
  await seen(third.locator(".msg", { hasText: "sau khi đóng" }));
  await say(third, "và thêm nữa");
  await seen(minh.line("và thêm nữa"));
  for (const text of ["để lại", "sau khi đóng"]) {
    await count(minh.line(text), 1);
    await count(other.locator(".msg", { hasText: text }), 1);
  }
  await expect.poll(sessions).toBe(1);
});

// Minh's network is slow, by Chromium's own doing; the server is the real one.

let net: CDPSession;
const road = (upload: number): Promise<unknown> =>
  net.send("Network.emulateNetworkConditions", { offline: false, latency: 0, downloadThroughput: -1, uploadThroughput: upload });
const bar = () => minh.page.locator(".file-card progress");
const percent = async (): Promise<number> => Number(await bar().first().getAttribute("value") ?? "-1");

it("a file on its way shows how far it is, and is stopped", async () => {
  net = await minh.page.context().newCDPSession(minh.page);
  await net.send("Network.enable");
  await road(60_000); // bytes a second
  await minh.bring("drop", "bản vẽ.bin", 900_000);
  await expect.poll(percent).toBeGreaterThan(0);
  const before = await percent();
  await expect.poll(percent).toBeGreaterThan(before);
  expect(await percent()).toBeLessThan(100);
  await picture(minh, "upload-progress-vi");
  await minh.page.locator('.file-card button[aria-label="Hủy"]').click();
  await gone(bar());
  expect(await minh.page.locator(".file-card", { hasText: "bản vẽ" }).count()).toBe(0);
});

it("a file that did not come through is tried again, and arrives", async () => {
  await minh.page.route("**/upload/**", (r) => r.abort("connectionreset"), { times: 1 });
  await minh.bring("paste", "hợp đồng.pdf", 400_000, "application/pdf");
  await seen(minh.page.locator(".failure", { hasText: "Tệp chưa đến được máy chủ." }));
  await picture(minh, "upload-failed-vi");
  await road(400_000);
  await minh.page.locator(".failure button", { hasText: "Thử lại" }).click();
  await expect.poll(percent).toBeGreaterThan(0);
  const window = other.context().pages().at(-1) ?? other;
  await seen(window.locator("a.file-card", { hasText: "hợp đồng.pdf" }));
  expect(await window.locator("a.file-card", { hasText: "bản vẽ" }).count()).toBe(0); // of the one that was stopped nothing came
  const address = await window.locator("a.file-card", { hasText: "hợp đồng.pdf" }).getAttribute("href");
  expect((await (await fetch(address ?? "")).arrayBuffer()).byteLength).toBe(400_000);
});
