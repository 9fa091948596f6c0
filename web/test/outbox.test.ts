import { describe, expect, it } from "vitest";
import { Outbox, type Waiting } from "../src/engine/outbox";
import type { Wire } from "../src/xmpp/wire";
import { el, type El } from "../src/xmpp/xml";

class Server implements Wire {
  readonly jid = "me@x/web";
  online = true;
  readonly got: string[] = [];
  acks: (() => void)[] = [];

  send(e: El, acked?: () => void): boolean {
    if (!this.online) return false;
    this.got.push(e.attr("id"));
    if (acked) this.acks.push(acked);
    return true;
  }

  ask(): Promise<El> {
    return Promise.reject(new Error("nobody answers"));
  }
}

const message = (id: string): El => el("message", "jabber:client", { id, to: "minh@x" }, el("body", "jabber:client", {}, id));

function open(ready = (_: string): boolean => true): { server: Server; box: Outbox; kept: () => Waiting[]; acked: string[] } {
  const server = new Server();
  let list: Waiting[] = [];
  const acked: string[] = [];
  const box = new Outbox(server, { ready, sent: () => undefined, acked: (_, id) => acked.push(id), changed: (l) => { list = l; } });
  return { server, box, kept: () => list, acked };
}

describe("the outbox", () => {
  it("sends at once, and forgets what the server has", () => {
    const { server, box, kept, acked } = open();
    box.submit("minh@x", message("1"));
    expect(server.got).toEqual(["1"]);
    expect(kept()).toHaveLength(1);
    server.acks.shift()?.();
    expect(acked).toEqual(["1"]);
    expect(kept()).toEqual([]);
  });

  it("waits while there is no connection, and keeps the order", () => {
    const { server, box } = open();
    server.online = false;
    for (const id of ["1", "2", "3"]) box.submit("minh@x", message(id));
    expect(server.got).toEqual([]);
    server.online = true;
    box.flush();
    box.flush();
    expect(server.got).toEqual(["1", "2", "3"]);
  });

  it("does not send again what may have arrived, until the archive was read", () => {
    const { server, box } = open();
    box.submit("minh@x", message("1"));
    box.submit("minh@x", message("2"));
    box.lost();
    box.flush();
    expect(server.got).toEqual(["1", "2"]);
    box.settle("minh@x", "1"); // the archive has it
    box.resolve("minh@x");
    expect(server.got).toEqual(["1", "2", "2"]);
  });

  it("asks the archive about everything that a page before left", () => {
    const first = open();
    first.server.online = false;
    first.box.submit("minh@x", message("1"));
    const { server, box } = open();
    box.restore(first.kept());
    box.submit("minh@x", message("2"));
    expect(server.got).toEqual([]); // 2 does not overtake 1
    box.resolve("minh@x");
    expect(server.got).toEqual(["1", "2"]);
  });

  it("looks up what another engine may have sent", () => {
    const { server, box } = open();
    box.submit("minh@x", message("1"), true);
    expect(server.got).toEqual([]);
    box.resolve("minh@x");
    expect(server.got).toEqual(["1"]);
  });

  it("does not let a conversation that waits hold up another", () => {
    const { server, box } = open((jid) => jid !== "group@x");
    box.submit("group@x", message("1"));
    box.submit("minh@x", message("2"));
    expect(server.got).toEqual(["2"]);
  });
});
