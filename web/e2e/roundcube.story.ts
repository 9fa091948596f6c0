import { mkdirSync } from "node:fs";
import { join } from "node:path";
import type { Page } from "playwright-core";
import { afterAll, describe, expect, it } from "vitest";
import { gone, seen } from "./expect";
import { browser, domain, end, mail, password, Person, roundcube } from "./stage";

// Debian's Roundcube with the plugin of docs/examples/roundcube, told by TestRoundcube.
describe.skipIf(!roundcube)("in Roundcube", () => {
  let page: Page;
  let minh: Person;

  afterAll(async () => {
    await page.context().close();
    await minh.close();
    await end();
  });

  it("who signs in to the mailbox is in the chat", async () => {
    minh = await Person.open("minh");
    await minh.signIn();
    await minh.tab("directory");
    page = await (await (await browser()).newContext({ viewport: { width: 1280, height: 800 }, locale: "vi-VN" })).newPage();
    await page.goto(`http://localhost:${mail}/`);
    await page.fill("#rcmloginuser", `lan@${domain}`);
    await page.fill("#rcmloginpwd", password);
    await page.click("#rcmloginsubmit");
    await page.locator("myna-chat button").click();
    const chat = page.frameLocator("myna-chat iframe");
    await seen(chat.locator(".sidebar .who", { hasText: "Nguyễn Thị Lan" }));
    await seen(minh.row("Lan").locator(".dot.available"));
    await minh.talkTo("Lan");
    await minh.say("thư tới rồi");
    await chat.locator(".lists .row", { hasText: "thư tới rồi" }).click();
    await seen(chat.locator(".msg", { hasText: "thư tới rồi" }));
    const folder = process.env["STORY_PICTURES"];
    if (!folder) return;
    mkdirSync(folder, { recursive: true });
    await page.screenshot({ path: join(folder, "roundcube.png") });
  });

  it("a page of another origin gets no token", async () => {
    const answer = await page.context().request.post(`http://localhost:${mail}/?_task=mail&_action=plugin.myna_chat.token`, { headers: { Origin: "https://evil.example" } });
    expect(answer.status()).toBe(403);
  });

  it("who signs out of the mailbox is out of the chat", async () => {
    await page.locator("a.logout").first().click();
    await page.waitForSelector("#rcmloginuser");
    expect(await page.locator("myna-chat").count()).toBe(0);
    await seen(minh.page.locator(".head .dot.offline"));
    await gone(minh.page.locator(".head .dot.available"));
    expect(await page.context().cookies(minh.url).then((all) => all.length)).toBeGreaterThan(0); // what is left lets nobody in
    await page.goto(minh.url);
    await page.waitForSelector("#address");
  });
});
