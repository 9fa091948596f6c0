import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { Uploads } from "../src/engine/uploads";
import type { El } from "../src/xmpp/xml";
import { FakeWire } from "./wire";

class FakeXHR {
  static readonly all: FakeXHR[] = [];
  readonly upload: { onprogress?: (e: { loaded: number }) => void } = {};
  readonly headers: [string, string][] = [];
  status = 0;
  opened = "";
  sent = false;
  onload?: () => void;
  onerror?: () => void;
  onabort?: () => void;

  constructor() { FakeXHR.all.push(this); }
  open(method: string, url: string): void { this.opened = `${method} ${url}`; }
  setRequestHeader(name: string, value: string): void { this.headers.push([name, value]); }
  send(): void { this.sent = true; }
  abort(): void { this.onabort?.(); }
  end(status: number): void { this.status = status; this.onload?.(); }
}

const file = { name: "a.pdf", size: 10, type: "application/pdf" } as File;
const slot = `<slot xmlns="urn:xmpp:http:upload:0"><put url="https://x/put"><header name="Authorization">Basic x</header><header name="X-Evil">1</header></put><get url="https://x/get"/></slot>`;

/** open is a service that gives slots when it is told to. */
async function open(): Promise<{ uploads: Uploads; give: () => void }> {
  const wire = new FakeWire();
  wire.answer = (payload: El, to) => {
    if (payload.ns.endsWith("#items")) return `<query xmlns="http://jabber.org/protocol/disco#items"><item jid="upload.x"/></query>`;
    if (payload.ns.endsWith("#info")) return to === "upload.x" ? `<query xmlns="http://jabber.org/protocol/disco#info"><feature var="urn:xmpp:http:upload:0"/></query>` : undefined;
    return slot;
  };
  const uploads = new Uploads(wire);
  await uploads.discover();
  let give = (): void => undefined;
  const waiting = new Promise<void>((resolve) => { give = resolve; });
  const ask = wire.ask.bind(wire);
  wire.ask = async (...args) => {
    await waiting;
    return ask(...args);
  };
  return { uploads, give };
}

beforeEach(() => {
  FakeXHR.all.length = 0;
  vi.stubGlobal("XMLHttpRequest", FakeXHR);
});

afterEach(() => vi.unstubAllGlobals());

it("a file goes where the service says, with the headers that it may ask for", async () => {
  const { uploads, give } = await open();
  const progress: number[] = [];
  const sending = uploads.send("k", file, (n) => progress.push(n));
  give();
  await vi.waitFor(() => expect(FakeXHR.all[0]?.sent).toBe(true));
  const [xhr] = FakeXHR.all;
  xhr?.upload.onprogress?.({ loaded: 5 });
  xhr?.end(201);
  expect(await sending).toBe("https://x/get");
  expect([xhr?.opened, xhr?.headers, progress]).toEqual(["PUT https://x/put", [["Content-Type", "application/pdf"], ["Authorization", "Basic x"]], [5]]);
});

it("one that is stopped before there is a place for it is not sent at all", async () => {
  const { uploads, give } = await open();
  const sending = uploads.send("k", file, () => undefined).catch((e: { condition: string }) => e.condition);
  uploads.cancel("k");
  give();
  expect(await sending).toBe("cancelled");
  expect(FakeXHR.all).toEqual([]);
});

it("one that is stopped on its way ends; one that the server refuses says by what", async () => {
  const { uploads, give } = await open();
  give();
  const condition = async (end: (x: FakeXHR) => void): Promise<string> => {
    const n = FakeXHR.all.length;
    const sending = uploads.send("k", file, () => undefined).catch((e: { condition: string }) => e.condition);
    await vi.waitFor(() => expect(FakeXHR.all[n]?.sent).toBe(true));
    end(FakeXHR.all[n] as FakeXHR);
    return sending;
  };
  expect(await condition(() => uploads.cancel("k"))).toBe("cancelled");
  expect(await condition((x) => x.end(507))).toBe("http-507");
  expect(await condition((x) => x.onerror?.())).toBe("network");
});
