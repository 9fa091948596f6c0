import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { Failed, type Previous, type Session } from "../src/xmpp/negotiate";
import { Stream } from "../src/xmpp/stream";
import { el, parse, type El } from "../src/xmpp/xml";

// What happens before a session is told by the stories in e2e; here it is what the test says.
const agreed: (Partial<Session> | Error)[] = [];
const offered: (Previous | undefined)[] = [];
vi.mock(import("../src/xmpp/negotiate"), async (original) => ({
  ...(await original()),
  negotiate: async (_s, _c, previous) => {
    offered.push(previous);
    const next = agreed.shift();
    if (!next || next instanceof Error) throw next ?? new Error("no connection");
    return { jid: "lan@x/web", key: undefined, resumed: undefined, resumable: { id: "s1" }, managed: true, ...next };
  },
}));

class FakeWebSocket {
  static readonly OPEN = 1;
  static last: FakeWebSocket;
  readyState = 1;
  readonly sent: El[] = [];
  onmessage: ((m: { data: string }) => void) | null = null;
  onclose: (() => void) | null = null;

  constructor() {
    FakeWebSocket.last = this;
  }

  send(text: string): void {
    this.sent.push(parse(text));
  }

  close(): void {
    this.readyState = 3;
    this.onclose?.();
  }

  /** say is what the server sends. */
  say(text: string): void {
    this.onmessage?.({ data: text });
  }

  names(): string[] {
    return this.sent.map((e) => e.name + (e.attr("id") && ` ${e.attr("id")}`));
  }
}

const sm = (name: string, h = ""): string => `<${name} xmlns="urn:xmpp:sm:3"${h && ` h="${h}"`}/>`;
const message = (id: string): El => el("message", "jabber:client", { id });

let log: string[];
let stream: Stream;

async function connect(...sessions: (Partial<Session> | Error)[]): Promise<FakeWebSocket> {
  agreed.push(...sessions);
  stream.start();
  await vi.advanceTimersByTimeAsync(0);
  return FakeWebSocket.last;
}

beforeEach(() => {
  vi.useFakeTimers();
  vi.stubGlobal("WebSocket", FakeWebSocket);
  agreed.length = offered.length = 0;
  log = [];
  stream = new Stream("ws://x", { jid: "lan@x/web", secret: "s" }, {
    message: (e) => { if (e.attr("id") === "bad") throw new Error("not understood"); log.push(`message ${e.attr("id")}`); }, presence: () => undefined,
    request: () => undefined, online: (resumed) => log.push(resumed ? "resumed" : "online"), waiting: () => log.push("waiting"), connecting: () => undefined,
    failed: (c) => log.push(`failed ${c}`),
  });
  vi.spyOn(console, "error").mockImplementation(() => undefined);
});

afterEach(() => {
  stream.stop();
  vi.useRealTimers();
  vi.unstubAllGlobals();
  vi.restoreAllMocks();
});

describe("a session", () => {
  it("counts what it got, also what it did not understand, and says so when asked", async () => {
    const s = await connect({});
    for (const id of ["1", "bad", "2"]) s.say(`<message xmlns="jabber:client" id="${id}"/>`);
    s.say(sm("r"));
    expect(s.sent.at(-1)?.toString()).toBe(sm("a", "3"));
    expect(log).toEqual(["online", "message 1", "message 2"]);
  });

  it("is resumed: what the server has is acknowledged, the rest goes out again, in order", async () => {
    const first = await connect({});
    first.say(`<message xmlns="jabber:client" id="x"/>`);
    const acked: string[] = [];
    for (const id of ["1", "2", "3"]) stream.send(message(id), () => acked.push(id));
    first.close();
    expect(stream.send(message("4"))).toBe(false);
    agreed.push({ resumed: 2 });
    await vi.advanceTimersByTimeAsync(1000);
    expect(offered).toEqual([undefined, { id: "s1", handled: 1 }]);
    expect(acked).toEqual(["1", "2"]);
    expect(FakeWebSocket.last.names()).toEqual(["message 3", "r"]);
    expect(log).toEqual(["online", "message x", "waiting", "resumed"]);
  });

  it("that cannot be resumed begins anew: nothing goes out again by itself, and whoever waits for an answer is told", async () => {
    const s = await connect({});
    stream.send(message("1"), () => log.push("acked"));
    const answer = stream.ask("get", "x", el("ping", "urn:xmpp:ping")).catch((e: { condition: string }) => e.condition);
    s.close();
    agreed.push({ resumable: { id: "s2" } });
    await vi.advanceTimersByTimeAsync(1000);
    expect(await answer).toBe("offline");
    expect(FakeWebSocket.last.names()).toEqual([]);
    expect(log).toEqual(["online", "waiting", "online"]);
  });

  it("acknowledges what was sent, and not what never was", async () => {
    const s = await connect({ resumed: undefined });
    const acked: string[] = [];
    stream.send(message("1"), () => acked.push("1"));
    s.say(sm("a", "7"));
    expect(acked).toEqual([]);
    s.say(sm("a", "1"));
    expect(acked).toEqual(["1"]);
  });

  it("that is silent is asked, and cut when it does not answer", async () => {
    const s = await connect({});
    await vi.advanceTimersByTimeAsync(66_000);
    expect(s.names()).toEqual(["r"]);
    await vi.advanceTimersByTimeAsync(21_000);
    expect(s.readyState).toBe(3);
    expect(log).toContain("waiting");
  });
});

describe("a connection", () => {
  it("that fails is tried again, later each time, and at once when the network is back", async () => {
    await connect(new Error("no"), new Error("no"), new Error("no"));
    await vi.advanceTimersByTimeAsync(1200);
    expect(offered.length).toBeGreaterThanOrEqual(2);
    const before = offered.length;
    agreed.length = 0;
    agreed.push({});
    stream.hurry();
    await vi.advanceTimersByTimeAsync(0);
    expect(offered.length).toBe(before + 1);
    expect(log.at(-1)).toBe("online");
  });

  it("that is refused is not tried again", async () => {
    await connect(new Failed("not-authorized"));
    await vi.advanceTimersByTimeAsync(120_000);
    expect(log).toEqual(["failed not-authorized"]);
    expect(offered).toHaveLength(1);
  });

  it("that another took over is not fought for", async () => {
    const s = await connect({});
    s.say(`<s:error xmlns:s="http://etherx.jabber.org/streams"><conflict xmlns="urn:ietf:params:xml:ns:xmpp-streams"/></s:error>`);
    await vi.advanceTimersByTimeAsync(60_000);
    expect(log).toEqual(["online", "failed conflict"]);
  });

  it("on which something comes that is no XML is cut", async () => {
    const s = await connect({});
    s.say("<message");
    expect(s.readyState).toBe(3);
  });
});
