import { createServer } from "node:http";
import { afterAll, afterEach, beforeAll, expect, it } from "vitest";
import { gone, seen } from "./expect";
import { rough } from "./rough";
import { admin, browser, domain, end, hire, home, mail, Person } from "./stage";

// What people and other pages may try, seen from the browser. What a browser does not show, Go tests prove (admin/api, web).

let boss: Person;
let lan: Person;
let minh: Person;
const asked = new Set<string>(); // the origins that the pages have asked
const far = "https://evil.example/theo-doi.png";
const markup = `<img src=x onerror="hacked=1"><script>hacked=1</script>"'&amp;`;

beforeAll(async () => {
  hire("canh-gac", markup, "server");
  [boss, lan, minh] = await Promise.all([Person.open("canh-gac"), Person.open("lan"), Person.open("minh")]);
  for (const p of [boss, lan, minh]) {
    p.page.on("request", (r) => { if (!r.url().startsWith("blob:")) asked.add([home, new URL(p.url).origin].includes(new URL(r.url()).origin) ? "own" : r.url()); });
    p.page.on("dialog", (d) => { p.errors.push(`a dialog: ${d.message()}`); void d.dismiss(); });
  }
  admin("alias", "create", `nhom-la@${domain}`, "--target", `lan@${domain}`, "--target", `minh@${domain}`, "--lead", `minh@${domain}`, "--group-chat", "--name", markup, "--description", markup);
  await Promise.all([boss.administer("accounts"), lan.signIn(), minh.signIn()]);
});

afterEach(() => expect([...boss.errors, ...lan.errors, ...minh.errors]).toEqual([]));

afterAll(async () => {
  await Promise.all([boss.close(), lan.close(), minh.close()]);
  admin("alias", "delete", `nhom-la@${domain}`);
  admin("account", "delete", `canh-gac@${domain}`, "--yes");
  await end();
});

/** harmless proves that what looks like markup is on the page as text, and nothing of it was taken for markup. */
async function harmless(p: Person): Promise<void> {
  await seen(p.page.getByText("<img src=x onerror=").first());
  expect(await p.page.evaluate(() => [document.querySelectorAll('img[src="x"]').length, document.querySelectorAll("body script:not([src])").length, "hacked" in window])).toEqual([0, 0, false]);
}

it("names, descriptions and the audit log are texts", async () => {
  for (const screen of ["accounts", "aliases", `aliases/nhom-la%40${domain}`, `accounts/canh-gac%40${domain}`]) {
    await boss.page.goto(`${boss.url}admin/#/${screen}`);
    await harmless(boss);
  }
  await boss.page.goto(`${boss.url}admin/#/audit`);
  await boss.page.locator("summary").first().click();
  await harmless(boss);
});

it("what is searched for, and what is wrong with a file, is a text", async () => {
  await boss.page.goto(`${boss.url}admin/#/accounts`);
  await boss.page.fill(".search input", `${markup} nobody`);
  await seen(boss.page.locator(".empty"));
  await harmless(boss);
  await boss.page.goto(`${boss.url}admin/#/accounts/import`);
  await boss.page.fill("#csv", `"${markup.replaceAll('"', '""')}",Ai\n`);
  await boss.page.click('button[type=submit]:has-text("Import")');
  await seen(boss.page.locator(".refusals"));
  await harmless(boss);
  await boss.page.goto(`${boss.url}admin/#/${encodeURIComponent(markup)}/${encodeURIComponent(markup)}`);
  await seen(boss.page.locator(".empty"));
  expect(await boss.page.evaluate(() => "hacked" in window)).toBe(false);
});

it("messages, and the names of groups and people, are texts", async () => {
  await lan.talkTo("<img src=x", "groups");
  await harmless(lan);
  await minh.talkTo("<img src=x", "groups");
  await minh.say(`${markup} javascript:hacked=1 https://example.com/"onmouseover="hacked=1`);
  await seen(lan.line("<img src=x"));
  await harmless(lan);
  expect(await lan.page.locator('a[href^="javascript:"]').count()).toBe(0);
});

