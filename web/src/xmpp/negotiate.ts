import { bare, domain, local, resource } from "./jid";
import { NS } from "./ns";
import { choose, Exchange, Refused, type Key } from "./scram";
import type { Socket } from "./socket";
import { el, type El } from "./xml";

/** Pass says that a webmail vouches for the user: by a token, or by the cookie that the browser got for one. */
export interface Pass {
  token: string; // "": only the cookie
  used?: boolean; // it has signed in once; there may be a cookie now
}

/** Secret is a password, the key that was made of one, or a pass. */
export type Secret = string | Key | Pass;

/** Credentials sign in to an account. */
export interface Credentials {
  jid: string; // with a resource if one is wanted
  secret: Secret;
}

/** isPass tells a pass from a password and its key. */
export const isPass = (s: Secret): s is Pass => typeof s !== "string" && "token" in s;

/** Failed ends all attempts: it is not the network's fault. */
export class Failed extends Error {
  constructor(readonly condition: string) {
    super(condition);
  }
}

/** Previous is a session that may be resumed (XEP-0198 § 5). */
export interface Previous {
  id: string;
  handled: number; // stanzas of the server
}

/** Session is what was agreed on. */
export interface Session {
  jid: string;
  key: Key | undefined; // of the password, when one was used
  resumed: number | undefined; // how many of our stanzas the server has, if it resumed; else this is a new session
  resumable: { id: string } | undefined; // a new session that may be resumed later
  managed: boolean; // the server counts
}

/** negotiate opens a stream, signs in, and resumes a session or begins one (RFC 6120 § 4 to § 7, RFC 7395 § 3). */
export async function negotiate(s: Socket, c: Credentials, previous?: Previous): Promise<Session> {
  await s.opened();
  const host = domain(c.jid);
  let features = await open(s, host);
  const key = await signIn(s, features, c);
  features = await open(s, host);
  if (previous && features.child("sm", NS.sm)) {
    s.send(el("resume", NS.sm, { previd: previous.id, h: String(previous.handled) }));
    const answer = await s.next();
    if (answer.name === "resumed") {
      return { jid: c.jid, key, resumed: Number(answer.attr("h")) || 0, resumable: { id: previous.id }, managed: true };
    }
  }
  const jid = await bind(s, resource(c.jid));
  if (!features.child("sm", NS.sm)) return { jid, key, resumed: undefined, resumable: undefined, managed: false };
  s.send(el("enable", NS.sm, { resume: "true" }));
  const enabled = await s.next();
  const may = enabled.name === "enabled" && /^(true|1)$/.test(enabled.attr("resume"));
  return { jid, key, resumed: undefined, resumable: may ? { id: enabled.attr("id") } : undefined, managed: enabled.name === "enabled" };
}

/** open starts a stream and returns its features. */
async function open(s: Socket, host: string): Promise<El> {
  s.send(el("open", NS.framing, { to: host, version: "1.0" }));
  const answer = await s.next();
  if (answer.name !== "open" || answer.ns !== NS.framing) throw ended(answer);
  const features = await s.next();
  if (features.name !== "features" || features.ns !== NS.stream) throw ended(features);
  return features;
}

/** ended says why a stream ended instead of what was expected. */
function ended(e: El): Error {
  const condition = e.elements().find((c) => c.ns === NS.streams)?.name ?? "";
  return condition === "host-unknown" ? new Failed(condition) : new Error(`open stream: ${condition || e.name}`);
}

async function signIn(s: Socket, features: El, c: Credentials): Promise<Key | undefined> {
  const offered = features.child("mechanisms", NS.sasl)?.elements("mechanism").map((m) => m.text) ?? [];
  if (isPass(c.secret)) return show(s, offered, c.jid, c.secret);
  const mechanism = choose(offered, typeof c.secret === "string" ? undefined : c.secret);
  if (mechanism === "") throw new Failed("invalid-mechanism");
  const exchange = new Exchange(mechanism, local(c.jid), c.secret);
  s.send(el("auth", NS.sasl, { mechanism }, exchange.first()));
  for (;;) {
    const e = await s.next();
    if (e.ns !== NS.sasl) throw ended(e);
    if (e.name === "challenge") {
      try {
        s.send(el("response", NS.sasl, {}, await exchange.answer(e.text)));
      } catch (err) {
        if (err instanceof Refused) throw new Failed("credentials-expired");
        throw err;
      }
    } else if (e.name === "success") {
      if (!exchange.verify(e.text)) throw new Failed("server-unproven"); // RFC 5802 § 5: it does not know the password
      return exchange.key;
    } else {
      const condition = e.elements().find((x) => x.name !== "text")?.name ?? "not-authorized";
      throw condition === "temporary-auth-failure" ? new Error(condition) : new Failed(condition);
    }
  }
}

/** show signs in with a pass: a token that was not used yet first, so that the session is the webmail's present one. */
async function show(s: Socket, offered: readonly string[], jid: string, { token, used }: Pass): Promise<undefined> {
  const user = bare(jid);
  // RFC 4422 appendix A, RFC 7628 § 3.1, RFC 4616 § 2. EXTERNAL is there when the cookie is good, whomever it is of.
  const cookie = ["EXTERNAL", user] as const;
  const by = token === "" ? [] : [
    ["OAUTHBEARER", `n,a=${user.replaceAll("=", "=3D").replaceAll(",", "=2C")},\u0001auth=Bearer ${token}\u0001\u0001`],
    ["PLAIN", `\0${local(jid)}\0${token}`],
  ] as const;
  for (const [mechanism, text] of used ? [cookie, ...by] : token === "" ? [cookie] : by) {
    if (!offered.includes(mechanism)) continue;
    s.send(el("auth", NS.sasl, { mechanism }, btoa(String.fromCharCode(...new TextEncoder().encode(text)))));
    let e = await s.next();
    if (e.name === "challenge") { // RFC 7628 § 3.2.3: it was told why not
      s.send(el("response", NS.sasl, {}, "AQ=="));
      e = await s.next();
    }
    if (e.ns !== NS.sasl) throw ended(e);
    if (e.name === "success") return undefined;
    if (e.child("temporary-auth-failure")) throw new Error("temporary-auth-failure");
    if (e.child("account-disabled")) throw new Failed("account-disabled");
  }
  throw new Failed("token-needed");
}

async function bind(s: Socket, wanted: string): Promise<string> {
  s.send(el("iq", NS.client, { type: "set", id: "bind" },
    el("bind", NS.bind, {}, wanted !== "" && el("resource", NS.bind, {}, wanted))));
  const answer = await s.next();
  const jid = answer.child("bind", NS.bind)?.textOf("jid") ?? "";
  if (jid === "") throw new Error("bind: no address");
  return jid;
}
