import type { Command, Update } from "../engine/api";
import workerURL from "../engine/worker?sharedworker&url";

// The way to the engine: a shared worker, so that all windows share one connection; where there is none, the engine runs in the
// page.

interface Policy {
  createScriptURL(url: string): string;
}

declare global {
  interface Window {
    trustedTypes?: { createPolicy(name: string, rules: { createScriptURL(url: string): string }): Policy };
  }
}

let port: MessagePort | undefined;

/** connect opens the way. */
export async function connect(take: (u: Update) => void): Promise<void> {
  port = await opened();
  port.onmessage = (m: MessageEvent<Update>) => take(m.data);
  window.addEventListener("pagehide", () => tell({ t: "bye" }));
  window.addEventListener("pageshow", (e) => { if (e.persisted) location.reload(); }); // it was frozen, and has said goodbye
}

async function opened(): Promise<MessagePort> {
  if (typeof SharedWorker !== "undefined") {
    // The policy lets this page start our worker and nothing else.
    const policy = window.trustedTypes?.createPolicy("myna", { createScriptURL: (url) => {
      if (url !== workerURL) throw new TypeError("not our worker");
      return url;
    } });
    const worker = new SharedWorker(policy ? policy.createScriptURL(workerURL) : workerURL, { type: "module", name: "myna" });
    return worker.port;
  }
  const { Engine } = await import("../engine/engine");
  const engine = await Engine.start(`${location.origin.replace(/^http/, "ws")}/xmpp-websocket`);
  window.addEventListener("online", () => engine.wake());
  const { port1, port2 } = new MessageChannel();
  engine.attach(port1);
  return port2;
}

/** tell asks something of the engine. */
export function tell(c: Command): void {
  port?.postMessage(c);
}
