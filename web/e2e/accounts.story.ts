import { readFileSync } from "node:fs";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { faults, tooSmall } from "./axe";
import { count, gone, seen } from "./expect";
import { picture } from "./pictures";
import { admin, domain, end, hire, Person } from "./stage";

let boss: Person;
let lan: Person;

beforeAll(async () => {
  hire("giam-doc", "Vũ Giám Đốc", "domain");
  [boss, lan] = await Promise.all([Person.open("giam-doc"), Person.open("lan")]);
  await lan.signIn(); // before the list is read
  await boss.administer("accounts");
});

afterEach(() => expect([...boss.errors, ...lan.errors]).toEqual([]));

afterAll(async () => {
  await Promise.all([boss.close(), lan.close()]);
  admin("account", "kick", `lan@${domain}`);
  admin("alias", "delete", `phong-moi@${domain}`);
  for (const name of ["giam-doc", "moi-1", "moi-2", "khach"]) admin("account", "delete", `${name}@${domain}`, "--yes");
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

it("how far an import is shows in a bar", async () => {
  await boss.page.goto(`${boss.url}admin/#/accounts/import`);
  await boss.page.evaluate(() => {
    const seen: number[] = [];
    Object.assign(window, { bars: seen });
    new MutationObserver(() => {
      const bar = document.querySelector("progress");
      if (bar) seen.push(bar.value / bar.max);
    }).observe(document.body, { subtree: true, childList: true, attributes: true });
  });
  await boss.page.fill("#csv", ["bar-1", "bar-2", "bar-3"].map((n) => `${n}@${domain},Thanh`).join("\n"));
  await submit("Import");
  await seen(boss.page.getByText("3 accounts were created."));
  const bars = await boss.page.evaluate(() => (window as unknown as { bars: number[] }).bars);
  expect(bars[0]).toBe(0);
  expect(bars.at(-1)).toBe(1);
  expect(bars).toEqual([...bars].sort((a, b) => a - b));
  for (const n of ["bar-1", "bar-2", "bar-3"]) admin("account", "delete", `${n}@${domain}`, "--yes");
});

it("accounts of another server are tried, then taken over, and the domain goes out as such a file", async () => {
  const file = (merge: string): Buffer => Buffer.from(`<?xml version="1.0"?>
<server-data xmlns="urn:xmpp:pie:0">
<host jid="${domain}"><user name="chuyen-1" password="một mật khẩu dài"><query xmlns="jabber:iq:roster"><item jid="ban@else.example" name="Bạn"/><item jid="@"/></query></user>
<user name="chuyen-2"/>${merge}</host>
<host jid="elsewhere.example"><user name="ai"/></host>
</server-data>`);
  const take = (b: Buffer): Promise<void> => boss.page.locator("input[type=file]").setInputFiles({ name: "prosody.xml", mimeType: "text/xml", buffer: b });
  const number = (label: string, n: number): Promise<void> => seen(boss.page.locator(".number", { hasText: new RegExp(`^${label}${n}$`) }));
  await boss.page.click('.tabs a:has-text("From another server")');
  await take(file("").subarray(0, 200));
  await submit("Check the file");
  await seen(boss.page.locator(".trouble", { hasText: "nothing was imported" }));
  await take(file(""));
  await submit("Check the file");
  await seen(boss.page.getByText("This would happen"));
  await number("To be created", 2);
  await number("Refused", 1);
  await seen(boss.page.locator(".refusals", { hasText: "ai@elsewhere.example" }));
  await seen(boss.page.locator(".sums tr", { hasText: "contacts" }));
  await seen(boss.page.locator(".locked", { hasText: `chuyen-2@${domain}` }));
  expect(() => admin("account", "show", `chuyen-1@${domain}`)).toThrow();
  await submit("Import");
  await seen(boss.page.getByText("The import is done"));
  await number("Created", 2);
  expect(await boss.page.locator("button[type=submit]").count()).toBe(0); // it is not done twice
  await boss.page.click(`.locked a:has-text("chuyen-2@${domain}")`);
  await seen(boss.page.locator("h1", { hasText: `chuyen-2@${domain}` }));
  await boss.page.goto(`${boss.url}admin/#/accounts/export`);
  const [out] = await Promise.all([boss.page.waitForEvent("download"), boss.page.locator('.acts a:has-text("Download")').first().click()]);
  expect(out.suggestedFilename()).toBe(`${domain}.xml`);
  const text = readFileSync(await out.path(), "utf8");
  expect(text).toContain(`<user name="chuyen-1">`);
  expect(text).not.toContain("scram");
});

it("who has lost the password gets a link, and sets one that nobody else knows", async () => {
  await boss.page.goto(`${boss.url}admin/#/accounts/chuyen-2%40${domain}`);
  await boss.page.locator(".acts li", { hasText: "Link for a new password" }).locator("button").click();
  await boss.page.click("dialog .primary");
  const address = await boss.page.locator("dialog .secret code").textContent() ?? "";
  await seen(boss.page.locator("dialog svg.qr path"));
  await boss.page.click("dialog .primary");
  const page = await boss.page.context().browser()?.newPage({ locale: "en-US" });
  await page?.goto(address);
  await page?.fill("input[name=password]", "mật-khẩu-riêng-2");
  await page?.fill("input[name=again]", "mật-khẩu-riêng-2");
  await page?.click("button[type=submit]");
  await page?.getByText(`chuyen-2@${domain}`).first().waitFor();
  await page?.goto(boss.url);
  await page?.fill("#address", "chuyen-2");
  await page?.fill("#password", "mật-khẩu-riêng-2");
  await page?.click("button[type=submit]");
  await page?.waitForSelector(".sidebar");
  await page?.close();
  for (const n of ["chuyen-1", "chuyen-2"]) admin("account", "delete", `${n}@${domain}`, "--yes");
});

it("sessions, policies and the audit log are seen", async () => {
  await boss.page.click('.places a:has-text("Sessions")');
  await seen(entry("Nguyễn Thị Lan"));
  await boss.page.click('.places a:has-text("Policies")');
  await seen(boss.page.locator(".policy", { hasText: "Who may make rooms" }).getByText("nobody", { exact: true }));
  await boss.page.click('.places a:has-text("Audit log")');
  await boss.page.fill(".search input", "account.disable");
  await seen(boss.page.locator(".audit", { hasText: `phuong@${domain}` }).getByText("Account disabled"));
  await gone(boss.page.locator(".audit", { hasText: "Account erased" }));
  await boss.page.fill(".search input", `phuong@${domain}`);
  await seen(boss.page.locator(".audit", { hasText: `phuong@${domain}` }).getByText("Account erased"));
});

it("an app password is made, shown once, and revoked", async () => {
  await boss.page.goto(`${boss.url}admin/#/accounts/minh%40${domain}`);
  const card = boss.page.locator(".card", { hasText: "App passwords" });
  await card.locator('button:has-text("New")').click();
  await boss.page.click("dialog .primary");
  await seen(boss.page.getByText("Say what it is for."));
  await boss.page.fill("#label", "Điện thoại");
  await boss.page.click("dialog .primary");
  const made = await boss.page.locator("dialog .secret code").textContent() ?? "";
  expect(made.length).toBeGreaterThan(15);
  await boss.page.click("dialog .primary");
  await seen(card.locator("li", { hasText: "Điện thoại" }).getByText("never used"));
  await card.locator('button[aria-label="Revoke: Điện thoại"]').click();
  await boss.page.click("dialog .danger");
  await gone(card.locator("li"));
});

it("who is invited makes an own account by the link, and is in the group", async () => {
  admin("alias", "create", `phong-moi@${domain}`, "--target", `lan@${domain}`, "--group-chat", "--name", "Phòng mới");
  await boss.page.click('.places a:has-text("Invitations")');
  await boss.page.click('a.primary:has-text("New")');
  await boss.page.fill("#local", "khach");
  const field = boss.page.getByRole("combobox", { name: "Groups" });
  await field.fill("phong moi");
  await seen(boss.page.locator(".offered li"));
  await field.press("Enter");
  await submit("Create");
  const address = await boss.page.locator(".secret code").textContent() ?? "";
  await seen(boss.page.locator("svg.qr path"));
  await picture(boss, "invite-made");
  const page = await boss.page.context().browser()?.newPage({ locale: "en-US" });
  await page?.goto(address);
  await page?.fill("input[name=password]", "mật-khẩu-riêng-1");
  await page?.fill("input[name=again]", "mật-khẩu-riêng-1");
  await page?.click("button[type=submit]");
  await page?.getByText(`khach@${domain}`).first().waitFor();
  await page?.close();
  await boss.page.click('a:has-text("To the invitations")');
  await seen(entry(`khach@${domain}`).getByText("used", { exact: true }));
  expect(admin("alias", "show", `phong-moi@${domain}`)).toContain(`khach@${domain}`);
  await boss.page.click('a.primary:has-text("New")');
  await boss.page.getByLabel("several people").check();
  await boss.page.getByLabel("Note").fill("Lớp mới");
  await submit("Create");
  await boss.page.click('a:has-text("To the invitations")');
  await entry("Lớp mới").locator("button").click();
  await boss.page.click("dialog .danger");
  await gone(entry("Lớp mới"));
});

it("an option of the domain is changed, is in use, and is set back", async () => {
  await boss.page.click('.places a:has-text("Policies")');
  const option = boss.page.locator(".policy", { hasText: "Who may make rooms" });
  await option.locator('button:has-text("Change")').click();
  await boss.page.locator("dialog").getByLabel("everybody").check();
  await boss.page.click('dialog button:has-text("Save")');
  await seen(option.getByText("set here"));
  expect(admin("policy", "list", domain)).toMatch(/room_creation +"everybody" +page/);
  await option.locator('button:has-text("Set back")').click();
  await seen(option.getByText("nobody", { exact: true }));
  await seen(boss.page.locator(".policy", { hasText: "Largest file" })); // of the server: seen, not changed
  expect(await boss.page.locator(".policy", { hasText: "Largest file" }).locator("button").count()).toBe(0);
});

it("a group gets a picture and another address, and both can be undone", async () => {
  await boss.page.goto(`${boss.url}admin/#/aliases/phong-moi%40${domain}`);
  const png = Buffer.from("iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==", "base64");
  await seen(boss.page.locator(".picture .avatar"));
  await boss.page.locator(".picture input").setInputFiles({ name: "x.png", mimeType: "image/png", buffer: Buffer.from("<svg onload=alert(1)>") });
  await seen(boss.page.getByText("This is no picture"));
  await boss.page.locator(".picture input").setInputFiles({ name: "x.png", mimeType: "image/png", buffer: png });
  await seen(boss.page.locator(".picture-image"));
  await expect.poll(() => boss.page.locator(".picture-image").evaluate((i) => (i as HTMLImageElement).naturalWidth)).toBe(1);
  await boss.page.click(".toast-undo");
  await seen(boss.page.locator(".picture .avatar"));
  await boss.page.click('.head button[aria-label="Other address"]');
  await boss.page.fill("#rename", "phong-khac");
  await boss.page.click("dialog .primary");
  await seen(boss.page.locator(".head", { hasText: `phong-khac@${domain}` }));
  await boss.page.click(".toast-undo");
  await seen(boss.page.locator(".head", { hasText: `phong-moi@${domain}` }));
});

it("the files of a group are removed", async () => {
  await boss.page.goto(`${boss.url}admin/#/aliases/phong-moi%40${domain}`);
  await boss.page.locator(".card", { hasText: "Files of the group" }).locator("button").click();
  await boss.page.click("dialog .danger");
  await seen(boss.page.locator(".toast", { hasText: "0 files were removed." }));
  expect(admin("audit")).toContain("group.delete-files");
});

describe.each([["light", "en-US", 1200], ["dark", "vi-VN", 1200], ["dark", "en-US", 375], ["light", "vi-VN", 375]] as const)("%s, %s, %i px", (colorScheme, locale, width) => {
  let p: Person;

  beforeAll(async () => {
    p = await Person.open("giam-doc", { colorScheme, locale, viewport: { width, height: 760 }, reducedMotion: "reduce" });
    await p.page.goto(`${p.url}admin/`);
    await p.page.waitForSelector("#address");
    expect(await faults(p)).toEqual([]);
    await picture(p, `sign-in-${colorScheme}-${width}`);
    await p.administer();
  });

  afterAll(() => p.close());

  it.each([
    ["overview", ".numbers"], ["accounts", ".entry"], ["accounts/new", "#local"], ["accounts/import", "#csv"], ["accounts/move", ".drop"], ["accounts/export", ".acts"], [`accounts/lan%40${domain}`, ".acts"],
    ["aliases", ".empty, .entry"], ["aliases/new", "#local"], ["aliases/deleted", ".empty, .entry"], ["policies", ".policy"], ["sessions", ".entry"], ["audit", ".audit"],
    ["invites", ".entry"], ["invites/new", "#local"], [`aliases/phong-moi%40${domain}`, ".members li"], ["accounts/nobody%40nowhere", ".empty"],
  ])("%s", async (screen, sign) => {
    await p.page.goto(`${p.url}admin/#/${screen}`);
    await seen(p.page.locator(sign));
    await picture(p, `${screen.replaceAll("%40", "-")}-${colorScheme}-${width}`);
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
