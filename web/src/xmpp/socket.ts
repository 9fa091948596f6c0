import { NS } from "./ns";
import { el, parse, type El } from "./xml";

/** Socket is a WebSocket that carries one element per message (RFC 7395). What arrives waits until it is read or a listener is set. */
export class Socket {
  private readonly waiting: El[] = [];
  private reader: { resolve(e: El): void; reject(e: Error): void } | undefined;
  private listener: ((e: El) => void) | undefined;
  private ended = false;
  private readonly ws: WebSocket;

  /** closed runs once, when nothing more comes. */
  constructor(url: string, private readonly closed: () => void) {
    this.ws = new WebSocket(url, "xmpp");
    this.ws.onmessage = (m: MessageEvent<unknown>) => this.frame(m.data);
    this.ws.onclose = () => this.end();
  }

  /** opened waits until the connection is there. */
  opened(): Promise<void> {
    return new Promise((resolve, reject) => {
      if (this.ws.readyState === WebSocket.OPEN) return resolve();
      this.ws.addEventListener("open", () => resolve());
      this.ws.addEventListener("close", () => reject(new Error("the connection failed")));
    });
  }

  send(e: El): void {
    if (this.ws.readyState === WebSocket.OPEN) this.ws.send(e.toString());
  }

  /** next waits for an element, for the time in which a stream is negotiated. */
  next(): Promise<El> {
    const e = this.waiting.shift();
    if (e) return Promise.resolve(e);
    if (this.ended) return Promise.reject(new Error("the connection ended"));
    return new Promise((resolve, reject) => { this.reader = { resolve, reject }; });
  }

  /** listen hands over all that arrives from now on. */
  listen(listener: (e: El) => void): void {
    this.listener = listener;
    for (let e = this.waiting.shift(); e; e = this.waiting.shift()) listener(e);
  }

  /** close ends the stream in order (RFC 7395 § 3.6). */
  close(): void {
    this.send(el("close", NS.framing));
    this.cut();
  }

  /** cut drops the connection, so that the session can be resumed on another. */
  cut(): void {
    this.ws.close();
    this.end(); // the close event may be a long time coming
  }

  private frame(data: unknown): void {
    if (this.ended) return;
    try {
      if (typeof data !== "string") throw new Error("a message that is no text");
      const e = parse(data);
      if (this.listener) this.listener(e);
      else if (this.reader) {
        const { resolve } = this.reader;
        this.reader = undefined;
        resolve(e);
      } else this.waiting.push(e);
    } catch (err) {
      console.error("stream:", err);
      this.cut();
    }
  }

  private end(): void {
    if (this.ended) return;
    this.ended = true;
    this.reader?.reject(new Error("the connection ended"));
    this.closed();
  }
}
