// The engine in a browser without shared workers.
import { newID } from "../xmpp/id";
import type { Command, Update } from "./api";
import { Engine } from "./engine";
import type { Port } from "./hub";
import { Shared } from "./share";

/** Way is how a page speaks to the engine. */
export interface Way {
  tell(c: Command): void;
}

/** alone opens the way to the engine. url is of the WebSocket. */
export async function alone(url: string, take: (u: Update) => void): Promise<Way> {
  const start = async (): Promise<Engine> => {
    const engine = await Engine.start(url);
    window.addEventListener("online", () => engine.wake());
    return engine;
  };
  if ("locks" in navigator && typeof BroadcastChannel !== "undefined") {
    return new Shared({ page: newID(), channel: new BroadcastChannel("myna"), locks: navigator.locks, start, take });
  }
  const engine = await start(); // a browser of long ago: each page is on its own
  const { port1, port2 } = new MessageChannel();
  engine.attach(port1 as unknown as Port);
  port2.onmessage = (m: MessageEvent<Update>) => take(m.data);
  return { tell: (c) => port2.postMessage(c) };
}
