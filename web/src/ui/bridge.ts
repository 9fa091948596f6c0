import type { Way } from "../engine/alone";
import type { Command, Update } from "../engine/api";
import workerURL from "../engine/worker?sharedworker&url";

// The way to the engine: a shared worker, so that all windows share one connection; where there are none, the engine runs in one of the
// pages.

interface Policy {
  createScriptURL(url: string): string;
}

declare global {
  interface Window {
    trustedTypes?: { createPolicy(name: string, rules: { createScriptURL(url: string): string }): Policy };
  }
}

let way: Way | undefined;

/** connect opens the way. */
export async function connect(take: (u: Update) => void): Promise<void> {
  way = await opened(take);
  window.addEventListener("pagehide", () => tell({ t: "bye" }));
  window.addEventListener("pageshow", (e) => { if (e.persisted) location.reload(); }); // it was frozen, and has said goodbye
}

async function opened(take: (u: Update) => void): Promise<Way> {
  if (typeof SharedWorker !== "undefined") {
    // The policy lets this page start our worker and nothing else.
    const policy = window.trustedTypes?.createPolicy("myna", { createScriptURL: (url) => {
      if (url !== workerURL) throw new TypeError("not our worker");
      return url;
    } });
    const { port } = new SharedWorker(policy ? policy.createScriptURL(workerURL) : workerURL, { type: "module", name: "myna" });
    port.onmessage = (m: MessageEvent<Update>) => take(m.data);
    return { tell: (c) => port.postMessage(c) };
  }
  const { alone } = await import("../engine/alone");
  return alone(`${location.origin.replace(/^http/, "ws")}/xmpp-websocket`, take);
}

/** tell asks something of the engine. */
export function tell(c: Command): void {
  way?.tell(c);
}
