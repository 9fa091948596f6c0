import type { Range } from "../text/mentions";
import { errorOf } from "./errors";
import { bare } from "./jid";
import { NS } from "./ns";
import type { StanzaError } from "./wire";
import { el, type El } from "./xml";

/** Mention is whom a message names (XEP-0513). */
export interface Mention {
  who: string; // an occupant-id or address, "" for everybody in a room
  room: string; // "": the one that it is said in
  quiet: boolean; // it is not to be noticed (§ 3.5.2)
  active: boolean; // only who is there is to notice (§ 3.5.1)
}

/** Parsed is what a message stanza says, without any judgement whether its sender may say it. */
export interface Parsed {
  type: string;
  from: string;
  to: string;
  id: string;
  originID: string;
  stanzaIDs: Map<string, string>; // by the archive that gave it
  occupant: string; // XEP-0421; the room's word
  time: number; // ms; 0: now
  body: string | undefined; // without what is only there for clients that know less
  subject: string | undefined;
  typing: "composing" | "stopped" | undefined;
  receiptWanted: boolean;
  markable: boolean;
  received: string; // the id that a receipt or marker is about, "" for none
  displayed: string; // likewise
  replaces: string; // XEP-0308
  retracts: string; // XEP-0424
  retracted: boolean; // a tombstone of the archive
  moderated: boolean; // either is the word of who moderates a room (XEP-0425)
  reaction: { id: string; emojis: string[] } | undefined; // XEP-0444
  reply: { id: string; to: string } | undefined; // XEP-0461
  file: string; // XEP-0066: the body is nothing but this address
  mentions: readonly Mention[];
  asks: boolean; // there is a form to fill in
  error: StanzaError | undefined;
}

/** parse reads a message. Its delay, or the one that stands around it in an archive, gives the time. */
export function parse(m: El, delay?: El): Parsed {
  const stanzaIDs = new Map<string, string>();
  for (const s of m.elements("stanza-id", NS.sid)) if (s.attr("id") && s.attr("by")) stanzaIDs.set(s.attr("by"), s.attr("id"));
  const states = m.elements(undefined, NS.chatStates).map((s) => s.name);
  const body = m.textOf("body", NS.client);
  const url = m.child("x", NS.oob)?.textOf("url") ?? "";
  const reply = m.child("reply", NS.reply);
  const reaction = m.child("reactions", NS.reactions);
  const retract = m.child("retract", NS.retract);
  const tombstone = m.child("retracted", NS.retract);
  return {
    type: m.attr("type") || "normal",
    from: m.attr("from"),
    to: m.attr("to"),
    id: m.attr("id"),
    originID: m.child("origin-id", NS.sid)?.attr("id") ?? "",
    stanzaIDs,
    occupant: m.child("occupant-id", NS.occupant)?.attr("id") ?? "",
    time: stamp(delay ?? m.child("delay", NS.delay)),
    body: body === undefined || retract || reaction ? undefined : without(body, m, reply ? NS.reply : ""),
    subject: m.textOf("subject", NS.client),
    typing: states.length === 0 ? undefined : states[0] === "composing" ? "composing" : "stopped",
    receiptWanted: !!m.child("request", NS.receipts),
    markable: !!m.child("markable", NS.markers),
    received: (m.child("received", NS.receipts) ?? m.child("received", NS.markers))?.attr("id") ?? "",
    displayed: m.child("displayed", NS.markers)?.attr("id") ?? "",
    replaces: m.child("replace", NS.correct)?.attr("id") ?? "",
    retracts: retract?.attr("id") ?? "",
    retracted: !!tombstone,
    moderated: !!(retract ?? tombstone)?.child("moderated", NS.moderate),
    reaction: reaction && { id: reaction.attr("id"), emojis: [...new Set(reaction.elements("reaction").map((r) => r.text.slice(0, 40)))].slice(0, 20) },
    reply: reply && { id: reply.attr("id"), to: reply.attr("to") },
    file: url !== "" && url === body ? url : "",
    mentions: m.elements("mention", NS.mentions).map(mention),
    asks: m.child("x", NS.form)?.attr("type") === "form",
    error: m.attr("type") === "error" ? errorOf(m) : undefined,
  };
}

/** mention reads one: of a person (§ 3.1) or of everybody (§ 3.2.1.1); other groups of people are nobody that we know. */
function mention(e: El): Mention {
  const group = e.attr("mentions");
  const who = group === NS.channel ? "" : group === "" ? e.attr("occupantid") || e.attr("jid") : group;
  return { who, room: e.attr("uri").replace(/^xmpp:/, ""), quiet: !!e.child("noping", NS.mentions) || (who === "" && group === ""), active: !!e.child("active", NS.mentions) };
}

