import type { Attention, Command, Update } from "./api";
import type { Port } from "./hub";

// Where there is no shared worker, one page of the browser runs the engine for all: two of them would send twice what waits in the
// outbox. Which one it is, a lock decides; it is free again when its page is gone.

/** Word is what pages say to each other. */
export type Word =
  | { t: "lead" } // whoever says so runs the engine from now on
  | { t: "hello"; page: string }
  | { t: "command"; page: string; n: number; c: Command }
  | { t: "heard"; page: string; n: number } // the engine has done it
  | { t: "update"; page: string; u: Update };

/** Channel is a way to all other pages. */
export interface Channel {
  postMessage(w: Word): void;
  onmessage: ((e: MessageEvent<Word>) => void) | null;
}

/** Locks are the locks that all pages of a browser share (Web Locks § 3). */
export interface Locks {
  request(name: string, options: { steal?: boolean; signal?: AbortSignal }, held: () => Promise<void>): Promise<unknown>;
}

/** Runner is an engine, as far as this is concerned. */
export interface Runner {
  attach(port: Port): void;
  close(): void;
  drop(): void;
}

/** Parts are what sharing needs. */
export interface Parts {
  page: string; // another name for each page
  channel: Channel;
  locks: Locks;
  start(): Promise<Runner>;
  take(u: Update): void;
}

const lock = "myna-engine";
const patience = 20_000; // ms in which the engine has to do what a page asks; a page that the system has put to sleep does not

/** Shared is a page's way to the engine, wherever that runs. */
export class Shared {
  private engine: Runner | undefined; // it is here
  private own: MessagePort | undefined; // our end of the way to it
  private readonly ports = new Map<string, Port>(); // of the other pages that it serves
  private readonly unheard = new Map<number, Command>(); // what the engine of another page is not known to have done
  private readonly open = new Set<string>(); // the conversations that this page shows
  private attention: Attention = { active: false, focused: false, notifies: false }; // the user's, for this page
  private count = 0;
  private term = 0; // counts how often this page has begun or ceased to lead
  private queued = new AbortController();
  private silence: ReturnType<typeof setTimeout> | undefined;

  constructor(private readonly p: Parts) {
    p.channel.onmessage = (e) => this.word(e.data);
    p.channel.postMessage({ t: "hello", page: p.page });
    this.queue(false);
  }

  /** queue waits until the engine is to run here. steal: whoever has it does not answer. */
  private queue(steal: boolean): void {
    this.queued.abort();
    this.queued = new AbortController();
    let led = false;
    this.p.locks.request(lock, steal ? { steal } : { signal: this.queued.signal }, () => {
      led = true;
      return this.lead();
    }).catch(() => { if (led) this.deposed(); });
  }

  /** lead runs the engine for as long as the page is there. */
  private async lead(): Promise<void> {
    clearTimeout(this.silence);
    const term = ++this.term;
    const engine = await this.p.start();
    if (term !== this.term) return engine.drop();
    this.engine = engine;
    const { port1, port2 } = new MessageChannel();
    port2.onmessage = (m: MessageEvent<Update>) => this.p.take(m.data);
    this.own = port2;
    engine.attach(port1);
    this.p.channel.postMessage({ t: "lead" });
    this.repeat();
    return new Promise(() => undefined);
  }

  /** deposed: another page has taken the engine, as this one did not answer. */
  private deposed(): void {
    this.term++;
    this.engine?.drop();
    this.cease();
    this.queue(false);
    this.p.channel.postMessage({ t: "hello", page: this.p.page });
    this.repeat();
  }

  private cease(): void {
    this.own?.close();
    this.engine = this.own = undefined;
    this.ports.clear();
  }

  private word(w: Word): void {
    switch (w.t) {
      case "lead":
        this.p.channel.postMessage({ t: "hello", page: this.p.page });
        return this.repeat();
      case "hello": return void this.port(w.page);
      case "command": {
        const port = this.port(w.page);
        if (!port) return;
        port.onmessage?.({ data: w.c } as MessageEvent<Command>);
        if (w.c.t === "bye") this.ports.delete(w.page);
        return this.p.channel.postMessage({ t: "heard", page: w.page, n: w.n });
      }
      case "heard":
        if (w.page !== this.p.page) return;
        this.unheard.delete(w.n);
        return this.listen();
      case "update":
        if (w.page === this.p.page && !this.engine) this.p.take(w.u);
    }
  }

  /** port is the way of the engine here to another page. */
  private port(page: string): Port | undefined {
    if (!this.engine) return undefined;
    let port = this.ports.get(page);
    if (!port) {
      port = { postMessage: (u) => this.p.channel.postMessage({ t: "update", page, u }), onmessage: null };
      this.ports.set(page, port);
      this.engine.attach(port);
    }
    return port;
  }

  /** tell asks something of the engine. */
  tell(c: Command): void {
    if (c.t === "open") this.open.add(c.jid);
    if (c.t === "close") this.open.delete(c.jid);
    if (c.t === "attention") this.attention = { active: c.active, focused: c.focused, notifies: c.notifies };
    if (c.t !== "bye" || !this.engine) return this.ask(c);
    this.engine.close(); // the other pages have another one as soon as this page is gone
    this.cease();
  }

  private ask(c: Command): void {
    if (this.own) return this.own.postMessage(c);
    const n = ++this.count;
    this.unheard.set(n, c);
    this.p.channel.postMessage({ t: "command", page: this.p.page, n, c });
    this.listen();
  }

  /** listen takes the engine from a page that does not answer while the user looks at this one. */
  private listen(): void {
    clearTimeout(this.silence);
    if (this.unheard.size > 0 && !this.engine) this.silence = setTimeout(() => (this.attention.active ? this.queue(true) : this.listen()), patience);
  }

  /** repeat tells a new engine what this page shows, and what the one before may not have done. */
  private repeat(): void {
    const waiting = [...this.unheard.values()];
    this.unheard.clear();
    this.ask({ t: "attention", ...this.attention });
    for (const jid of this.open) this.ask({ t: "open", jid });
    for (const c of waiting) {
      if (c.t === "send") this.ask({ ...c, again: true });
      else if (c.t !== "open" && c.t !== "close" && c.t !== "attention") this.ask(c);
    }
  }
}
