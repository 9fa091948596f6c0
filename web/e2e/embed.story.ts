import { createServer, type Server } from "node:http";
import type { Page } from "playwright-core";
import { afterAll, beforeAll, expect, it } from "vitest";
import { faults } from "./axe";
import { gone, seen } from "./expect";
import { browser, dismiss, end, mail, password, Person } from "./stage";

let server: Server;
let minh: Person;
let webmail: Page;

// A webmail of another origin, with a policy as strict as ours.
beforeAll(async () => {
  minh = await Person.open("minh");
  await minh.signIn();
  const origin = minh.url.slice(0, -1);
  server = createServer((_, res) => res.setHeader("Content-Type", "text/html; charset=utf-8")
    .setHeader("Content-Security-Policy", `default-src 'none'; script-src ${origin}; frame-src ${origin}; require-trusted-types-for 'script'`)
    .end(`<!doctype html><html lang="vi"><title>Thư</title><main><h1>Hộp thư</h1></main><myna-chat></myna-chat>
      <script async src="${origin}/embed.js"></script></html>`));
  await new Promise<void>((resolve) => server.listen(mail, "127.0.0.1", resolve));
  webmail = await (await (await browser()).newContext({ viewport: { width: 1200, height: 760 }, locale: "en-US" })).newPage();
  await webmail.goto(`http://localhost:${mail}/`);
});

afterAll(async () => {
  server.close();
  await webmail.context().close();
  dismiss("hoa");
  await minh.close();
  await end();
});

it("a webmail shows the chat in a panel", async () => {
  await webmail.getByRole("button", { name: "Trò chuyện" }).click();
  const chat = webmail.frameLocator("myna-chat iframe");
  await seen(chat.getByRole("button", { name: "Đăng nhập" })); // the language of the page, not of the browser
  await webmail.locator("myna-chat").evaluate((e: HTMLElement) => { e.lang = "en"; });
  await seen(chat.getByRole("button", { name: "Sign in" }));
  await webmail.locator("myna-chat").evaluate((e: HTMLElement) => { e.removeAttribute("lang"); });
  await seen(chat.getByRole("button", { name: "Đăng nhập" }));
  await chat.locator("#address").fill("hoa");
  await chat.locator("#password").fill(password);
  await chat.locator("button[type=submit]").click();
  await seen(chat.locator(".sidebar"));
});

it("the number of unread messages is on the icon while the panel is closed", async () => {
  await webmail.getByRole("button", { name: "Trò chuyện" }).click();
  await webmail.evaluate(() => { // a page may show the number in its own bar
    const told: number[] = [];
    Object.assign(window, { told });
    document.querySelector("myna-chat")?.addEventListener("unread", (e) => told.push((e as CustomEvent<number>).detail));
  });
  await minh.talkTo("Hoa");
  await minh.say("bạn xem thư chưa?");
  await seen(webmail.locator("myna-chat .badge", { hasText: "1" }));
  await webmail.getByRole("button", { name: "Trò chuyện" }).click();
  const chat = webmail.frameLocator("myna-chat iframe");
  await chat.locator(".lists .row", { hasText: "Minh" }).click();
  await seen(chat.locator(".msg", { hasText: "bạn xem thư chưa?" }));
  await gone(webmail.locator("myna-chat .badge:not([hidden])"));
  const told = (): Promise<number[]> => webmail.evaluate(() => (window as unknown as { told: number[] }).told);
  expect([Math.max(...await told()) > 0, (await told()).at(-1)]).toEqual([true, 0]);
  const frame = webmail.frames().find((f) => f.url().startsWith(minh.url.slice(0, -1)));
  await frame?.evaluate(() => window.parent.postMessage({ myna: "unread", count: 120 }, "*"));
  await seen(webmail.locator("myna-chat .badge", { hasText: "99+" }));
  expect((await told()).at(-1)).toBe(120);
  await frame?.evaluate(() => window.parent.postMessage({ myna: "unread", count: 0 }, "*"));
});

it("the launcher is right for everybody, closed and open, by day and by night, on a page and on a phone", async () => {
  for (const colorScheme of ["light", "dark"] as const) {
    await webmail.emulateMedia({ colorScheme });
    for (const width of [1200, 375]) {
      await webmail.setViewportSize({ width, height: 760 });
      for (const open of [true, false]) {
        await webmail.locator("myna-chat").evaluate((e, on) => { e.toggleAttribute("open", on); }, open);
        expect(await faults({ page: webmail }), `${colorScheme} ${width} ${open}`).toEqual([]);
        const button = await webmail.locator("myna-chat button").boundingBox();
        expect(Math.min(button?.width ?? 0, button?.height ?? 0)).toBeGreaterThanOrEqual(44);
      }
    }
  }
});

it("a page that the server does not know shows nothing", async () => {
  const page = await (await (await browser()).newContext()).newPage();
  await page.route("http://other.localhost/", (r) => r.fulfill({ contentType: "text/html", body: `<iframe src="${minh.url}"></iframe>` }));
  await page.goto("http://other.localhost/");
  await expect.poll(() => page.frames()[1]?.url()).toBe("chrome-error://chromewebdata/");
  await page.context().close();
});
