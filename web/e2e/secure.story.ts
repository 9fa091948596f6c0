import { readFileSync } from "node:fs";
import { createServer } from "node:https";
import type { FrameLocator, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { gone, seen } from "./expect";
import { admin, browser, dismiss, domain, end, hire, mail, Person, secure } from "./stage";

// The chat as everybody but a developer meets it: by HTTP/2 and WebSockets inside the server's own TLS. Told by TestWebSecure.
describe.skipIf(!secure)("inside TLS", () => {
  let lan: Person;
  let minh: Person;
  let page: Page; // a webmail of Hoa
  let chat: FrameLocator;

  beforeAll(async () => {
    hire("sep", "Sếp Quản Trị", "server");
    [lan, minh] = await Promise.all([Person.open("lan"), Person.open("minh")]);
    page = await (await (await browser()).newContext({ viewport: { width: 1200, height: 760 }, locale: "vi-VN" })).newPage();
    chat = page.frameLocator("myna-chat iframe");
  });

  afterAll(async () => {
    expect([...lan.errors, ...minh.errors]).toEqual([]);
    await page.context().close();
    dismiss("hoa");
    await Promise.all([lan.close(), minh.close()]);
    await end();
  });

  it("pages come by HTTP/2 with their policies, and nothing of another way", async () => {
    const others: string[] = [];
    lan.page.on("request", (r) => { if (!r.url().startsWith(lan.url) && !/^(blob|wss):/.test(r.url())) others.push(r.url()); });
    const answer = await lan.page.goto(lan.url);
    const headers = answer?.headers() ?? {};
    const policy = headers["content-security-policy"] ?? "";
    for (const rule of ["default-src 'none'", "script-src 'self'", "require-trusted-types-for 'script'", "trusted-types myna", "base-uri 'none'", `frame-ancestors 'self' https://localhost:${mail}`]) {
      expect(policy).toContain(rule);
    }
    expect(policy).not.toContain("unsafe");
    expect([headers["x-content-type-options"], headers["referrer-policy"], headers["cross-origin-opener-policy"]]).toEqual(["nosniff", "no-referrer", "same-origin"]);
    await lan.page.waitForSelector("#address");
    const ways = await lan.page.evaluate(() => [...performance.getEntriesByType("navigation"), ...performance.getEntriesByType("resource")]
      .map((e) => (e as PerformanceResourceTiming).nextHopProtocol));
    expect(new Set(ways)).toEqual(new Set(["h2"]));
    expect(await lan.page.evaluate(() => isSecureContext)).toBe(true);
    expect(others).toEqual([]);
  });

  it("two people talk and send a picture", async () => {
    await Promise.all([lan.signIn(), minh.signIn()]);
    await Promise.all([lan.talkTo("Minh"), minh.talkTo("Lan")]);
    await lan.say("kín đáo");
    await seen(minh.line("kín đáo"));
    await seen(lan.line("kín đáo").locator(".state.displayed"));
    const [session] = JSON.parse(admin("account", "sessions", `lan@${domain}`, "--json")) as { transport: string; encrypted: boolean }[];
    expect(session).toMatchObject({ transport: "WebSocket, TLS 1.3", encrypted: true });
    const png = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==";
    await minh.page.locator(".composer input[type=file]").setInputFiles({ name: "ảnh.png", mimeType: "image/png", buffer: Buffer.from(png, "base64") });
    const picture = lan.page.locator(".picture img");
    await seen(picture);
    await expect.poll(() => picture.evaluate((e) => (e as HTMLImageElement).naturalWidth)).toBe(1);
    expect(await picture.getAttribute("src")).toMatch(/^https:/);
  });

  it("a lost connection is found again, and a reload needs no password", async () => {
    lan.road.cut();
    await seen(lan.page.locator(".connection.waiting"));
    await lan.say("lúc mất mạng");
    lan.road.mend();
    await lan.page.locator(".connection button").click();
    await seen(minh.line("lúc mất mạng"));
    await lan.page.reload();
    await seen(lan.line("lúc mất mạng"));
    await seen(lan.page.locator(".head .dot.available"));
  });

  it("who comes from a webmail is kept by a cookie that only this host can set, inside TLS", async () => {
    const { key } = JSON.parse(admin("key", "create", "webmail", "--domain", domain, "--json")) as { key: string };
    const made = await fetch(`${lan.url}api/v1/sso/tokens`, {
      method: "POST", headers: { Authorization: `Bearer ${key}`, "Content-Type": "application/json" }, body: JSON.stringify({ account: `hoa@${domain}`, session: "webmail-1" }),
    });
    const { token } = await made.json() as { token: string };
    const webmail = createServer({ cert: readFileSync(secure?.cert ?? ""), key: readFileSync(secure?.key ?? "") }, (_, res) => res.setHeader("Content-Type", "text/html; charset=utf-8")
      .end(`<!doctype html><html lang="vi"><title>Thư</title><myna-chat open account="hoa@${domain}" token="${token}"></myna-chat><script async src="${lan.url}embed.js"></script>`));
    await new Promise<void>((resolve) => webmail.listen(mail, "127.0.0.1", resolve));
    await page.goto(`https://localhost:${mail}/`);
    await seen(chat.locator(".sidebar .who", { hasText: "Lê Thị Hoa" }));
    await expect.poll(async () => (await page.context().cookies(lan.url)).map((c) => [c.name, c.secure, c.httpOnly, c.sameSite, c.path]))
      .toEqual([["__Host-myna-chat", true, true, "Strict", "/"]]);
    await page.goto(lan.url); // the chat in a window of its own: the token is used up
    await seen(page.locator(".sidebar .who", { hasText: "Lê Thị Hoa" }));
    expect(await page.evaluate(() => document.cookie)).toBe("");
    webmail.close();
  });

  it("so is who administers", async () => {
    const boss = await Person.open("sep");
    const answer = await boss.page.goto(`${boss.url}admin/`);
    expect(answer?.headers()["content-security-policy"]).toContain("trusted-types 'none'");
    await boss.administer("overview");
    await seen(boss.page.locator(".health"));
    expect((await boss.page.context().cookies(boss.url)).map((c) => [c.name, c.secure, c.httpOnly, c.sameSite])).toEqual([["__Host-myna-admin", true, true, "Strict"]]);
    await boss.page.click(".me");
    await boss.page.click('.menu button:has-text("Sign out")');
    await seen(boss.page.locator("#address"));
    await gone(boss.page.locator(".admin"));
    expect(boss.errors).toEqual([]);
    await boss.close();
  });
});
