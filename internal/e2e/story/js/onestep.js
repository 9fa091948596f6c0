// A client that signs in, binds, manages its stream and resumes it in one step, and then signs in with a token:
// @xmpp/client. STORY tells where the server is.
import assert from "node:assert/strict";
import { once } from "node:events";
import { client, xml } from "@xmpp/client";
import { place, tell, websocket } from "./place.js";

const userAgent = xml("user-agent", { id: "d4565fa7-4d72-4749-b3d3-740edbf87770" }, xml("software", {}, "Story"));
let kept; // the token

function open(service, password) {
  const c = client({
    service,
    domain: place.domain,
    resource: "story",
    userAgent,
    credentials: async (authenticate, mechanisms, fast) => {
      const token = await fast?.fetch();
      await authenticate({ username: "lan", password, token }, "SCRAM-SHA-1", userAgent);
    },
  });
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

await tell("onestep", async () => {
  await story(`xmpp://${place.host}:${place.port}`);
  await story(websocket);
});
