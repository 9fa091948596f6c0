import { sha1 } from "../text/sha1";
import { bare } from "../xmpp/jid";
import { NS } from "../xmpp/ns";
import type { Wire } from "../xmpp/wire";
import { el, type El } from "../xmpp/xml";
import type { Photo } from "./api";

const most = 300_000; // bytes
const atOnce = 3;
const kinds = ["image/png", "image/jpeg", "image/gif", "image/webp"]; // nothing that can hold a script

const base64 = (bytes: Uint8Array): string => btoa(Array.from(bytes, (b) => String.fromCharCode(b)).join(""));

const hex = (bytes: Uint8Array): string => Array.from(bytes, (b) => b.toString(16).padStart(2, "0")).join("");

/** Photos are the pictures of people and groups, which presence (XEP-0153) or a room (XEP-0486) announces, and cards hold. */
export class Photos {
  private readonly hashes = new Map<string, string>();
  private readonly waiting = new Map<string, string>(); // hashes by address
  private running = 0;

  constructor(private readonly wire: Wire, private readonly found: (jid: string, photo: Photo | undefined) => void) {}

  /** restore brings back what the browser kept. */
  restore(kept: ReadonlyMap<string, unknown>, show: (jid: string, photo: Photo) => void): void {
    for (const [key, value] of kept) {
      if (!key.startsWith("photo:")) continue;
      const photo = value as Photo;
      this.hashes.set(key.slice(6), photo.hash);
      show(key.slice(6), photo);
    }
  }

  /** clear forgets all: somebody signed out. */
  clear(): void {
    this.hashes.clear();
    this.waiting.clear();
  }

  /** presence looks whether somebody has another picture (XEP-0153 § 3.2). */
  presence(e: El): void {
    if (e.attr("type") !== "") return;
    const hash = e.child("x", NS.photo)?.textOf("photo");
    if (hash !== undefined) this.announced(bare(e.attr("from")), hash === "" ? [] : [hash]);
  }

  /** announced looks whether a picture is another than before. It may come in several forms, each with its hash (XEP-0486 § 5.1). */
  announced(jid: string, hashes: readonly string[]): void {
    const hash = hashes.slice(0, 8).join(" ");
    if (hash === (this.hashes.get(jid) ?? "")) return;
    this.hashes.set(jid, hash);
    if (hash === "") return this.found(jid, undefined);
    this.waiting.set(jid, hash);
    this.next();
  }

  /** own reads the picture of our own card. */
  async own(): Promise<void> {
    const jid = bare(this.wire.jid);
    const blob = await this.read("", "");
    if (!blob) return;
    const hash = hex(sha1(new Uint8Array(await blob.arrayBuffer())));
    this.hashes.set(jid, hash);
    this.found(jid, { hash, blob });
  }

  /** publish sets our picture, a PNG, or takes it away (XEP-0084 § 4.1, § 4.2, § 4.4). The server puts it on our card, too. */
  async publish(png: Blob | undefined): Promise<void> {
    const put = (node: string, id: string | undefined, payload: El): Promise<El> => this.wire.ask("set", undefined,
      el("pubsub", NS.pubsub, {}, el("publish", NS.pubsub, { node }, el("item", NS.pubsub, { id }, payload))));
    if (!png) {
      await put(NS.avatarMeta, undefined, el("metadata", NS.avatarMeta));
      return this.found(bare(this.wire.jid), undefined);
    }
    const bytes = new Uint8Array(await png.arrayBuffer());
    const hash = hex(sha1(bytes));
    const size = new DataView(bytes.buffer); // of a PNG: width and height stand at 16 and 20
    await put(NS.avatarData, hash, el("data", NS.avatarData, {}, base64(bytes)));
    await put(NS.avatarMeta, hash, el("metadata", NS.avatarMeta, {}, el("info", NS.avatarMeta, {
      id: hash, type: "image/png", bytes: String(bytes.length), width: String(size.getUint32(16)), height: String(size.getUint32(20)),
    })));
    this.hashes.set(bare(this.wire.jid), hash);
    this.found(bare(this.wire.jid), { hash, blob: png });
  }

  /** portray gives a group a picture, a PNG, or takes it away (XEP-0486 § 3.2). The room tells everybody of it. */
  async portray(room: string, png: Blob | undefined): Promise<void> {
    const text = png && base64(new Uint8Array(await png.arrayBuffer()));
    await this.wire.ask("set", room, el("vCard", NS.vcard, {}, text !== undefined &&
      el("PHOTO", NS.vcard, {}, el("TYPE", NS.vcard, {}, "image/png"), el("BINVAL", NS.vcard, {}, text))));
  }

  private next(): void {
    for (const [jid, hash] of this.waiting) {
      if (this.running >= atOnce) return;
      this.waiting.delete(jid);
      this.running++;
      this.read(jid, hash).then((blob) => { if (blob) this.found(jid, { hash, blob }); }, () => this.hashes.delete(jid))
        .finally(() => { this.running--; this.next(); });
    }
  }

  /** read reads the picture of a card, the first form that can be shown; with hashes, only of those. "" is our own card. */
  private async read(jid: string, hashes: string): Promise<Blob | undefined> {
    const card = (await this.wire.ask("get", jid || undefined, el("vCard", NS.vcard))).child("vCard", NS.vcard);
    for (const photo of card?.elements("PHOTO").slice(0, 8) ?? []) {
      const text = (photo.textOf("BINVAL") ?? "").replace(/\s/g, "");
      const type = photo.textOf("TYPE") ?? "";
      if (text === "" || text.length > most * 1.4 || !kinds.includes(type)) continue;
      const bytes = Uint8Array.from(atob(text), (c) => c.charCodeAt(0));
      if (hashes === "" || hashes.split(" ").includes(hex(sha1(bytes)))) return new Blob([bytes], { type });
    }
    return undefined;
  }
}