/** without cuts the part of a body that stands in for something else (XEP-0428 § 3.1). Positions count code points (XEP-0426). */
function without(body: string, m: El, meant: string): string {
  const part = m.elements("fallback", NS.fallback).find((f) => f.attr("for") === meant)?.child("body");
  if (!part || meant === "") return body;
  const points = Array.from(body);
  const start = Number(part.attr("start"));
  const end = part.attr("end") === "" ? points.length : Number(part.attr("end"));
  if (!(start >= 0 && end >= start && end <= points.length)) return body;
  return [...points.slice(0, start), ...points.slice(end)].join("");
}

/** stamp reads the time of a delay (XEP-0203) in ms; 0 without one. */
export function stamp(delay: El | undefined): number {
  const t = Date.parse(delay?.attr("stamp") ?? "");
  return Number.isNaN(t) ? 0 : t;
}

/** forwarded opens what carries another message (XEP-0297), with the time it was sent at. */
export function forwarded(e: El | undefined): Parsed | undefined {
  const f = e?.child("forwarded", NS.forward);
  const m = f?.child("message", NS.client);
  return m && parse(m, m.child("delay", NS.delay) ?? f?.child("delay", NS.delay));
}

/** carbon opens a copy of what another client of ours sent or got (XEP-0280); only our own account may send one (§ 11). */
export function carbon(m: El, me: string): { sent: boolean; message: Parsed } | undefined {
  const sent = m.child("sent", NS.carbons);
  const copy = sent ?? m.child("received", NS.carbons);
  if (!copy || m.attr("from") !== bare(me)) return undefined;
  const message = forwarded(copy);
  return message && { sent: !!sent, message };
}

/** Draft is a message that goes out. */
export interface Draft {
  id: string;
  to: string;
  group: boolean;
  body: string;
  file?: string | undefined; // the body is this address
  replaces?: string | undefined;
  all?: Range | undefined; // where the body names everybody
  reply?: { id: string; to: string; quote: string } | undefined;
}

/** compose makes the stanza of a draft. Its id is its origin-id too, so that it is known again wherever it comes back. */
export function compose(d: Draft): El {
  const quote = d.reply ? d.reply.quote.split("\n").slice(0, 4).map((l) => `> ${l}\n`).join("") : "";
  const before = Array.from(quote).length;
  return message(d.to, d.group, d.id,
    el("body", NS.client, {}, quote + d.body),
    d.file && el("x", NS.oob, {}, el("url", NS.oob, {}, d.file)),
    d.replaces && el("replace", NS.correct, { id: d.replaces }),
    d.all && el("mention", NS.mentions, { mentions: NS.channel, begin: String(before + d.all.begin), end: String(before + d.all.end) }), // XEP-0513 § 3.3
    d.reply && el("reply", NS.reply, { id: d.reply.id, to: d.reply.to }),
    d.reply && el("fallback", NS.fallback, { for: NS.reply },
      el("body", NS.fallback, { start: "0", end: String(before) })),
    !d.group && el("request", NS.receipts),
    el("markable", NS.markers),
    el("active", NS.chatStates));
}

/** composeRetraction takes a message back (XEP-0424 § 3). */
export function composeRetraction(to: string, group: boolean, id: string, target: string, fallback: string): El {
  return message(to, group, id,
    el("retract", NS.retract, { id: target }),
    el("fallback", NS.fallback, { for: NS.retract }),
    el("body", NS.client, {}, fallback),
    el("store", NS.hints));
}

/** composeReaction sets all reactions of ours to a message (XEP-0444 § 3). */
export function composeReaction(to: string, group: boolean, id: string, target: string, emojis: readonly string[]): El {
  return message(to, group, id,
    el("reactions", NS.reactions, { id: target }, ...emojis.map((e) => el("reaction", NS.reactions, {}, e))),
    el("store", NS.hints));
}

/** composeTopic says what a room is about (XEP-0045 § 8.1). */
export function composeTopic(room: string, id: string, subject: string): El {
  return el("message", NS.client, { type: "groupchat", to: room, id }, el("subject", NS.client, {}, subject));
}

/** composeState tells whether we type (XEP-0085). */
export function composeState(to: string, group: boolean, composing: boolean): El {
  return el("message", NS.client, { type: group ? "groupchat" : "chat", to },
    el(composing ? "composing" : "active", NS.chatStates), el("no-store", NS.hints));
}

/** composeMark tells the other side that a message came, or was read (XEP-0184, XEP-0333). */
export function composeMark(to: string, group: boolean, id: string, read: boolean, target: string): El {
  return el("message", NS.client, { type: group ? "groupchat" : "chat", to, id },
    el(read ? "displayed" : "received", read ? NS.markers : NS.receipts, { id: target }), el("store", NS.hints));
}

const message = (to: string, group: boolean, id: string, ...parts: (El | false | "" | undefined)[]): El =>
  el("message", NS.client, { type: group ? "groupchat" : "chat", to, id }, ...parts, el("origin-id", NS.sid, { id }));
