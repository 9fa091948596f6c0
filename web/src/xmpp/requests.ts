import { errorOf } from "./errors";
import { newID } from "./id";
import { bare } from "./jid";
import { NS } from "./ns";
import { StanzaError } from "./wire";
import { el, type El } from "./xml";

const answerTime = 60_000; // ms

interface Pending {
  to: string; // "": our own account
  resolve(e: El): void;
  reject(e: StanzaError): void;
  timer: ReturnType<typeof setTimeout>;
}

/** Requests are the questions that wait for their answers. */
export class Requests {
  private readonly pending = new Map<string, Pending>();

  /** make returns a question and the promise of its answer. me is the bare address of our account. */
  make(type: "get" | "set", to: string | undefined, payload: El, me: string): { stanza: El; answer: Promise<El> } {
    const id = newID();
    const answer = new Promise<El>((resolve, reject) => {
      const timer = setTimeout(() => {
        this.pending.delete(id);
        reject(new StanzaError("remote-server-timeout", ""));
      }, answerTime);
      this.pending.set(id, { to: !to || to === me ? "" : to, resolve, reject, timer });
    });
    return { stanza: el("iq", NS.client, { type, id, to }, payload), answer };
  }

  /** answered takes an answer; one from somebody else than was asked is none (RFC 6120 § 8.1.2.1). */
  answered(e: El, me: string): void {
    const p = this.pending.get(e.attr("id"));
    const from = e.attr("from");
    if (!p || (p.to === "" ? from !== "" && bare(from) !== me : from !== p.to)) return;
    this.pending.delete(e.attr("id"));
    clearTimeout(p.timer);
    if (e.attr("type") === "result") p.resolve(e);
    else p.reject(errorOf(e));
  }

  /** failAll ends all waiting: the session is gone. */
  failAll(): void {
    for (const p of this.pending.values()) {
      clearTimeout(p.timer);
      p.reject(new StanzaError("offline", ""));
    }
    this.pending.clear();
  }
}
