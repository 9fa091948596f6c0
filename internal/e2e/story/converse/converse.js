// Two people with Converse.js in Chromium, one over WebSocket, one over BOSH: contacts, a chat, the group that an alias made and
// that appears by itself, a file, and history after a reload. Then the ways in which a webmail signs its user in: a session over BOSH
// that is begun for her, a token in the place of her password, and the cookie of the chat page. STORY tells where the server is.
import assert from "node:assert/strict";
import { createReadStream } from "node:fs";
import { createServer } from "node:http";
import { extname, join, normalize } from "node:path";
import { fileURLToPath } from "node:url";
import { chromium } from "playwright-core";

const place = JSON.parse(process.env.STORY);
const group = `team@groups.${place.domain}`;
const dist = fileURLToPath(new URL("node_modules/converse.js/dist/", import.meta.url));
const kinds = { ".js": "text/javascript", ".css": "text/css", ".json": "application/json", ".wasm": "application/wasm", ".html": "text/html" };

const bosh = `https://127.0.0.1:${place.https}/http-bind`;

const page = `<!doctype html><html lang="en"><meta charset="utf-8"><title>Converse</title>
<link rel="stylesheet" href="/dist/converse.min.css">
<script type="module">import converse from "/dist/converse.min.js"; window.converse = converse;</script><body></body></html>`;

/** serve serves a page with Converse. */
function serve() {
  const server = createServer((req, res) => {
    const path = normalize(decodeURIComponent(new URL(req.url, "http://x").pathname));
    if (path === "/prebind") return void prebind(res);
    if (path === "/") return res.setHeader("Content-Type", "text/html").end(page);
    const file = createReadStream(join(dist, path.replace(/^\/(dist\/)?/, ""))); // some parts are asked for at the root
    file.on("error", () => res.writeHead(404).end());
    file.once("open", () => res.setHeader("Content-Type", kinds[extname(path)] ?? "application/octet-stream"));
    file.pipe(res);
  });
  return new Promise((resolve) => server.listen(place.page, "127.0.0.1", () => resolve(server)));
}

/** http asks the HTTP API, as the server of a webmail does. */
const http = (method, path, body) => fetch(`https://127.0.0.1:${place.https}/api/v1${path}`, {
  method, headers: { Authorization: `Bearer ${place.key}`, "Content-Type": "application/json" }, ...(body && { body: JSON.stringify(body) }),
}).then((r) => r.json());

/** prebind answers the page with a session that is begun. */
async function prebind(res) {
  const { jid, sid, rid } = await http("POST", "/sso/prebind", { account: `lan@${place.domain}`, session: "webmail-1", resource: "webmail" });
  res.setHeader("Content-Type", "application/json").end(JSON.stringify({ jid, sid, rid: String(rid) }));
}

