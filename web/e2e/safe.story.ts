import { createServer } from "node:http";
import { afterAll, afterEach, beforeAll, expect, it } from "vitest";
import { gone, seen } from "./expect";
import { admin, browser, domain, end, hire, mail, Person } from "./stage";

// What people and other pages may try, seen from the browser. What a browser does not show, Go tests prove (admin/api, web).

let boss: Person;
let lan: Person;
let minh: Person;
const asked = new Set<string>(); // the origins that the pages have asked
const markup = `<img src=x onerror="hacked=1"><script>hacked=1</script>"'&amp;`;

beforeAll(async () => {
  hire("canh-gac", markup, "server");
  [boss, lan, minh] = await Promise.all([Person.open("canh-gac"), Person.open("lan"), Person.open("minh")]);
  for (const p of [boss, lan, minh]) {
    p.page.on("request", (r) => { if (!r.url().startsWith("blob:")) asked.add(new URL(r.url()).origin === new URL(p.url).origin ? "own" : r.url()); });
    p.page.on("dialog", (d) => { p.errors.push(`a dialog: ${d.message()}`); void d.dismiss(); });
  }
  admin("alias", "create", `nhom-la@${domain}`, "--target", `lan@${domain}`, "--target", `minh@${domain}`, "--group-chat", "--name", markup, "--description", markup);
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
