import type { Wire } from "../xmpp/wire";
import { parse, type El } from "../xmpp/xml";

/** Waiting is a message that the server is not known to have, as it is kept. */
export interface Waiting {
  id: string;
  jid: string;
  xml: string;
}

interface Entry {
  id: string;
  jid: string; // of the conversation
  stanza: El;
  doubtful: boolean; // it went into a stream that is gone, or may have: the server may have it
  sent: boolean; // it went into this stream
}

/** OutboxEvents is who watches an outbox. */
export interface OutboxEvents {
  /** ready tells whether a conversation can be written to now. */
  ready(jid: string): boolean;
  sent(jid: string, id: string): void;
  acked(jid: string, id: string): void;
  /** changed: what waits is to be kept. */
  changed(list: Waiting[]): void;
}

/** Outbox sends each message exactly once: what may have arrived when a session was lost is looked up before it is sent again. */
export class Outbox {
  private entries: Entry[] = [];

  constructor(private readonly wire: Wire, private readonly events: OutboxEvents) {}

  get size(): number {
    return this.entries.length;
  }

  /** submit sends a message as soon as that can be. doubtful: the server may have it already. */
  submit(jid: string, stanza: El, doubtful = false): void {
    this.entries.push({ id: stanza.attr("id"), jid, stanza, doubtful, sent: false });
    this.keep();
    this.flush();
  }

  /** restore takes over what an earlier page left. Nobody knows whether it went out. */
  restore(list: readonly Waiting[]): void {
    this.entries = list.map((w) => ({ id: w.id, jid: w.jid, stanza: parse(w.xml), doubtful: true, sent: false }));
  }

  /** flush sends what waits and can be sent, in order within each conversation. */
  flush(): void {
    const held = new Set<string>(); // conversations in which something earlier still waits
    for (const e of this.entries) {
      if (e.sent) continue;
      if (e.doubtful || held.has(e.jid) || !this.events.ready(e.jid)) {
        held.add(e.jid);
        continue;
      }
      if (!this.wire.send(e.stanza, () => this.acknowledged(e))) return;
      e.sent = true;
      this.events.sent(e.jid, e.id);
    }
  }

  private acknowledged(e: Entry): void {
    if (!this.entries.includes(e)) return;
    this.events.acked(e.jid, e.id); // first: it is kept with what settle keeps
    this.settle(e.jid, e.id);
  }

  /** settle takes out what has arrived or was refused. */
  settle(jid: string, id: string): void {
    const rest = this.entries.filter((e) => e.id !== id || e.jid !== jid);
    if (rest.length === this.entries.length) return;
    this.entries = rest;
    this.keep();
    this.flush();
  }

  /** lost: the stream is gone for good, and with it the knowledge of what arrived. */
  lost(): void {
    for (const e of this.entries) {
      e.doubtful ||= e.sent;
      e.sent = false;
    }
  }

  /** resolve sends again what a conversation's archive, read up to its end, turned out not to have. What it has was settled. */
  resolve(jid: string): void {
    for (const e of this.entries) if (e.jid === jid) e.doubtful = false;
    this.flush();
  }

  private keep(): void {
    this.events.changed(this.entries.map((e) => ({ id: e.id, jid: e.jid, xml: e.stanza.toString() })));
  }
}
