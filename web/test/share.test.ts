import { afterEach, beforeEach, expect, it, vi } from "vitest";
import type { Command, Update } from "../src/engine/api";
import type { Port } from "../src/engine/hub";
import { Shared, type Channel, type Locks, type Runner, type Word } from "../src/engine/share";

/** Browser is what the pages of a browser share: a channel and a lock. */
class Browser {
  readonly pages: Page[] = [];
  private holder: { free(err?: Error): void } | undefined;
  private readonly waiting: (() => void)[] = [];

  channel(): Channel {
    const c: Channel & { asleep?: boolean } = {
      onmessage: null,
      postMessage: (w: Word) => { for (const p of this.pages) if (p.channel !== c && !p.asleep) queueMicrotask(() => p.channel.onmessage?.({ data: structuredClone(w) } as MessageEvent<Word>)); },
    };
    return c;
  }

  readonly locks: Locks = {
    request: (_name, { steal, signal }, held) => new Promise((resolve, reject) => {
      const take = (): void => {
        const me = { free: (err?: Error) => { if (this.holder === me) this.holder = undefined; if (err) reject(err); else resolve(undefined); } };
        this.holder = me;
        void held().then(() => me.free(), me.free);
      };
      if (steal) {
        this.holder?.free(new Error("stolen"));
        return take();
      }
      if (!this.holder) return take();
      this.waiting.push(take);
      signal?.addEventListener("abort", () => { this.waiting.splice(this.waiting.indexOf(take), 1); reject(new Error("aborted")); });
    }),
  };

  /** free lets the next one have the lock: the page that had it is gone. */
  free(): void {
    this.holder = undefined;
    this.waiting.shift()?.();
  }
}

class Engine implements Runner {
  readonly ports: Port[] = [];
  readonly heard: string[] = [];
  ended = "";

  attach(port: Port): void {
    this.ports.push(port);
    port.onmessage = (m) => {
      const c = m.data;
      this.heard.push([c.t, "jid" in c ? c.jid : "", "again" in c && c.again ? "again" : ""].filter((x) => x !== "").join(" "));
    };
  }

  close(): void { this.ended = "closed"; }
  drop(): void { this.ended = "dropped"; }
}

class Page {
  readonly channel: Channel;
  readonly engines: Engine[] = [];
  readonly got: Update[] = [];
  readonly shared: Shared;
  asleep = false;

  constructor(browser: Browser, name: string) {
    this.channel = browser.channel();
    browser.pages.push(this);
    this.shared = new Shared({
      page: name, channel: this.channel, locks: browser.locks, take: (u) => this.got.push(u),
      start: async () => {
        const e = new Engine();
        this.engines.push(e);
        return e;
      },
    });
  }

  get heard(): string[] { return this.engines.at(-1)?.heard ?? []; }

  /** leave closes the page. */
  leave(): void {
    this.shared.tell({ t: "bye" });
    this.asleep = true;
  }

  send(jid: string): void {
    this.shared.tell({ t: "send", jid, id: jid, body: "x", reply: "" } satisfies Command);
  }
}

/** settled waits until nothing is under way between pages, and between a page and its own engine. */
const settled = async (): Promise<void> => { for (let i = 0; i < 10; i++) await new Promise((r) => setImmediate(r)); };

let browser: Browser;
let one: Page;
let two: Page;

beforeEach(async () => {
  vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
  browser = new Browser();
  one = new Page(browser, "one");
  await settled();
  two = new Page(browser, "two");
  await settled();
});

afterEach(() => {
  for (const p of browser.pages) p.shared.tell({ t: "bye" });
  vi.useRealTimers();
});

it("one page runs the engine, for all", async () => {
  expect([one.engines.length, two.engines.length]).toEqual([1, 0]);
  one.send("a@x");
  two.send("b@x");
  await settled();
  expect(one.heard.filter((c) => c.startsWith("send"))).toHaveLength(2);
  expect(one.engines[0]?.ports).toHaveLength(2);
  one.engines[0]?.ports[1]?.postMessage({ t: "found", query: "q", people: [] });
  await settled();
  expect(two.got).toEqual([{ t: "found", query: "q", people: [] }]);
  expect(one.got).toEqual([]);
});

it("when it is gone another one does, and is told what the pages show", async () => {
  two.shared.tell({ t: "attention", active: true, focused: true, notifies: false });
  two.shared.tell({ t: "open", jid: "a@x" });
  await settled();
  one.leave();
  expect(one.engines[0]?.ended).toBe("closed");
  two.send("a@x"); // nobody is there to hear it
  await settled();
  expect(one.heard).not.toContain("send a@x");
  browser.free();
  await settled();
  expect(two.heard).toEqual(["attention", "open a@x", "send a@x again"]);
});

it("what was heard is not said again", async () => {
  two.send("a@x");
  await settled();
  one.leave();
  browser.free();
  await settled();
  expect(two.heard).toEqual(["attention"]);
});

it("a page that sleeps loses the engine to the one that the user looks at, and keeps nothing of it", async () => {
  one.asleep = true;
  two.send("a@x");
  await settled();
  await vi.advanceTimersByTimeAsync(60_000);
  expect(two.engines).toHaveLength(0); // nobody looks
  two.shared.tell({ t: "attention", active: true, focused: true, notifies: false });
  await vi.advanceTimersByTimeAsync(60_000);
  await settled();
  expect(one.engines[0]?.ended).toBe("dropped");
  expect(two.heard).toContain("send a@x again");
  one.asleep = false;
  one.send("c@x");
  await settled();
  expect(two.heard).toContain("send c@x");
  expect(one.engines).toHaveLength(1);
});
