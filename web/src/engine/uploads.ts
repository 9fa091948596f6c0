import { domain } from "../xmpp/jid";
import { NS } from "../xmpp/ns";
import { StanzaError, type Wire } from "../xmpp/wire";
import { el } from "../xmpp/xml";
import { safe } from "../text/links";

/** Uploads brings files to the server (XEP-0363). */
export class Uploads {
  max = 0; // bytes; 0: there is no service
  private service = "";
  private readonly running = new Map<string, XMLHttpRequest | undefined>(); // undefined: it is asked where to

  constructor(private readonly wire: Wire) {}

  /** discover looks for the service among what the server has (XEP-0363 § 4). */
  async discover(): Promise<void> {
    const host = domain(this.wire.jid);
    const items = (await this.wire.ask("get", host, el("query", NS.discoItems))).child("query")?.elements("item") ?? [];
    for (const jid of [host, ...items.map((i) => i.attr("jid"))].slice(0, 30)) {
      try {
        const q = (await this.wire.ask("get", jid, el("query", NS.discoInfo))).child("query", NS.discoInfo);
        if (!q?.elements("feature").some((f) => f.attr("var") === NS.upload)) continue;
        const field = q.child("x", NS.form)?.elements("field").find((f) => f.attr("var") === "max-file-size");
        this.service = jid;
        this.max = Number(field?.textOf("value")) || Number.MAX_SAFE_INTEGER;
        return;
      } catch { // another one may have it
      }
    }
  }

  /** send brings a file to the server and returns its address. It throws a StanzaError; "cancelled" for one that was stopped. */
  async send(key: string, file: File, progress: (sent: number) => void): Promise<string> {
    if (this.service === "") throw new StanzaError("service-unavailable", "");
    this.running.set(key, undefined);
    try {
      return await this.bring(key, file, progress);
    } finally {
      this.running.delete(key);
    }
  }

  private async bring(key: string, file: File, progress: (sent: number) => void): Promise<string> {
    const type = file.type || "application/octet-stream";
    const answer = await this.wire.ask("get", this.service,
      el("request", NS.upload, { filename: file.name.normalize("NFC") || "file", size: String(file.size), "content-type": type }));
    if (!this.running.has(key)) throw new StanzaError("cancelled", ""); // meanwhile
    const slot = answer.child("slot", NS.upload);
    const put = safe(slot?.child("put")?.attr("url") ?? "");
    const get = safe(slot?.child("get")?.attr("url") ?? "");
    if (!put || !get) throw new StanzaError("undefined-condition", "");
    await new Promise<void>((resolve, reject) => {
      const r = new XMLHttpRequest();
      this.running.set(key, r);
      r.upload.onprogress = (e) => progress(e.loaded);
      r.onload = () => (r.status >= 200 && r.status < 300 ? resolve() : reject(new StanzaError(`http-${r.status}`, "")));
      r.onerror = () => reject(new StanzaError("network", ""));
      r.onabort = () => reject(new StanzaError("cancelled", ""));
      r.open("PUT", put);
      r.setRequestHeader("Content-Type", type);
      for (const h of slot?.child("put")?.elements("header") ?? []) { // § 5: nothing but these three
        if (/^(authorization|cookie|expires)$/i.test(h.attr("name"))) r.setRequestHeader(h.attr("name"), h.text.replace(/[\r\n]/g, ""));
      }
      r.send(file);
    });
    return get;
  }

  /** cancel stops a file that is under way. */
  cancel(key: string): void {
    const r = this.running.get(key);
    this.running.delete(key);
    r?.abort();
  }
}
