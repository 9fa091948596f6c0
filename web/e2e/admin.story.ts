import { afterAll, afterEach, beforeAll, expect, it } from "vitest";
import { count, gone, seen } from "./expect";
import { admin, domain, end, hire, password, Person } from "./stage";

let boss: Person;
let lan: Person;
let hoa: Person;
const group = `sao-mai@${domain}`;

beforeAll(async () => {
  hire("sep", "Sếp Quản Trị", "server");
  [boss, lan, hoa] = await Promise.all([Person.open("sep"), Person.open("lan"), Person.open("hoa")]);
  await Promise.all([lan.signIn(), hoa.signIn()]);
});

afterEach(() => expect([...boss.errors, ...lan.errors, ...hoa.errors]).toEqual([]));

afterAll(async () => {
  await Promise.all([boss.close(), lan.close(), hoa.close()]);
  admin("account", "delete", `sep@${domain}`, "--yes");
  await end();
});

it("who administers nothing does not come in", async () => {
  await lan.page.context().newPage().then(async (page) => {
    await page.goto(`${lan.url}admin/`);
    await page.fill("#address", `lan@${domain}`);
    await page.fill("#password", password);
    await page.click("button[type=submit]");
    await seen(page.getByText("This account is not an administrator"));
    await page.fill("#password", "wrong");
    await page.click("button[type=submit]");
    await seen(page.getByText("Address or password is wrong."));
    await page.close();
  });
});

it("an administrator signs in, and finds Accounts › Alias › New", async () => {
  await boss.administer("overview");
  await seen(boss.page.locator(".health"));
  await boss.page.click('.places a:has-text("Aliases")');
  await boss.page.click('.tabs a:has-text("Alias")');
  await boss.page.click('a.primary:has-text("New")');
  await seen(boss.page.locator("h1", { hasText: "New alias" }));
});

it("an alias with group chat is a group in front of its members as soon as it is saved", async () => {
  await lan.tab("groups");
  await hoa.tab("groups");
  await boss.page.fill("#local", "sao-mai");
  await boss.page.fill("#name", "Dự án Sao Mai");
  await pick("Targets", "nguyen thi lan");
  await pick("Targets", "hoa");
  await boss.page.click('button[type=submit]:has-text("Create")');
  await seen(boss.page.locator(".toast", { hasText: group }));
  await Promise.all([seen(lan.row("Dự án Sao Mai")), seen(hoa.row("Dự án Sao Mai"))]);
  await seen(boss.page.locator(".members", { hasText: "Lê Thị Hoa" }));
});

it("the members talk in it", async () => {
  await Promise.all([lan.talkTo("Dự án Sao Mai", "groups"), hoa.talkTo("Dự án Sao Mai", "groups")]);
  await lan.say("Chào nhóm mới");
  await seen(hoa.line("Chào nhóm mới"));
});

it("who is taken out sees it at once, and undo brings them back", async () => {
  await boss.page.click('.picked button[aria-label*="Lê Thị Hoa"]');
  await boss.page.click('button[type=submit]:has-text("Save")');
  await seen(hoa.page.locator(".notice", { hasText: "You are no longer in this group" }));
  await count(lan.page.locator(".members .row"), 1);
  await boss.page.click(".toast-undo");
  await seen(hoa.page.locator(".composer"));
  await seen(hoa.line("Chào nhóm mới"));
});

it("somebody else's change is not overwritten unseen", async () => {
  await count(boss.page.locator(".picker li .chosen-name"), 2);
  admin("alias", "set", group, "--description", "từ dòng lệnh");
  await boss.page.fill("#name", "Sao Mai");
  await boss.page.click('button[type=submit]:has-text("Save")');
  await seen(boss.page.locator(".conflict", { hasText: "Description" }));
  await boss.page.click('.conflict button:has-text("Show theirs")');
  await expect.poll(() => boss.page.inputValue("#description")).toBe("từ dòng lệnh");
  expect(await boss.page.inputValue("#name")).toBe("Dự án Sao Mai");
});

it("what was typed is not lost by going elsewhere", async () => {
  await boss.page.fill("#name", "Chưa lưu");
  await boss.page.click(".head a.iconic");
  await seen(boss.page.locator("dialog", { hasText: "Leave without saving?" }));
  await boss.page.click('dialog button:has-text("Stay here")');
  expect(await boss.page.inputValue("#name")).toBe("Chưa lưu");
  await boss.page.click(".head a.iconic");
  await boss.page.click('dialog button:has-text("Leave")');
  await seen(boss.page.locator(".entry", { hasText: group }));
});

it("a deleted alias takes its group away, and brings it back with its history", async () => {
  await boss.page.locator(".entry", { hasText: group }).click();
  await boss.page.click('.head button[aria-label="Delete alias"]');
  await boss.page.click("dialog .danger");
  await seen(lan.page.locator(".notice", { hasText: "This group was closed" }));
  await boss.page.click('.tabs a:has-text("Deleted")');
  await boss.page.locator(".entry", { hasText: group }).locator('button:has-text("Bring back")').click();
  await boss.page.click("dialog .primary");
  await seen(hoa.page.locator(".composer"));
  await seen(hoa.line("Chào nhóm mới"));
  await gone(boss.page.locator(".entry", { hasText: group }));
  admin("alias", "delete", group);
});

it("a new password ends the session of the page", async () => {
  await boss.administer("overview");
  admin("account", "disable", `sep@${domain}`);
  admin("account", "enable", `sep@${domain}`);
  void boss.page.click('.places a:has-text("Aliases")').catch(() => undefined); // unless the page has noticed by itself
  await seen(boss.page.getByText("The session is over. Sign in again."));
});

/** pick adds somebody to a list of addresses, as one types. */
async function pick(label: string, text: string): Promise<void> {
  const field = boss.page.getByRole("combobox", { name: label });
  await field.fill(text);
  await seen(boss.page.locator(".offered li"));
  await field.press("Enter");
  await gone(boss.page.locator(".offered:not([hidden])"));
}
