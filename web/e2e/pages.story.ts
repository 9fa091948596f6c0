import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { faults, tooSmall } from "./axe";
import { count, gone, seen } from "./expect";
import { picture } from "./pictures";
import { rough } from "./rough";
import { admin, domain, end, hire, Person } from "./stage";

// What administrators do beside accounts and aliases, and every question that the page asks.

let boss: Person;
let lan: Person;

const png = Buffer.from("iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==", "base64");

beforeAll(async () => {
  hire("chu-tich", "Ngô Chủ Tịch", "server");
  [boss, lan] = await Promise.all([Person.open("chu-tich"), Person.open("lan")]);
  await Promise.all([boss.administer("overview"), lan.signIn()]);
});

afterEach(() => expect([...boss.errors, ...lan.errors]).toEqual([]));

afterAll(async () => {
  await Promise.all([boss.close(), lan.close()]);
  admin("alias", "delete", `anh@${domain}`);
  admin("account", "delete", `chu-tich@${domain}`, "--yes");
  await end();
});

const place = (text: string): Promise<void> => boss.page.click(`.places a:has-text("${text}")`);
const answer = (text: string): Promise<void> => boss.page.click(`dialog button:has-text("${text}")`);

it("the overview says how each part is, as the command line does", async () => {
  for (const part of ["Server", "Storage", "Disk of the database", "Clock", "Connections"]) await seen(boss.page.locator(".checks li", { hasText: part }));
  expect(admin("status")).toMatch(/green +storage/);
});

it("a picture is chosen before a group is made", async () => {
  await boss.page.goto(`${boss.url}admin/#/aliases/new`);
  await boss.page.fill("#local", "anh");
  await boss.page.getByRole("combobox", { name: "Targets" }).fill(`lan@${domain}`);
  await boss.page.getByRole("combobox", { name: "Targets" }).press("Enter");
  await boss.page.locator(".picture input").setInputFiles({ name: "x.png", mimeType: "image/png", buffer: png });
  await seen(boss.page.locator("canvas.picture-image"));
  await boss.page.click('button[type=submit]:has-text("Create")');
  await seen(boss.page.locator("img.picture-image"));
  await seen(boss.page.locator(".picked", { hasText: "Nguyễn Thị Lan" }));
});

it("everybody is told at once, and once a day, and what somebody else has set meanwhile is not overwritten unseen", async () => {
  await place("Announcements");
  const now = boss.page.locator(".card", { hasText: "Tell everybody now" });
  await now.locator("textarea").fill("Bảo trì lúc 18 giờ");
  await now.locator("button").click();
  await answer("Send");
  await seen(boss.page.locator(".toast", { hasText: "1 person was told." }));
  const day = boss.page.locator(".card", { hasText: "Message of the day" });
  await day.locator("textarea").fill("Chào mừng");
  admin("domain", "motd", domain, "Từ dòng lệnh");
  await day.locator('button:has-text("Save")').click();
  await seen(boss.page.locator("dialog", { hasText: "Từ dòng lệnh" }));
  await answer("Save mine anyway");
  await expect.poll(() => admin("domain", "motd", domain)).toContain("Chào mừng");
  await day.locator('button:has-text("Remove")').click();
  await seen(boss.page.locator(".toast", { hasText: "Removed." }));
});

it("a key is made, shown once, works for its domain, and is revoked", async () => {
  await place("API keys");
  await boss.page.click('button.primary:has-text("New")');
  await boss.page.fill("#key-name", "webmail thử");
  await answer("Create");
  const key = await boss.page.locator("dialog .secret code").textContent() ?? "";
  expect(key).toMatch(/^myna_/);
  await answer("Close");
  const ask = (path: string): Promise<number> => fetch(`${boss.url}api/v1${path}`, { headers: { Authorization: `Bearer ${key}` } }).then((r) => r.status);
  expect([await ask(`/accounts/lan@${domain}`), await ask("/keys")]).toEqual([200, 403]);
  const row = boss.page.locator(".entry", { hasText: "webmail thử" });
  await row.locator("button").click();
  await answer("Revoke");
  await gone(row);
  expect(await ask("/status")).toBe(401);
});

