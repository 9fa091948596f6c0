import { bare } from "./jid";
import { Failed, isPass, negotiate, type Credentials } from "./negotiate";
import { NS } from "./ns";
import { Requests } from "./requests";
import type { Key } from "./scram";
import { Socket } from "./socket";
import { StanzaError, type Wire } from "./wire";
import { el, type El } from "./xml";

/** StreamEvents is who listens to a stream. */
export interface StreamEvents {
  message(e: El): void;
  presence(e: El): void;
  /** request answers a question of others: undefined refuses it. */
  request(e: El): El | "empty" | undefined;
  /** online: resumed tells that nothing was missed. key is what may be kept of the password. */
  online(resumed: boolean, key: Key | undefined): void;
  /** waiting: the connection is lost, and is tried again at a time (ms). */
  waiting(until: number): void;
  connecting(): void;
  /** failed: it is not tried again. condition is of SASL or of the stream. */
  failed(condition: string): void;
}

const quiet = 60_000; // ms without a word, then the server is asked for one
const patience = 15_000; // ms in which it has to answer
const negotiationTime = 30_000; // ms

interface Sent {
  stanza: El;
  acked: (() => void) | undefined;
}

/** Stream keeps a session with the server across connections (XEP-0198). */
export class Stream implements Wire {
  jid = "";
  online = false;
  private socket: Socket | undefined;
  private resumeID: string | undefined;
  private handled = 0; // stanzas of the server
  private managed = false;
  private sent: Sent[] = []; // and not acknowledged
  private sentCount = 0; // of all that the server acknowledged
  private heard = 0; // when something arrived last
  private asked = 0; // since when an answer is waited for; 0: it is not
  private attempts = 0;
  private retry: ReturnType<typeof setTimeout> | undefined;
  private beat: ReturnType<typeof setInterval> | undefined;
  private readonly requests = new Requests();

  constructor(private readonly url: string, private credentials: Credentials, private readonly events: StreamEvents) {
    this.jid = credentials.jid;
  }

  /** start connects, and keeps connecting until stop. */
  start(): void {
    clearTimeout(this.retry);
    this.events.connecting();
    const socket = new Socket(this.url, () => this.lost(socket));
    this.socket = socket;
    const tooLong = setTimeout(() => socket.cut(), negotiationTime);
    negotiate(socket, { ...this.credentials, jid: this.jid },
      this.resumeID === undefined ? undefined : { id: this.resumeID, handled: this.handled }).then((s) => {
      if (this.socket !== socket) return;
      const { secret } = this.credentials;
      this.credentials = { ...this.credentials, secret: s.key ?? (isPass(secret) ? { ...secret, used: true } : secret) };
      this.jid = s.jid;
      this.begin(socket, s.managed, s.resumable?.id, s.resumed, s.key);
    }, (err: unknown) => {
      if (this.socket === socket && err instanceof Failed) this.fail(err.condition);
      else socket.cut();
    }).finally(() => clearTimeout(tooLong));
  }

  private begin(socket: Socket, managed: boolean, id: string | undefined, resumed: number | undefined, key: Key | undefined): void {
    this.managed = managed;
    this.attempts = 0;
    this.asked = 0;
    this.heard = Date.now();
    this.online = true;
    clearInterval(this.beat);
    this.beat = setInterval(() => this.watch(), 5000);
    if (resumed !== undefined) {
      this.acknowledge(resumed);
      for (const s of this.sent) socket.send(s.stanza); // XEP-0198 § 5
      this.askForAck();
    } else {
      this.sent = [];
      this.sentCount = 0;
      this.requests.failAll();
      this.resumeID = id;
      this.handled = 0;
    }
    this.events.online(resumed !== undefined, key);
    socket.listen((e) => this.take(e));
  }

  /** stop ends the session. */
  stop(): void {
    this.halt();
    this.resumeID = undefined;
    this.requests.failAll();
  }

