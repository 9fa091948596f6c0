import { spawn, type ChildProcess } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Page } from "playwright-core";
import { afterAll, beforeAll, expect, it } from "vitest";
import { seen } from "./expect";
import { browser, end, program } from "./stage";

// Somebody who has just built Myna does what its first page says: myna dev, the address that it prints, the password that it prints.

const folder = mkdtempSync(join(tmpdir(), "myna-newcomer-"));
let demo: ChildProcess;
let printed = "";
let ended: Promise<number | null>;
const pages: Page[] = [];

/** free finds a port that nobody listens on. */
function free(): Promise<number> {
  return new Promise((resolve) => {
    const s = createServer().listen(0, "127.0.0.1", () => {
      const a = s.address();
      s.close(() => resolve(typeof a === "object" && a ? a.port : 0));
    });
  });
}

/** start starts the demo; true: it runs, and has said all. */
async function start(): Promise<boolean> {
  printed = "";
  demo = spawn(program, ["dev"], { cwd: folder, stdio: ["ignore", "pipe", "pipe"] });
  ended = new Promise((resolve) => demo.once("exit", resolve));
  const told = new Promise<boolean>((resolve) => {
    for (const out of [demo.stdout, demo.stderr]) {
      out?.setEncoding("utf8").on("data", (text: string) => {
        printed += text;
        if (/^admin@localhost +\S+ +Administrator/m.test(printed)) resolve(true);
      });
    }
  });
  return Promise.race([told, ended.then(() => false)]);
}

beforeAll(async () => {
  if (await start()) return;
  expect(printed).toContain("address already in use"); // somebody else has a demo
  const file = join(folder, ".myna-dev", "myna.toml");
  let config = readFileSync(file, "utf8");
  for (const port of ["5222", "5223", "5280", "5443"]) config = config.replaceAll(port, String(await free()));
  writeFileSync(file, config);
  expect(await start(), printed).toBe(true);
});

afterAll(async () => {
  for (const p of pages) await p.context().close();
  demo.kill("SIGINT");
  expect(await ended, printed).toBe(0);
  rmSync(folder, { recursive: true });
  await end();
});

/** enter signs somebody in as the demo says. */
async function enter(name: string): Promise<Page> {
  const address = new RegExp(`^(${name}@localhost) +(\\S+)`, "m").exec(printed);
  const page = await (await browser()).newContext({ viewport: { width: 1200, height: 760 }, locale: "en-US" }).then((c) => c.newPage());
  pages.push(page);
  await page.goto(/^Chat: +(http\S+)/m.exec(printed)?.[1] ?? "");
  await page.fill("#address", address?.[1] ?? "");
  await page.fill("#password", address?.[2] ?? "");
  await page.click("button[type=submit]");
  await seen(page.locator(".sidebar"));
  return page;
}

it("two people sign in where the demo says, and talk", async () => {
  const [lan, minh] = await Promise.all([enter("lan"), enter("minh")]);
  for (const [page, who] of [[lan, "Minh"], [minh, "Lan"]] as const) {
    await page.click("#tab-directory");
    await page.locator(".lists .row", { hasText: who }).click();
    await seen(page.locator(".composer textarea"));
  }
  await lan.fill(".composer textarea", "Chào Minh!");
  await lan.press(".composer textarea", "Enter");
  await seen(minh.locator(".msg", { hasText: "Chào Minh!" }));
});

it("the administrator makes the group that the demo proposes", async () => {
  const page = await (await browser()).newContext({ locale: "en-US" }).then((c) => c.newPage());
  pages.push(page);
  await page.goto(/^Admin page: +(http\S+)/m.exec(printed)?.[1] ?? "");
  await page.fill("#address", "admin@localhost");
  await page.fill("#password", /^admin@localhost +(\S+)/m.exec(printed)?.[1] ?? "");
  await page.click("button[type=submit]");
  await page.click('.places a:has-text("Aliases")');
  await page.locator(".entry", { hasText: "Sales" }).click();
  await page.getByLabel("Group chat").first().check();
  await page.click('button[type=submit]:has-text("Save")');
  await pages[0]?.click("#tab-groups");
  if (pages[0]) await seen(pages[0].locator(".lists .row", { hasText: "Sales" }));
});