it("an option that somebody else has set meanwhile is shown before it is overwritten", async () => {
  await place("Policies");
  const option = boss.page.locator(".policy", { hasText: "Messages that are encrypted from end to end" });
  await option.locator('button:has-text("Change")').click();
  await boss.page.locator("dialog").getByLabel("forbidden").check();
  admin("policy", "set", domain, "modules.encryption.end_to_end", "allowed");
  await answer("Save");
  await seen(boss.page.locator("dialog", { hasText: "allowed" }).getByText("Somebody else changed this meanwhile"));
  await answer("Save mine anyway");
  await seen(option.getByText("forbidden", { exact: true }));
  await option.locator('button:has-text("Set back")').click();
  await seen(option.getByText("allowed", { exact: true }));
});

it("how often somebody gets mails about groups is chosen, and can be undone", async () => {
  await boss.page.goto(`${boss.url}admin/#/accounts/lan%40${domain}`);
  await boss.page.getByLabel("After").selectOption("daily");
  await seen(boss.page.locator(".toast", { hasText: "Saved." }));
  expect(admin("account", "show", `lan@${domain}`)).toContain("daily");
  await boss.page.click(".toast-undo");
  await expect.poll(() => admin("account", "show", `lan@${domain}`)).not.toContain("daily");
});