/** open signs somebody in and waits until Converse says that it is done. */
async function open(browser, name, way) {
  const context = await browser.newContext({ ignoreHTTPSErrors: true, viewport: { width: 1200, height: 800 } });
  const p = await context.newPage();
  await p.route(`https://127.0.0.1:${place.https}/dist/**`, (r) => r.fulfill({ path: join(dist, new URL(r.request().url()).pathname.replace(/^\/dist\//, "")) }));
  await p.route(ours, (r) => r.fulfill({ contentType: "text/html", body: page }));
  p.errors = [];
  p.on("pageerror", (e) => p.errors.push(String(e)));
  p.start = async () => {
    await p.goto(way.page ?? `http://localhost:${place.page}/`);
    await way.before?.(p);
    await until(p, "Converse", () => !!window.converse);
    await p.evaluate(({ way, jid, password, mechanism }) => new Promise((resolve, reject) => {
      converse.plugins.add("story", {
        dependencies: ["converse-muc", "converse-bookmarks"],
        initialize() { window.api = this._converse.api; this._converse.api.listen.on("connected", resolve); },
      });
      setTimeout(() => reject(new Error("Converse does not connect")), 30_000);
      converse.initialize({
        jid, password, authentication: "login", ...(mechanism && { connection_options: { mechanisms: [converse.env.Strophe[mechanism]] } }), ...way, auto_login: true, view_mode: "fullscreen", discover_connection_methods: false,
        whitelisted_plugins: ["story"], assets_path: "/dist/", i18n: "en", loglevel: "error", play_sounds: false, show_desktop_notifications: false,
        auto_reconnect: false, allow_non_roster_messaging: false, reuse_scram_keys: false, prune_messages_above: false,
      });
    }), { way: way.settings, mechanism: way.mechanism, jid: `${name}@${place.domain}`, password: place.password });
  };
  await p.start();
  return p;
}

const ours = `https://127.0.0.1:${place.https}/story`; // a page of the origin of the server

/** webmail: Lan comes in each of the ways, without her password, and is signed out by the webmail. */
async function webmail(browser, minh) {
  const { token } = await http("POST", "/sso/tokens", { account: `lan@${place.domain}`, session: "webmail-2" });
  const cookie = await http("POST", "/sso/tokens", { account: `lan@${place.domain}`, session: "webmail-3" });
  const ways = [
    ["prebinding", "webmail-1", { settings: { authentication: "prebind", prebind_url: "/prebind", bosh_service_url: bosh, password: undefined } }],
    ["token", "webmail-2", { mechanism: "SASLPlain", settings: { bosh_service_url: bosh, password: token } }],
    ["cookie", "webmail-3", { mechanism: "SASLExternal", page: ours, settings: { authentication: "external", bosh_service_url: "/http-bind", password: undefined }, before: async (p) => {
      assert.equal(await p.evaluate((token) => fetch("/chat-session", {
        method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify({ token }) }).then((r) => r.status), cookie.token), 200);
    } }],
  ];
  for (const [what, session, way] of ways) {
    const lan = await open(browser, "lan", way).catch((e) => { throw new Error(`by ${what}: ${e}`); });
    assert.equal(await lan.evaluate(() => window.api.connection.get().jid.split("/")[0]), `lan@${place.domain}`, what);
    await chat(lan, `minh@${place.domain}`, `vào bằng ${what}`);
    await said(minh, `vào bằng ${what}`);
    await lan.evaluate(() => { window.over = new Promise((resolve) => window.api.listen.on("disconnected", resolve)); });
    assert.equal((await http("DELETE", `/sso/tokens/${session}`)).ended, 1, what);
    await lan.evaluate(() => window.over);
    await lan.context().close();
  }
}

/** until waits in the page for something; what is said there stands in the error. */
async function until(p, what, script, arg) {
  try {
    await p.waitForFunction(script, arg, { timeout: place.seconds * 400 });
  } catch (err) {
    throw new Error(`not seen: ${what}\n${err}\n${(await p.locator("body").innerText()).slice(0, 3000)}\n${p.errors.join("\n")}`);
  }
}

const said = (p, text) => until(p, text, (text) => [...document.querySelectorAll(".chat-msg__text")].some((e) => e.textContent.includes(text)), text);

const chat = (p, jid, text) => p.evaluate(async ({ jid, text }) => {
  const box = await api.chats.open(jid, {}, true);
  await box.sendMessage({ body: text });
}, { jid, text });

const talk = (p, text) => p.evaluate(async ({ group, text }) => {
  const room = await api.rooms.get(group);
  await room.sendMessage({ body: text });
}, { group, text });

async function story(browser) {
  const lan = await open(browser, "lan", { settings: { websocket_url: `wss://127.0.0.1:${place.https}/xmpp-websocket` } });
  const minh = await open(browser, "minh", { settings: { bosh_service_url: bosh } });
  for (const [p, other] of [[lan, "Minh"], [minh, "Lan"]]) {
    await until(p, `${other} among the contacts`, (name) => document.querySelector("converse-roster, #converse-roster")?.textContent.includes(name), other);
  }

  await chat(lan, `minh@${place.domain}`, "chào Minh & <tạm biệt>");
  await until(minh, "the chat", (jid) => api.chats.get(jid).then((c) => !!c), `lan@${place.domain}`);
  await minh.evaluate((jid) => api.chats.open(jid, {}, true), `lan@${place.domain}`);
  await said(minh, "chào Minh & <tạm biệt>");
  await chat(minh, `lan@${place.domain}`, "chào Lan");
  await said(lan, "chào Lan");

  for (const p of [lan, minh]) { // the bookmark opened it
    await until(p, "the group", (jid) => api.rooms.get(jid).then((r) => r?.session?.get("connection_status") === converse.ROOMSTATUS.ENTERED), group);
    await p.waitForFunction((jid) => { // a page that is busy may drop a wish to show it
      if (document.querySelector("converse-muc-chatarea")) return true;
      api.rooms.open(jid, {}, true);
      return false;
    }, group, { timeout: place.seconds * 400, polling: 500 });
  }
  await talk(lan, "họp nhé");
  for (const p of [lan, minh]) await said(p, "họp nhé");

  await lan.evaluate(async (jid) => {
    const box = await api.chats.open(jid, {}, true);
    await box.sendFiles([new File(["nội dung"], "bao-cao.txt", { type: "text/plain" })]);
  }, `minh@${place.domain}`);
  await minh.evaluate((jid) => api.chats.open(jid, {}, true), `lan@${place.domain}`);
  await until(minh, "the file", () => [...document.querySelectorAll("converse-chat-message a, .chat-msg a")].some((a) => a.href.includes("bao-cao.txt")));
  const link = await minh.evaluate(() => [...document.querySelectorAll("converse-chat-message a, .chat-msg a")].find((a) => a.href.includes("bao-cao.txt")).href);
  assert.equal(await minh.evaluate((link) => fetch(link).then((r) => r.text()), link), "nội dung");

  await minh.goto(`http://localhost:${place.page}/dist/converse.min.css`); // Converse keeps its session when it goes
  await minh.context().clearCookies();
  await minh.evaluate(() => { sessionStorage.clear(); localStorage.clear(); });
  await minh.start();
  await minh.evaluate((jid) => api.chats.open(jid, {}, true), `lan@${place.domain}`);
  await said(minh, "chào Minh & <tạm biệt>");
  for (const p of [lan, minh]) assert.deepEqual(p.errors, []);
  await lan.context().close();
  await webmail(browser, minh);
}

const server = await serve();
const browser = await chromium.launch({ executablePath: place.chromium, args: ["--no-sandbox"] });
try {
  await story(browser);
} catch (err) {
  console.error(err);
  process.exit(1);
}
await browser.close();
server.close();
console.log("ok converse");
process.exit(0);