  private halt(): void {
    const socket = this.socket;
    this.socket = undefined;
    this.online = false;
    clearTimeout(this.retry);
    clearInterval(this.beat);
    socket?.close();
  }

  private fail(condition: string): void {
    this.halt();
    this.resumeID = undefined;
    this.requests.failAll();
    this.events.failed(condition);
  }

  /** hurry does not wait for the time at which the next attempt is due. */
  hurry(): void {
    if (this.socket && this.online) this.askForAck();
    else if (!this.socket) {
      this.attempts = 0;
      this.start();
    }
  }

  private lost(socket: Socket): void {
    if (this.socket !== socket) return;
    this.socket = undefined;
    this.online = false;
    clearInterval(this.beat);
    const wait = Math.min(30_000, 500 * 2 ** Math.min(this.attempts++, 6)) * (0.75 + Math.random() / 2);
    this.retry = setTimeout(() => this.start(), wait);
    this.events.waiting(Date.now() + wait);
  }

  send(e: El, acked?: () => void): boolean {
    if (!this.online || !this.socket) return false;
    if (this.managed) this.sent.push({ stanza: e, acked });
    this.socket.send(e);
    if (acked && this.managed) this.askForAck();
    else if (this.sent.length % 20 === 19) this.askForAck();
    return true;
  }

  ask(type: "get" | "set", to: string | undefined, payload: El): Promise<El> {
    if (!this.online) return Promise.reject(new StanzaError("offline", ""));
    const { stanza, answer } = this.requests.make(type, to, payload, bare(this.jid));
    this.send(stanza);
    return answer;
  }

  /** say sends what is no stanza. */
  say(e: El): void {
    this.socket?.send(e);
  }

  private askForAck(): void {
    if (!this.managed || this.asked !== 0) return;
    this.asked = Date.now();
    this.socket?.send(el("r", NS.sm));
  }

  private watch(): void {
    const now = Date.now();
    if (this.asked !== 0 && now - Math.max(this.asked, this.heard) > patience) this.socket?.cut();
    else if (now - this.heard > quiet) this.askForAck();
  }

  private acknowledge(h: number): void {
    const n = (h - this.sentCount) >>> 0; // counts wrap at 2^32 (XEP-0198 § 4)
    if (n > this.sent.length) return;
    this.sentCount = h;
    for (const s of this.sent.splice(0, n)) s.acked?.();
  }

  private take(e: El): void {
    this.heard = Date.now();
    if (e.ns === NS.sm) {
      if (e.name === "r") this.socket?.send(el("a", NS.sm, { h: String(this.handled) }));
      if (e.name === "a") {
        this.asked = 0;
        this.acknowledge(Number(e.attr("h")));
        if (this.sent.some((s) => s.acked)) this.askForAck();
      }
      return;
    }
    if (e.ns === NS.stream && e.name === "error") return this.streamError(e);
    if (e.ns === NS.framing) return this.socket?.cut();
    this.handled = (this.handled + 1) >>> 0;
    try {
      if (e.name === "message") this.events.message(e);
      else if (e.name === "presence") this.events.presence(e);
      else if (e.name === "iq") this.request(e);
    } catch (err) { // one stanza that we do not understand ends nothing
      console.error("stanza:", err);
    }
  }

  private streamError(e: El): void {
    const condition = e.elements().find((c) => c.ns === NS.streams)?.name ?? "";
    if (condition === "conflict" || condition === "not-authorized" || condition === "policy-violation") this.fail(condition);
    else this.socket?.cut();
  }

  private request(e: El): void {
    const type = e.attr("type");
    if (type === "result" || type === "error") return this.requests.answered(e, bare(this.jid));
    const answer = this.events.request(e);
    const head = { id: e.attr("id"), to: e.attr("from") || undefined };
    if (answer) this.send(el("iq", NS.client, { ...head, type: "result" }, answer === "empty" ? null : answer));
    else this.send(el("iq", NS.client, { ...head, type: "error" }, el("error", NS.client, { type: "cancel" },
      el("service-unavailable", NS.stanzas))));
  }
}
