// Two people with the library stanza, one over WebSocket, one over BOSH: contacts, a chat with carbons, the group that an alias
// made, a file, the archive, and a stream that is resumed.
import assert from "node:assert/strict";
import * as XMPP from "stanza";
import { bosh, group, place, Seen, tell, websocket } from "./place.js";

async function open(name, resource, transports) {
  const c = XMPP.createClient({
    jid: `${name}@${place.domain}`, resource, credentials: { username: name, password: place.password },
    transports, server: place.domain, autoReconnect: false,
  });
  c.messages = new Seen();
  c.presences = new Seen();
  c.on("message", (m) => c.messages.add(m));
  c.on("carbon:sent", (m) => c.messages.add({ ...m.carbon.forward.message, copied: true }));
  c.on("presence", (p) => c.presences.add(p));
  c.on("auth:failed", () => { throw new Error(`${name} cannot sign in`); });
  // Its two requests run beside each other: it may take the end of a session before what came ahead of that, and then ends the program.
  c.on("connected", () => c.transport.on?.("error", (err) => { if (err.code !== "ERR_STREAM_PUSH_AFTER_EOF") throw err; }));
  const started = new Promise((resolve) => c.once("session:started", resolve));
  c.connect();
  await started;
  c.contacts = await c.getRoster();
  await c.enableCarbons();
  c.sendPresence();
  return c;
}

async function chat(lan, minh, second) {
  await minh.presences.until("Lan available", (p) => p.from === lan.jid && !p.type);
  lan.sendMessage({ to: `minh@${place.domain}`, type: "chat", body: "chào & <tạm biệt>" });
  const got = await minh.messages.until("Lan's message", (m) => m.body === "chào & <tạm biệt>");
  assert.equal(got.from, lan.jid);
  await second.messages.until("what Lan wrote elsewhere", (m) => m.copied && m.body === got.body);
  minh.sendMessage({ to: lan.jid, type: "chat", body: "chào Lan" });
  await lan.messages.until("Minh's answer", (m) => m.body === "chào Lan");
}

async function meet(lan, minh) {
  for (const c of [lan, minh]) {
    const bookmarks = await c.getBookmarks();
    const mark = bookmarks.find((b) => b.jid === group);
    assert.ok(mark?.autoJoin, `the group is among the bookmarks: ${JSON.stringify(bookmarks)}`);
    await c.joinRoom(group, mark.nick ?? c.jid.split("@")[0]);
  }
  lan.sendMessage({ to: group, type: "groupchat", body: "họp nhé" });
  const got = await minh.messages.until("Lan in the group", (m) => m.type === "groupchat" && m.body === "họp nhé");
  assert.equal(got.from, `${group}/Lan`);
  await lan.messages.until("it comes back", (m) => m.type === "groupchat" && m.body === "họp nhé");
}

async function upload(lan) {
  const service = await lan.getUploadService(place.domain);
  const bytes = Buffer.from("nội dung");
  const slot = await lan.getUploadSlot(service.jid, { name: "tệp.txt", size: bytes.length, mediaType: "text/plain" });
  const headers = Object.fromEntries((slot.upload.headers ?? []).map((h) => [h.name, h.value]));
  const put = await fetch(slot.upload.url, { method: "PUT", body: bytes, headers: { "Content-Type": "text/plain", ...headers } });
  assert.equal(put.status, 201);
  assert.equal(await (await fetch(slot.download)).text(), "nội dung");
}

async function remember(minh) {
  const page = await minh.searchHistory({ with: `lan@${place.domain}`, paging: { max: 1, before: "" } });
  assert.equal(page.results.length, 1);
  assert.equal(page.results[0].item.message.body, "chào Lan");
}

async function resume(lan, minh) {
  const resumed = new Promise((resolve) => lan.once("stream:management:resumed", resolve));
  lan.transport.socket?.close?.(4000);
  await new Promise((resolve) => lan.once("disconnected", resolve));
  minh.sendMessage({ to: `lan@${place.domain}`, type: "chat", body: "trong lúc đó" });
  lan.connect();
  await resumed;
  await lan.messages.until("what was said meanwhile", (m) => m.body === "trong lúc đó");
}

await tell("stanza", async () => {
  const lan = await open("lan", "desk", { websocket, bosh: false });
  const second = await open("lan", "phone", { websocket: false, bosh });
  const minh = await open("minh", "desk", { websocket: false, bosh });
  assert.notEqual(second.jid, lan.jid);
  assert.ok(lan.contacts.items.some((i) => i.jid === `minh@${place.domain}` && i.subscription === "both"), "colleagues are contacts");
  await chat(lan, minh, second);
  await meet(lan, minh);
  await upload(lan);
  await remember(minh);
  await resume(lan, minh);
  for (const c of [lan, second, minh]) c.disconnect();
});
