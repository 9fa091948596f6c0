// The engine in a shared worker: one connection for all windows of a browser.
import { Engine } from "./engine";
import type { Port } from "./hub";

const scope = self as unknown as { onconnect: ((e: MessageEvent) => void) | null; location: Location };
const engine = Engine.start(`${scope.location.origin.replace(/^http/, "ws")}/xmpp-websocket`);
void engine.then((e) => self.addEventListener("online", () => e.wake()));
scope.onconnect = (e) => {
  const port = e.ports[0];
  if (port) void engine.then((x) => x.attach(port as unknown as Port));
};
