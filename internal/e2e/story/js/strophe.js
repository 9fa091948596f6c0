// Two people with Strophe, one over WebSocket, one over BOSH: contacts, a chat, the group that an alias made, a file, a stream that
// is resumed, a wrong password, and a session over BOSH that a webmail has begun.
import assert from "node:assert/strict";
import { JSDOM } from "jsdom";
import { $iq, $msg, $pres, Strophe } from "strophe.js";
import { bosh, group, place, Seen, tell, websocket } from "./place.js";

// BOSH in Strophe needs what browsers have: a page of the server.
globalThis.XMLHttpRequest = new JSDOM("", { url: bosh }).window.XMLHttpRequest;

Strophe.setLogLevel(Strophe.LogLevel.ERROR);

const ns = { pubsub: "http://jabber.org/protocol/pubsub", bookmarks: "urn:xmpp:bookmarks:1", upload: "urn:xmpp:http:upload:0" };

/** dial signs in; it resolves with the status that ends the attempt. */
function dial(c, jid, password) {
  return new Promise((resolve) => c.connect(jid, password, (status, condition) => {
    c.status = [Strophe.getStatusString?.(status) ?? status, condition];
    if ([Strophe.Status.CONNECTED, Strophe.Status.ATTACHED, Strophe.Status.AUTHFAIL, Strophe.Status.CONNFAIL, Strophe.Status.CONNTIMEOUT].includes(status)) resolve(status);
  }));
}

async function open(name, service, resource = "strophe") {
  const c = new Strophe.Connection(service, { enableStreamManagement: true });
  c.stanzas = new Seen();
  c.addHandler((s) => { c.stanzas.add(s); return true; });
  const status = await dial(c, `${name}@${place.domain}/${resource}`, place.password);
  assert.equal(status, Strophe.Status.CONNECTED, `${name} over ${service}: ${c.status}`);
  c.contacts = await ask(c, $iq({ type: "get" }).c("query", { xmlns: Strophe.NS.ROSTER }));
  c.send($pres());
  return c;
}

const api = (method, path, body) => fetch(`https://${place.host}:${place.https}/api/v1${path}`, {
  method, headers: { Authorization: `Bearer ${place.key}`, "Content-Type": "application/json" }, ...(body && { body: JSON.stringify(body) }),
});

/** attach goes on with a session that a webmail has begun. */
async function attach(name, session) {
  const answer = await api("POST", "/sso/prebind", { account: `${name}@${place.domain}`, session, resource: "webmail" });
  assert.equal(answer.status, 201);
  const { jid, sid, rid } = await answer.json();
  const c = new Strophe.Connection(bosh);
  c.stanzas = new Seen();
  c.addHandler((s) => { c.stanzas.add(s); return true; });
  c.over = new Promise((resolve) => c.attach(jid, sid, rid, (status) => { if (status === Strophe.Status.DISCONNECTED) resolve(); }));
  c.contacts = await ask(c, $iq({ type: "get" }).c("query", { xmlns: Strophe.NS.ROSTER }));
  c.send($pres());
  return c;
}

/** webmail: Lan comes by prebinding, and goes when she signs out of the webmail. */
async function webmail(minh) {
  const lan = await attach("lan", "webmail-1");
  assert.equal(lan.jid, `lan@${place.domain}/webmail`);
  await chat(lan, minh);
  assert.equal((await (await api("DELETE", "/sso/tokens/webmail-1")).json()).ended, 1);
  await lan.over;
  await minh.stanzas.until("Lan leaves", (s) => s.nodeName === "presence" && s.getAttribute("from") === lan.jid && s.getAttribute("type") === "unavailable");
}

const ask = (c, iq) => new Promise((resolve, reject) => c.sendIQ(iq, resolve, (e) => reject(new Error(Strophe.serialize(e)))));
const all = (e, name) => Array.from(e.getElementsByTagName(name));
const body = (s) => s.getElementsByTagName("body")[0]?.textContent;
const said = (text, type) => (s) => s.nodeName === "message" && s.getAttribute("type") === type && body(s) === text;

async function chat(lan, minh) {
  await minh.stanzas.until("Lan available", (s) => s.nodeName === "presence" && s.getAttribute("from") === lan.jid);
  lan.send($msg({ to: `minh@${place.domain}`, type: "chat" }).c("body").t("chào & <tạm biệt>"));
  const got = await minh.stanzas.until("Lan's message", said("chào & <tạm biệt>", "chat"));
  minh.send($msg({ to: got.getAttribute("from"), type: "chat" }).c("body").t("chào Lan"));
  await lan.stanzas.until("Minh's answer", said("chào Lan", "chat"));
}

async function meet(...people) {
  for (const c of people) {
    const answer = await ask(c, $iq({ type: "get" }).c("pubsub", { xmlns: ns.pubsub }).c("items", { node: ns.bookmarks }));
    const item = all(answer, "item").find((i) => i.getAttribute("id") === group);
    const mark = item?.getElementsByTagName("conference")[0];
    assert.equal(mark?.getAttribute("autojoin"), "true", "the group is among the bookmarks");
    const nick = mark.getElementsByTagName("nick")[0]?.textContent ?? "x";
    c.send($pres({ to: `${group}/${nick}` }).c("x", { xmlns: Strophe.NS.MUC }));
    await c.stanzas.until("oneself in the group", (s) => s.nodeName === "presence" && s.getAttribute("from")?.startsWith(`${group}/`) &&
      all(s, "status").some((e) => e.getAttribute("code") === "110"));
  }
  people[0].send($msg({ to: group, type: "groupchat" }).c("body").t("họp nhé"));
  for (const c of people) await c.stanzas.until("what Lan says in the group", said("họp nhé", "groupchat"));
}

async function upload(lan) {
  const bytes = Buffer.from("nội dung");
  const answer = await ask(lan, $iq({ type: "get", to: `upload.${place.domain}` })
    .c("request", { xmlns: ns.upload, filename: "tệp.txt", size: String(bytes.length), "content-type": "text/plain" }));
  const url = (name) => answer.getElementsByTagName(name)[0].getAttribute("url");
  const headers = { "Content-Type": "text/plain" };
  for (const h of all(answer, "header")) headers[h.getAttribute("name")] = h.textContent;
  assert.equal((await fetch(url("put"), { method: "PUT", body: bytes, headers })).status, 201);
  assert.equal(await (await fetch(url("get"))).text(), "nội dung");
}

await tell("strophe", async () => {
  const wrong = new Strophe.Connection(websocket);
  assert.equal(await dial(wrong, `lan@${place.domain}`, "wrong"), Strophe.Status.AUTHFAIL);
  const lan = await open("lan", websocket);
  const minh = await open("minh", bosh);
  const colleagues = all(lan.contacts, "item");
  assert.ok(colleagues.some((i) => i.getAttribute("jid") === `minh@${place.domain}` && i.getAttribute("subscription") === "both"), "colleagues are contacts");
  await chat(lan, minh);
  await meet(lan, minh);
  await upload(lan);
  lan.disconnect();
  await minh.stanzas.until("Lan leaves", (s) => s.nodeName === "presence" && s.getAttribute("from") === lan.jid && s.getAttribute("type") === "unavailable");
  await webmail(minh);
  minh.disconnect();
});