describe.each([["light", "vi-VN", 375], ["dark", "en-US", 375], ["dark", "vi-VN", 1200]] as const)("%s, %s, %i px", (colorScheme, locale, width) => {
  let p: Person;
  let invitation = "";

  beforeAll(async () => {
    p = await Person.open("chu-tich", { colorScheme, locale, viewport: { width, height: 760 }, reducedMotion: "reduce" });
    await p.page.goto(`${p.url}admin/`);
    await p.page.fill("#address", `chu-tich@${domain}`);
    await p.page.fill("#password", "sai");
    await p.page.click("button[type=submit]");
    await seen(p.page.locator("[role=alert]"));
    await right("sign-in-failed");
    await p.administer();
    invitation = /https?:\S+\/invite\/\S+/.exec(admin("invite", "create", `khach-moi@${domain}`))?.[0] ?? "";
  });

  afterAll(async () => {
    await p.close();
    for (const id of admin("invite", "list").match(/^\w+(?=.*khach-moi@)/gm) ?? []) admin("invite", "revoke", id);
  });

  /** right looks at what is shown. */
  async function right(what: string): Promise<void> {
    await picture(p, `${what}-${colorScheme}-${width}`);
    expect(await faults(p), what).toEqual([]);
    expect(await tooSmall(p), what).toEqual([]);
    expect(await p.page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth), what).toBeLessThanOrEqual(0);
  }

  /** open shows a screen. */
  async function open(screen: string, sign: string): Promise<void> {
    await p.page.goto(`${p.url}admin/#/${screen}`);
    await seen(p.page.locator(sign));
  }

  /** asked clicks something, and looks at the question. */
  async function asked(what: string, click: string, n = 0): Promise<void> {
    await p.page.locator(click).nth(n).click();
    await seen(p.page.locator("dialog[open]"));
    await right(what);
    await p.page.keyboard.press("Escape");
    await gone(p.page.locator("dialog"));
  }

  it("screens", async () => {
    for (const [screen, sign] of [["overview", ".checks li"], ["announcements", "form textarea"], ["keys", ".note"], ["reports", ".empty"]] as const) {
      await open(screen, sign);
      await right(screen);
    }
  });

  it("questions about an account", async () => {
    await open(`accounts/lan%40${domain}`, ".acts .danger");
    await asked("new-password", ".acts .secondary");
    await asked("reset-link", ".acts .secondary", 1);
    await p.page.locator(".acts .secondary").nth(1).click();
    await p.page.locator("dialog .primary").click();
    await seen(p.page.locator("dialog svg.qr path"));
    await right("reset-link-made");
    await p.page.keyboard.press("Escape");
    await asked("erase", ".acts .danger");
    await asked("app-password", ".form-aside .card-head .secondary");
    await p.page.locator(".form-aside .card-head .secondary").first().click();
    await p.page.locator("dialog #label").fill("Máy tính bảng");
    await p.page.locator("dialog .primary").click();
    await seen(p.page.locator("dialog .secret"));
    await right("app-password-made");
    await p.page.keyboard.press("Escape");
    await asked("app-password-revoke", ".clients li:has-text('Máy tính bảng') button");
  });

  it("questions about an alias", async () => {
    await open(`aliases/anh%40${domain}`, ".head .iconic:nth-of-type(2)");
    await asked("rename", ".head button.iconic", 0);
    await asked("group-files", ".form-aside .danger");
    await asked("delete-alias", ".head button.iconic", 1);
    await p.page.fill("#description", `sửa ${width} ${colorScheme}`);
    admin("alias", "set", `anh@${domain}`, "--name", `Ảnh ${width} ${colorScheme}`);
    await p.page.locator(".form-end .primary").click();
    await seen(p.page.locator(".conflict"));
    await right("alias-conflict");
    await p.page.locator(".head a.iconic").click();
    await seen(p.page.locator("dialog[open]"));
    await right("leave");
    await p.page.locator("dialog .primary").click();
    await seen(p.page.locator(".entry"));
  });

  it("questions about options, keys and messages", async () => {
    await open("policies", ".policy");
    const change = p.page.locator(".policy", { hasText: "modules.encryption.end_to_end" }).locator("button");
    await change.last().click();
    await seen(p.page.locator("dialog[open]"));
    await right("policy");
    await p.page.locator("dialog input[type=radio]").last().check();
    admin("policy", "set", domain, "modules.encryption.end_to_end", "allowed");
    await p.page.locator("dialog .primary").click();
    await seen(p.page.locator("dialog p"));
    await right("policy-conflict");
    await p.page.keyboard.press("Escape");
    admin("policy", "reset", domain, "modules.encryption.end_to_end");
    await open("keys", ".note");
    await asked("key", ".head .primary");
    await p.page.locator(".head .primary").click();
    await p.page.fill("#key-name", "thu-nhin");
    await p.page.locator("dialog .primary").click();
    await seen(p.page.locator("dialog .secret"));
    await right("key-made");
    await p.page.keyboard.press("Escape");
    await open("announcements", "form textarea");
    await p.page.fill("#announce", "Thử");
    await p.page.locator("form .primary").first().click();
    await seen(p.page.locator("dialog[open]"));
    await right("announce");
    await p.page.keyboard.press("Escape");
    await p.page.fill("#announce", "");
  });

  it("imports that are refused, and an invitation with its QR code", async () => {
    await open("accounts/import", "#csv");
    await p.page.fill("#csv", `x@elsewhere.example,Ai\n`);
    await p.page.locator("button[type=submit]").click();
    await seen(p.page.locator(".refusals"));
    await right("import-refused");
    const name = `nhap-${width}-${colorScheme}`;
    await p.page.fill("#csv", `${name}@${domain},Nhập\n`);
    let go: () => void = () => undefined;
    const held = new Promise<void>((resolve) => { go = resolve; });
    await p.page.route("**/api/v1/accounts/import", async (r) => { await held; await r.continue(); });
    await p.page.locator("button[type=submit]").click();
    await seen(p.page.locator("progress"));
    await right("import-bar");
    go();
    await seen(p.page.locator(".secret"));
    await right("import-done");
    await p.page.unroute("**/api/v1/accounts/import");
    admin("account", "delete", `${name}@${domain}`, "--yes");
    await open("accounts/move", ".drop");
    await p.page.locator("input[type=file]").setInputFiles({ name: "x.xml", mimeType: "text/xml", buffer: Buffer.from(`<server-data xmlns="urn:xmpp:pie:0"><host jid="${domain}"><user name="${name}">` +
      `<query xmlns="jabber:iq:roster"><item jid="a@else.example"/><item jid="@"/></query><x xmlns="urn:unknown"/></user></host><host jid="else.example"><user name="x"/></host></server-data>`) });
    await p.page.locator("button[type=submit]").click();
    await seen(p.page.locator(".refusals"));
    await p.page.locator("summary").click();
    await right("move-tried");
    await p.page.locator("button[type=submit]").click();
    await seen(p.page.locator(".locked a"));
    await right("move-done");
    admin("account", "delete", `${name}@${domain}`, "--yes");
    await open("invites/new", "#local");
    await p.page.fill("#local", `qr-${colorScheme}-${width}`);
    await p.page.locator("button[type=submit]").click();
    await seen(p.page.locator("svg.qr path"));
    await right("invite");
  });

  it("what was deleted, and the questions about it", async () => {
    const address = `bo-${width}-${colorScheme}@${domain}`;
    admin("alias", "create", address, "--target", `lan@${domain}`, "--name", "Bỏ");
    admin("alias", "delete", address);
    await open("aliases/deleted", `.entry:has-text("${address}")`);
    await right("deleted");
    await asked("restore", `.entry:has-text("${address}") button`, 0);
    await asked("purge", `.entry:has-text("${address}") button`, 1);
    admin("alias", "delete", address, "--purge", "--yes");
  });

  it("an account that was made, and a report", async () => {
    const name = `tao-${width}-${colorScheme}`;
    await open("accounts/new", "#local");
    await p.page.fill("#local", name);
    await p.page.locator("button[type=submit]").click();
    await seen(p.page.locator(".secret"));
    await right("account-made");
    admin("account", "delete", `${name}@${domain}`, "--yes");
    const page = await rough(lan, "lan", [`<iq xmlns="jabber:client" type="set" id="r"><block xmlns="urn:xmpp:blocking"><item jid="xau@else.example"><report xmlns="urn:xmpp:reporting:1" ` +
      `reason="urn:xmpp:reporting:spam"><text>Gửi quảng cáo</text></report></item></block></iq>`, `<iq xmlns="jabber:client" type="set" id="u"><unblock xmlns="urn:xmpp:blocking"/></iq>`]);
    await page.close();
    await open("reports", ".entry");
    await right("report-entry");
    await p.page.locator(".entry").first().click();
    await seen(p.page.locator(".head button, .form .danger, .card-end button"));
    await right("report");
    for (const r of JSON.parse(admin("report", "list", "--json")) as { id: string }[]) admin("report", "close", r.id);
  });

  it("the page of an invitation, empty, wrong, and done", async () => {
    await p.page.goto(invitation.replace(/^https?:\/\/[^/]+\//, p.url));
    await seen(p.page.locator("input[name=password]"));
    await right("invitation");
    await p.page.fill("input[name=password]", "mật-khẩu-riêng-1");
    await p.page.fill("input[name=again]", "khác");
    await p.page.click("button[type=submit]");
    await seen(p.page.locator("input[name=password]"));
    await right("invitation-wrong");
    await p.page.fill("input[name=password]", "mật-khẩu-riêng-1");
    await p.page.fill("input[name=again]", "mật-khẩu-riêng-1");
    await p.page.click("button[type=submit]");
    await seen(p.page.locator("strong.address"));
    await right("invitation-done");
    const link = /https?:\S+\/reset\/\S+/.exec(admin("account", "reset-link", `khach-moi@${domain}`))?.[0] ?? "";
    for (const [what, password, again, sign] of [["reset", "", "", "input[name=password]"], ["reset-wrong", "mật-khẩu-riêng-2", "khác", ".problem"],
      ["reset-done", "mật-khẩu-riêng-2", "mật-khẩu-riêng-2", "strong.address"], ["reset-over", "", "", "h1"]] as const) {
      if (password === "") await p.page.goto(link.replace(/^https?:\/\/[^/]+\//, p.url));
      else {
        await p.page.fill("input[name=password]", password);
        await p.page.fill("input[name=again]", again);
        await p.page.click("button[type=submit]");
      }
      await seen(p.page.locator(sign));
      await right(what);
    }
    admin("account", "delete", `khach-moi@${domain}`, "--yes");
    await p.page.goto(`${p.url}invite/nothing`);
    await seen(p.page.locator("h1"));
    await right("invitation-over");
  });

  it("the page where strangers make an account", async () => {
    const options = ["modules.registration.enabled", "modules.registration.web"];
    for (const o of options) admin("policy", "set", domain, o, "true");
    await p.page.goto(`${p.url}register`);
    await seen(p.page.locator("input[name=username]"));
    await right("register");
    for (const o of options.reverse()) admin("policy", "reset", domain, o);
  });
});

it("everything that was made while looking is away", async () => {
  for (const id of admin("account", "app-password", "list", `lan@${domain}`).match(/^\w+(?=.*Máy tính bảng)/gm) ?? []) admin("account", "app-password", "revoke", `lan@${domain}`, id);
  for (const id of admin("invite", "list").match(/^\w+(?=.*qr-)/gm) ?? []) admin("invite", "revoke", id);
  for (const id of admin("key", "list").match(/^\w+(?=.*thu-nhin)/gm) ?? []) admin("key", "revoke", id);
  await place("Accounts");
  await count(boss.page.locator(".entry", { hasText: "chu-tich" }), 1);
});
