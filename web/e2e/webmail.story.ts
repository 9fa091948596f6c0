import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { FrameLocator, Page } from "playwright-core";
import { afterAll, beforeAll, expect, it } from "vitest";
import { gone, seen } from "./expect";
import { admin, browser, dismiss, domain, end, mail, Person } from "./stage";

// A webmail that signs its users in to the chat: its server has a key of the HTTP API, its page has an endpoint for tokens.
let server: Server;
let minh: Person;
let origin: string;
let key: string;
let user = "hoa"; // who is signed in to the webmail, "" for nobody
let session = "webmail-1";
let given = 0; // tokens
let mute = false; // the webmail does not answer
let page: Page;
let chat: FrameLocator;

const api = (method: string, path: string, body?: object): Promise<Response> => fetch(`${origin}/api/v1${path}`, {
  method, headers: { Authorization: `Bearer ${key}`, "Content-Type": "application/json" }, ...(body && { body: JSON.stringify(body) }),
});

/** named is how the webmail writes a name: addresses are the same in capitals. */
const named = (name: string): string => name.slice(0, 1).toUpperCase() + name.slice(1);

async function serve(req: IncomingMessage, res: ServerResponse): Promise<void> {
  if (req.url === "/chat-token") {
    if (req.method !== "POST" || req.headers["sec-fetch-site"] !== "same-origin" || user === "") return void res.writeHead(403).end();
    given++;
    if (mute) return;
    const made = await api("POST", "/sso/tokens", { account: `${named(user)}@${domain}`, session });
    res.writeHead(made.status, { "Content-Type": "application/json" }).end(await made.text());
    return;
  }
  res.setHeader("Content-Type", "text/html; charset=utf-8")
    .setHeader("Content-Security-Policy", `default-src 'none'; script-src ${origin}; frame-src ${origin}; connect-src 'self'; require-trusted-types-for 'script'`)
    .end(`<!doctype html><html lang="vi"><title>Thư</title><h1>Hộp thư</h1><myna-chat open account="${named(user)}@${domain}" token-url="/chat-token"></myna-chat>
      <script async src="${origin}/embed.js"></script></html>`);
}

beforeAll(async () => {
  minh = await Person.open("minh");
  await minh.signIn();
  origin = minh.url.slice(0, -1);
  key = (JSON.parse(admin("key", "create", "webmail", "--domain", domain, "--json")) as { key: string }).key;
  server = createServer((req, res) => void serve(req, res));
  await new Promise<void>((resolve) => server.listen(mail, "127.0.0.1", resolve));
  page = await (await (await browser()).newContext({ viewport: { width: 1200, height: 760 }, locale: "vi-VN" })).newPage();
  chat = page.frameLocator("myna-chat iframe");
});

afterAll(async () => {
  server.close();
  await page.context().close();
  for (const name of ["hoa", "tuan"]) dismiss(name);
  await minh.close();
  await end();
});

const visit = (): Promise<unknown> => page.goto(`http://localhost:${mail}/`);

it("who is signed in to the webmail is in the chat, without a password", async () => {
  await visit();
  await seen(chat.locator(".sidebar .who", { hasText: "Lê Thị Hoa" }));
  expect(await chat.locator("#password").count()).toBe(0);
  expect(given).toBe(1);
  await minh.talkTo("Hoa");
  await minh.say("chào Hoa");
  await seen(chat.locator(".lists .row", { hasText: "chào Hoa" }));
});

it("the browser has a cookie that scripts do not see, and comes back by it", async () => {
  const cookies = await page.context().cookies(origin);
  expect(cookies.map((c) => [c.name, c.httpOnly, c.sameSite])).toEqual([["myna-chat", true, "Strict"]]);
  await visit();
  await seen(chat.locator(".sidebar .who", { hasText: "Lê Thị Hoa" }));
  await seen(chat.locator(".lists .row", { hasText: "chào Hoa" }));
  await gone(chat.locator(".connection.connecting"));
  expect(given).toBe(1);
  const alone = await page.context().newPage(); // the chat in a window of its own
  await alone.goto(origin);
  await alone.locator(".sidebar .who", { hasText: "Lê Thị Hoa" }).waitFor();
  await alone.close();
});

it("another user of the webmail sees nothing of the one before", async () => {
  user = "tuan";
  session = "webmail-2";
  await visit();
  await seen(chat.locator(".sidebar .who", { hasText: "Đặng Tuấn" }));
  expect(await chat.locator(".lists .row", { hasText: "chào Hoa" }).count()).toBe(0);
  expect(given).toBe(2);
});

it("signing out of the webmail signs out of the chat", async () => {
  user = "";
  await page.evaluate(() => document.querySelector("myna-chat")?.addEventListener("signedout", () => { document.title = "ra ngoài"; }));
  await api("DELETE", "/sso/tokens/webmail-2");
  await seen(chat.locator("#address"));
  await expect.poll(() => page.title()).toBe("ra ngoài");
  await expect.poll(() => kept()).toBe(0);
  await visit();
  await seen(chat.locator("#address"));
});

it("the page signs out of the chat itself", async () => {
  user = "hoa";
  session = "webmail-3";
  await visit();
  await seen(chat.locator(".sidebar .who", { hasText: "Lê Thị Hoa" }));
  await page.evaluate(() => (document.querySelector("myna-chat") as unknown as { signOut(): void }).signOut());
  await seen(chat.locator("#address"));
  await expect.poll(() => page.context().cookies(origin)).toEqual([]);
});

it("a webmail that does not answer is not waited for for ever", async () => {
  mute = true;
  const before = given;
  await page.clock.install();
  await visit();
  await expect.poll(() => given).toBe(before + 1);
  expect(await chat.locator("#address").count()).toBe(0);
  await page.clock.fastForward(20_000);
  await seen(chat.locator("#address"));
});

/** kept is how much of the chat the browser has. */
function kept(): Promise<number> {
  return chat.locator("body").evaluate(() => new Promise<number>((resolve) => {
    const r = indexedDB.open("myna");
    r.onsuccess = () => {
      const all = r.result.transaction("kept").objectStore("kept").count();
      all.onsuccess = () => resolve(all.result);
    };
  }));
}
