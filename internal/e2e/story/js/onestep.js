// A client that signs in, binds, manages its stream and resumes it in one step, and then signs in with a token; and two people who
// write to each other and in their group, with a file: @xmpp/client. STORY tells where the server is.
import assert from "node:assert/strict";
import { once } from "node:events";
import { client, xml } from "@xmpp/client";
import { group, place, Seen, tell, websocket } from "./place.js";

const userAgent = xml("user-agent", { id: "d4565fa7-4d72-4749-b3d3-740edbf87770" }, xml("software", {}, "Story"));
let kept; // the token

function open(service, password, username = "lan") {
  const c = client({
    service,
    domain: place.domain,
    resource: "story",
    userAgent,
    credentials: async (authenticate, mechanisms, fast) => {
      const token = await fast?.fetch();
      await authenticate({ username, password, token }, "SCRAM-SHA-1", userAgent);
    },
  });
  c.timeout = 30_000; // it waits for 2 s by itself, which is little on a machine that has much to do
  c.sent = [];
  c.got = [];
  c.on("send", (e) => c.sent.push(e));
  c.on("nonza", (e) => c.got.push(e));
  c.fast.fetchToken = async () => kept;
  c.fast.saveToken = async (t) => { kept = t; };
  c.fast.deleteToken = async () => { kept = undefined; };
  c.on("error", (e) => { c.failed = e; });
  return c;
}

const authentications = (c) => c.sent.filter((e) => e.is("authenticate", "urn:xmpp:sasl:2")).map((e) => e.attrs.mechanism);
const success = (c) => c.got.findLast((e) => e.is("success", "urn:xmpp:sasl:2"));

async function note(c, text) {
  const arrived = new Promise((resolve) => {
    c.on("stanza", (s) => s.is("message") && s.getChildText("body") === text && resolve(s));
  });
  await c.send(xml("message", { to: c.jid.toString(), type: "chat" }, xml("body", {}, text)));
  return arrived;
}

// cut drops the connection without a word.
function cut(c) {
  const socket = c.socket.socket ?? c.socket;
  socket.destroy ? socket.destroy() : socket.terminate ? socket.terminate() : socket.close(4000);
}

async function story(service) {
  kept = undefined;
  const first = open(service, place.password);
  const online = once(first, "online");
  await first.start();
  await online;
  assert.match(first.jid.toString(), /^lan@example\.com\/story\/[\w-]{16}$/);
  assert.deepEqual(authentications(first), ["SCRAM-SHA-1"]);
  assert.ok(success(first).getChild("bound", "urn:xmpp:bind:0").getChild("enabled", "urn:xmpp:sm:3"), "stream management is on");
  assert.equal(first.sent.filter((e) => e.is("iq")).length, 0, "nothing was asked for by itself");
  assert.equal(kept.mechanism, "HT-SHA-256-NONE");
  assert.ok(new Date(kept.expiry) > new Date(Date.now() + 20 * 24 * 3600 * 1000), "the token is good for three weeks");
  await note(first, "one");

  const resumed = once(first.streamManagement, "resumed");
  cut(first);
  await resumed;
  assert.deepEqual(authentications(first), ["SCRAM-SHA-1", "HT-SHA-256-NONE"], "it came back with the token");
  assert.ok(success(first).getChild("resumed", "urn:xmpp:sm:3"));
  await note(first, "two");
  const address = first.jid.toString();
  await first.stop();

  const second = open(service, "forgotten");
  const again = once(second, "online");
  await second.start();
  await again;
  assert.equal(second.jid.toString(), address, "the same client has the same address");
  assert.deepEqual(authentications(second), ["HT-SHA-256-NONE"]);
  await note(second, "three");
  await second.stop();
  assert.equal(second.failed, undefined);
}

/** enter brings somebody in who writes and listens. */
async function enter(service, name) {
  const c = open(service, place.password, name);
  c.fast.fetchToken = async () => undefined;
  c.fast.saveToken = async () => {};
  c.seen = new Seen();
  c.on("stanza", (s) => c.seen.add(s));
  const online = once(c, "online");
  await c.start();
  await online;
  await c.send(xml("presence"));
  return c;
}

const says = (text, from) => (s) => s.is("message") && s.getChildText("body") === text && (!from || s.attrs.from === from);

async function meet(service) {
  const lan = await enter(service, "lan");
  const minh = await enter(service, "minh");
  await minh.seen.until("Lan available", (s) => s.is("presence") && s.attrs.from === lan.jid.toString() && !s.attrs.type);
  await lan.send(xml("message", { to: `minh@${place.domain}`, type: "chat" }, xml("body", {}, "chào & <tạm biệt>")));
  await minh.seen.until("Lan's message", says("chào & <tạm biệt>", lan.jid.toString()));
  await minh.send(xml("message", { to: lan.jid.toString(), type: "chat" }, xml("body", {}, "chào Lan")));
  await lan.seen.until("Minh's answer", says("chào Lan"));

  for (const c of [lan, minh]) {
    await c.send(xml("presence", { to: `${group}/${c.jid.local}` }, xml("x", { xmlns: "http://jabber.org/protocol/muc" })));
    await c.seen.until("entering the group", (s) => s.is("presence") && s.attrs.from.startsWith(`${group}/`) &&
      s.getChild("x", "http://jabber.org/protocol/muc#user")?.getChildren("status").some((e) => e.attrs.code === "110"));
  }
  await lan.send(xml("message", { to: group, type: "groupchat" }, xml("body", {}, "họp nhé")));
  for (const c of [lan, minh]) await c.seen.until("Lan in the group", says("họp nhé", `${group}/Lan`));

  const bytes = Buffer.from("nội dung");
  const answer = await lan.iqCaller.request(xml("iq", { type: "get", to: `upload.${place.domain}` },
    xml("request", { xmlns: "urn:xmpp:http:upload:0", filename: "tệp.txt", size: bytes.length, "content-type": "text/plain" })));
  const slot = answer.getChild("slot", "urn:xmpp:http:upload:0");
  const headers = Object.fromEntries(slot.getChild("put").getChildren("header").map((h) => [h.attrs.name, h.text()]));
  const put = await fetch(slot.getChild("put").attrs.url, { method: "PUT", body: bytes, headers: { "Content-Type": "text/plain", ...headers } });
  assert.equal(put.status, 201);
  assert.equal(await (await fetch(slot.getChild("get").attrs.url)).text(), "nội dung");
  for (const c of [lan, minh]) {
    await c.stop();
    assert.equal(c.failed, undefined);
  }
}

await tell("onestep", async () => {
  for (const service of [`xmpp://${place.host}:${place.port}`, websocket]) {
    await story(service);
    await meet(service);
  }
});
