import type { El } from "./xml";

/** Wire is what the engine's parts need of a stream. Tests give them a fake one. */
export interface Wire {
  /** jid is the full address of the session, "" before there is one. */
  readonly jid: string;
  /** online tells whether what is sent goes out now. */
  readonly online: boolean;
  /** send returns false when there is no session that it could go into: nothing was sent. */
  send(e: El, acked?: () => void): boolean;
  /** ask sends a request and waits for the answer; it throws a StanzaError. */
  ask(type: "get" | "set", to: string | undefined, payload: El): Promise<El>;
}

/** StanzaError is what an error stanza says (RFC 6120 § 8.3). */
export class StanzaError extends Error {
  constructor(readonly condition: string, readonly text: string, readonly payload?: El) {
    super(text || condition);
  }
}
