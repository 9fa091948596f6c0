import { readFileSync } from "node:fs";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { faults, tooSmall } from "./axe";
import { count, gone, seen } from "./expect";
import { admin, domain, end, hire, Person } from "./stage";

let boss: Person;
let lan: Person;

beforeAll(async () => {
  hire("giam-doc", "Vũ Giám Đốc", "domain");
  [boss, lan] = await Promise.all([Person.open("giam-doc"), Person.open("lan")]);
  await Promise.all([boss.administer("accounts"), lan.signIn()]);
});

afterEach(() => expect([...boss.errors, ...lan.errors]).toEqual([]));

afterAll(async () => {
  await Promise.all([boss.close(), lan.close()]);
  admin("account", "kick", `lan@${domain}`);
  for (const name of ["giam-doc", "moi-1", "moi-2"]) admin("account", "delete", `${name}@${domain}`, "--yes");
  await end();
});

const entry = (text: string) => boss.page.locator(".entry", { hasText: text });
const submit = (text: string): Promise<void> => boss.page.click(`button[type=submit]:has-text("${text}")`);

it("the list tells who is online, and is searched without accents", async () => {
  await seen(entry("Nguyễn Thị Lan").locator(".dot.available"));
  await boss.page.fill(".search input", "tran van");
  await count(boss.page.locator(".entry"), 1);
  await seen(entry("Trần Văn Minh"));
});

it("an account is created with a password that is shown once, and its owner signs in", async () => {
  await boss.page.click('a.primary:has-text("New")');
  await submit("Create");
  await seen(boss.page.getByText("An address is needed."));
  await boss.page.fill("#local", "phuong");
  await boss.page.fill("#name", "Đỗ Phương");
  await boss.page.fill("#department", "Kế toán");
  await submit("Create");
  const password = await boss.page.locator(".secret code").textContent() ?? "";
  expect(password.length).toBeGreaterThan(10);
  await lan.tab("directory");
  await seen(lan.row("Đỗ Phương"));
  const page = await lan.page.context().browser()?.newPage();
  await page?.goto(lan.url);
  await page?.fill("#address", "phuong");
  await page?.fill("#password", password);
  await page?.click("button[type=submit]");
  await page?.waitForSelector(".sidebar");
  await boss.page.click('a.primary:has-text("To the account")');
  await seen(boss.page.locator(".clients li"));
  await boss.page.locator(".clients button").first().click();
  await boss.page.click("dialog .danger");
  await seen(boss.page.locator(".toast", { hasText: "The session is ended." }));
  await page?.close();
});

it("what is kept about a person is changed, and a change can be undone", async () => {
  await boss.page.fill("#name", "Đỗ Thị Phương");
  await submit("Save");
  await seen(lan.row("Đỗ Thị Phương"));
  await boss.page.click(".toast-undo");
  await seen(boss.page.locator(".toast", { hasText: "Undone." }));
  await expect.poll(() => boss.page.inputValue("#name")).toBe("Đỗ Phương");
});

it("a disabled account is out, an enabled one is back", async () => {
  await boss.page.click('.acts button:has-text("Disable")');
  await boss.page.click("dialog .danger");
  await seen(boss.page.locator(".head .chip", { hasText: "disabled" }));
  await boss.page.click('.acts button:has-text("Enable")');
  await gone(boss.page.locator(".head .chip"));
});

it("an export is a file", async () => {
  const [file] = await Promise.all([boss.page.waitForEvent("download"), boss.page.click('.acts a:has-text("Download")')]);
  expect(readFileSync(await file.path(), "utf8")).toContain(`<user name="phuong">`);
  expect(file.suggestedFilename()).toBe(`phuong@${domain}.xml`);
});

it("who erases sees what goes, and types the address", async () => {
  await boss.page.click('.acts button:has-text("Erase")');
  await seen(boss.page.locator(".held", { hasText: "0 messages" }));
  await boss.page.fill("#typed", "wrong");
  await boss.page.click("dialog .danger");
  await seen(boss.page.getByText("What is typed is not the address."));
  await boss.page.fill("#typed", `phuong@${domain}`);
  await boss.page.click("dialog .danger");
  await seen(boss.page.locator(".toast", { hasText: "erased" }));
  await gone(entry("Đỗ Phương"));
});

it("a file of accounts is imported, and what is wrong with it is told", async () => {
  await boss.page.goto(`${boss.url}admin/#/accounts/import`);
  await boss.page.locator("input[type=file]").setInputFiles({ name: "people.csv", mimeType: "text/csv", buffer: Buffer.from(`moi-1@${domain},Mới Một\nx@elsewhere.example,Ai\n`) });
  await seen(boss.page.getByText("people.csv"));
  await submit("Import");
  await seen(boss.page.locator(".refusals", { hasText: "x@elsewhere.example" }));
  await boss.page.fill("#csv", `moi-1@${domain},Mới Một,,\nmoi-2@${domain},Mới Hai,,\nlan@${domain},Lan,,\n`);
  await submit("Import");
  await seen(boss.page.getByText("2 accounts were created. 1 existed already."));
  const [file] = await Promise.all([boss.page.waitForEvent("download"), boss.page.click('button:has-text("Save passwords")')]);
  expect(readFileSync(await file.path(), "utf8").trim().split("\n")).toHaveLength(3);
});

it("sessions, policies and the audit log are seen", async () => {
  await boss.page.click('.places a:has-text("Sessions")');
  await seen(entry("Nguyễn Thị Lan"));
  await boss.page.click('.places a:has-text("Policies")');
  await seen(boss.page.locator(".policy", { hasText: "Who may make rooms" }).getByText("nobody", { exact: true }));
  await boss.page.click('.places a:has-text("Audit log")');
  await boss.page.fill(".search input", "account.delete");
  await count(boss.page.locator(".audit"), 1);
  await seen(boss.page.locator(".audit", { hasText: `phuong@${domain}` }).getByText("Account erased"));
});

describe.each([["light", "en-US", 1200], ["dark", "vi-VN", 1200], ["light", "vi-VN", 390]] as const)("%s, %s, %i px", (colorScheme, locale, width) => {
  let p: Person;

  beforeAll(async () => {
    p = await Person.open("giam-doc", { colorScheme, locale, viewport: { width, height: 760 }, reducedMotion: "reduce" });
    await p.page.goto(`${p.url}admin/`);
    await p.page.waitForSelector("#address");
    expect(await faults(p)).toEqual([]);
    await p.administer();
  });

  afterAll(() => p.close());

  it.each([
    ["overview", ".numbers"], ["accounts", ".entry"], ["accounts/new", "#local"], ["accounts/import", "#csv"], [`accounts/lan%40${domain}`, ".acts"],
    ["aliases", ".empty, .entry"], ["aliases/new", "#local"], ["aliases/deleted", ".empty, .entry"], ["policies", ".policy"], ["sessions", ".entry"], ["audit", ".audit"],
  ])("%s", async (screen, sign) => {
    await p.page.goto(`${p.url}admin/#/${screen}`);
    await seen(p.page.locator(sign));
    expect(await faults(p), screen).toEqual([]);
    expect(await tooSmall(p), screen).toEqual([]);
    expect(await p.page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth), screen).toBeLessThanOrEqual(0);
  });

  it("a question", async () => {
    await p.page.goto(`${p.url}admin/#/accounts/lan%40${domain}`);
    await p.page.locator(".acts .secondary").first().click();
    await seen(p.page.locator("dialog[open]"));
    expect(await faults(p)).toEqual([]);
    await p.page.keyboard.press("Escape");
  });
});