it("statuses, topics, and whatever another client makes up, are texts", async () => {
  const mark = markup.replaceAll("&", "&amp;").replaceAll("<", "&lt;");
  const room = `nhom-la@groups.${domain}`;
  await rough(boss, "minh", [
    `<presence xmlns="jabber:client"><status>${mark}</status></presence>`,
    `<presence xmlns="jabber:client" to="${room}/Minh"><status>${mark}</status><x xmlns="http://jabber.org/protocol/muc"/></presence>`,
    `<message xmlns="jabber:client" type="groupchat" to="${room}"><subject>${mark}</subject></message>`,
    ...["javascript:hacked=1", "data:text/html,&lt;script>hacked=1&lt;/script>", "https://example.com/&lt;img src=x onerror=hacked=1>.pdf"].map((url, i) =>
      `<message xmlns="jabber:client" type="chat" id="oob${i}" to="lan@${domain}"><body>${url}</body><x xmlns="jabber:x:oob"><url>${url}</url></x></message>`),
    `<message xmlns="jabber:client" type="chat" id="far" to="lan@${domain}"><body>${far}</body><x xmlns="jabber:x:oob"><url>${far}</url></x></message>`,
    `<message xmlns="jabber:client" type="chat" id="r" to="lan@${domain}"><body>vui</body></message>`,
    `<message xmlns="jabber:client" type="chat" id="r1" to="lan@${domain}"><reactions xmlns="urn:xmpp:reactions:0" id="r"><reaction>${mark}</reaction></reactions></message>`,
    `<message xmlns="jabber:client" type="chat" id="b" to="lan@${domain}"><body><b xmlns="http://www.w3.org/1999/xhtml" onclick="hacked=1">đậm</b>cuối</body>` +
      `<html xmlns="http://jabber.org/protocol/xhtml-im"><body xmlns="http://www.w3.org/1999/xhtml"><img src="x" onerror="hacked=1"/></body></html></message>`,
  ]);
  await lan.tab("directory");
  await seen(lan.row("Minh").getByText("<img src=x onerror="));
  await harmless(lan);
  await lan.talkTo("<img src=x", "groups");
  await seen(lan.page.locator(".head .hint", { hasText: "<img src=x" })); // the topic
  await harmless(lan);
  await lan.talkTo("Minh");
  await seen(lan.line("cuối"));
  await seen(lan.page.locator(".head .hint", { hasText: "<img src=x" })); // the note beside the status
  await seen(lan.page.locator(".reactions", { hasText: "<img src=x" }));
  await seen(lan.page.locator("a.file-card", { hasText: "theo-doi.png" })); // a picture of somebody else's host is not fetched
  expect(await lan.page.locator(`[src*="evil.example"]`).count()).toBe(0);
  await harmless(lan);
  const addresses = await lan.page.locator(".conversation a[href]").evaluateAll((list) => list.map((a) => (a as HTMLAnchorElement).protocol));
  expect(addresses.filter((p) => p !== "https:" && p !== "http:")).toEqual([]);
});

it("the name of a file is a text, while it is sent and when it is there", async () => {
  await minh.talkTo("Lan");
  await minh.bring("drop", `<img src=x onerror="hacked=1">"'&.pdf`, 300, "application/pdf");
  for (const p of [minh, lan]) {
    await seen(p.page.locator("a.file-card", { hasText: "<img src=x onerror=" }));
    await harmless(p);
  }
  await minh.bring("drop", `<img src=x onerror="hacked=1">.bin`, 1_500_000); // too large: it stays as it was sent
  await seen(minh.page.locator(".failure"));
  await harmless(minh);
  await lan.tab("recent");
  await seen(lan.row("Minh").getByText("<img src=x onerror="));
  await harmless(lan);
});

it("no text becomes HTML or a script, whoever tries", async () => {
  for (const p of [boss, lan]) {
    const tried = await p.page.evaluate(() => {
      const tries: Record<string, () => void> = {
        html: () => { document.createElement("div").innerHTML = "<b>x</b>"; }, write: () => document.write("x"),
        script: () => { document.createElement("script").src = "https://evil.example/x.js"; }, policy: () => { (window as unknown as { trustedTypes: { createPolicy(n: string, o: object): void } }).trustedTypes.createPolicy("evil", {}); },
      };
      return Object.entries(tries).filter(([, f]) => { try { f(); return true; } catch { return false; } }).map(([name]) => name);
    });
    expect(tried).toEqual([]);
    p.errors.length = 0; // the browser says that it refused them
  }
});

it("the cookie of the admin page is for the server alone", async () => {
  const own = (await boss.page.context().cookies()).filter((c) => c.name.includes("admin"));
  expect(own.map((c) => [c.httpOnly, c.sameSite, c.path, c.expires])).toEqual([[true, "Strict", "/", -1]]);
  expect(await boss.page.evaluate(() => document.cookie)).toBe("");
  expect(await boss.page.evaluate(() => JSON.stringify({ ...localStorage, ...sessionStorage }))).not.toContain(own[0]?.value ?? "?");
});

it("a webmail that may show the chat cannot show the admin page", async () => {
  const webmail = createServer((_, res) => res.setHeader("Content-Type", "text/html; charset=utf-8")
    .end(`<!doctype html><iframe name="chat" src="${minh.url}"></iframe><iframe name="admin" src="${boss.url}admin/"></iframe>`));
  await new Promise<void>((resolve) => webmail.listen(mail, "127.0.0.1", resolve));
  const context = await (await browser()).newContext();
  const page = await context.newPage();
  await page.goto(`http://localhost:${mail}/`);
  await page.frameLocator('iframe[name="chat"]').locator("#address").waitFor();
  await expect.poll(() => page.frame("admin")?.url()).toMatch(/^chrome-error:/);
  await context.close();
  webmail.close();
});

it("who has signed out is out, on the server too", async () => {
  await boss.page.goto(`${boss.url}admin/#/overview`);
  await seen(boss.page.locator(".health"));
  const before = await boss.page.context().cookies();
  await boss.page.click(".me");
  await boss.page.click('.menu button:has-text("Sign out")');
  await seen(boss.page.locator("#address"));
  await boss.page.goBack();
  await gone(boss.page.locator(".admin"));
  await boss.page.context().addCookies(before); // somebody has kept a copy
  expect(await boss.page.evaluate(() => fetch("/api/v1/status").then((r) => r.status))).toBe(401);
  await boss.page.goto(`${boss.url}admin/`);
  await seen(boss.page.locator("#address"));
});

it("nothing was asked of another host", () => {
  expect([...asked]).toEqual(["own"]);
});
