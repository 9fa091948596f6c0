import { afterEach, beforeEach, expect, it, vi } from "vitest";
import type { Command, Me, Update } from "../src/engine/api";
import { Engine } from "../src/engine/engine";
import type { Port } from "../src/engine/hub";

const sessions = vi.hoisted(() => ({ begun: 0 }));
vi.mock(import("../src/xmpp/negotiate"), async (original) => ({
  ...(await original()),
  negotiate: async (_s, c) => {
    sessions.begun++;
    return { jid: c.jid, key: undefined, resumed: undefined, resumable: undefined, managed: false };
  },
}));

class FakeWebSocket {
  static readonly OPEN = 1;
  readyState = 1;
  send(): void {}
  close(): void { this.readyState = 3; }
}

/** Window is a page that shows the chat. */
class Window implements Port {
  me: Me | undefined;
  onmessage: ((m: MessageEvent<Command>) => void) | null = null;

  postMessage(u: Update): void {
    if (u.t === "me") this.me = u.me;
  }

  say(c: Command): void {
    this.onmessage?.({ data: c } as MessageEvent<Command>);
  }
}

let engine: Engine;

beforeEach(async () => {
  vi.stubGlobal("WebSocket", FakeWebSocket);
  vi.spyOn(console, "warn").mockImplementation(() => undefined); // nobody answers what a session asks
  sessions.begun = 0;
  engine = await Engine.start("ws://x");
});

afterEach(() => {
  engine.close();
  vi.unstubAllGlobals();
  vi.restoreAllMocks();
});

it("a window that opens while the last one closes has a session", async () => {
  const [first, second] = [new Window(), new Window()];
  engine.attach(first);
  expect(first.me?.phase).toBe("out");
  first.say({ t: "signIn", jid: "lan@x", password: "p", keep: false });
  await vi.waitFor(() => expect(first.me).toMatchObject({ phase: "online", jid: "lan@x" }));
  first.say({ t: "bye" });
  engine.attach(second);
  await vi.waitFor(() => expect(sessions.begun).toBe(2));
  await vi.waitFor(() => expect(second.me?.phase).toBe("online"));
});
