import { bare, local, resource } from "../xmpp/jid";
import { NS } from "../xmpp/ns";
import type { El } from "../xmpp/xml";
import type { Asking, Person, Photo, Status } from "./api";

const mostAsking = 50; // strangers may send as many as they like

/** statusOf translates the show of a presence. */
export function statusOf(show: string): Status {
  return show === "dnd" ? "dnd" : show === "away" || show === "xa" ? "away" : "available";
}

/** best is the status of somebody with several devices: Do Not Disturb wins, then whoever is there. */
export function best(all: Iterable<Status>): Status {
  const seen = new Set(all);
  return (["dnd", "available", "away"] as const).find((s) => seen.has(s)) ?? "offline";
}

interface Device {
  status: Status;
  note: string;
}

/** People are the contacts and their presence. */
export class People {
  readonly all = new Map<string, Person>();
  readonly asking = new Map<string, Asking>(); // who wants to be a contact (RFC 6121 § 3.1.3)
  private readonly devices = new Map<string, Map<string, Device>>();

  /** changed is told of everybody who is another than before, or gone. */
  constructor(private readonly changed: (jid: string) => void, private readonly askingChanged: () => void = () => undefined) {}

  /** name is how somebody is called: as the contact list says, or by the local part of the address. */
  name(jid: string): string {
    return this.all.get(bare(jid))?.name || local(jid) || bare(jid);
  }

  /** status of a contact. */
  status(jid: string): Status {
    return best([...(this.devices.get(bare(jid))?.values() ?? [])].map((d) => d.status));
  }

  /** restore shows the people of the last session until the server tells of its own. */
  restore(list: readonly Person[]): void {
    for (const p of list) this.all.set(p.jid, { ...p, status: "offline", note: "" });
  }

  /** roster takes the whole contact list (RFC 6121 § 2.1.4). */
  roster(query: El): void {
    const before = new Set(this.all.keys());
    for (const item of query.elements("item", NS.roster)) before.delete(this.put(item));
    for (const jid of before) this.remove(jid);
  }

  /** push takes a change of the contact list (RFC 6121 § 2.1.6). */
  push(query: El): void {
    for (const item of query.elements("item", NS.roster)) this.put(item);
  }

  private put(item: El): string {
    const jid = bare(item.attr("jid"));
    if (!jid.includes("@")) return jid;
    if (item.attr("subscription") === "remove") {
      this.remove(jid);
      return jid;
    }
    const groups = item.elements("group", NS.roster).map((g) => g.text.normalize("NFC"));
    this.all.set(jid, { jid, name: (item.attr("name") || local(jid)).normalize("NFC"), groups, photo: this.all.get(jid)?.photo, ...this.now(jid) });
    this.changed(jid);
    return jid;
  }

  private remove(jid: string): void {
    this.all.delete(jid);
    this.devices.delete(jid);
    this.changed(jid);
  }

  private now(jid: string): Device {
    const status = this.status(jid);
    const note = [...(this.devices.get(jid)?.values() ?? [])].find((d) => d.status === status && d.note !== "")?.note ?? "";
    return { status, note };
  }

  /** presence takes the presence of a contact's device; it returns whether that was one. */
  presence(e: El): void {
    const type = e.attr("type");
    if (type === "subscribe" || type === "unsubscribe") return this.asked(e, type === "subscribe");
    if (type !== "" && type !== "unavailable" && type !== "error") return;
    const jid = bare(e.attr("from"));
    const devices = this.devices.get(jid) ?? new Map<string, Device>();
    if (type === "") {
      const note = (e.textOf("status", NS.client) ?? "").slice(0, 200);
      devices.set(resource(e.attr("from")), { status: statusOf(e.textOf("show", NS.client) ?? ""), note });
    } else if (resource(e.attr("from")) === "" || type === "error") devices.clear();
    else devices.delete(resource(e.attr("from")));
    if (devices.size > 0) this.devices.set(jid, devices);
    else this.devices.delete(jid);
    const p = this.all.get(jid);
    if (!p) return;
    this.all.set(jid, { ...p, ...this.now(jid) });
    this.changed(jid);
  }

  private asked(e: El, wants: boolean): void {
    const jid = bare(e.attr("from"));
    if (!jid.includes("@")) return;
    if (wants && this.asking.size < mostAsking) this.asking.set(jid, { jid, name: (e.textOf("nick", NS.nick) ?? "").normalize("NFC").slice(0, 100) });
    else this.asking.delete(jid);
    this.askingChanged();
  }

  /** photo gives somebody a face, or takes it. */
  photo(jid: string, photo: Photo | undefined): void {
    const p = this.all.get(jid);
    if (!p || p.photo === photo) return;
    this.all.set(jid, { ...p, photo });
    this.changed(jid);
  }

  /** clear forgets everybody: somebody signed out. */
  clear(): void {
    this.all.clear();
    this.devices.clear();
    this.asking.clear();
  }

  /** allOffline forgets presence: the session that told of it is over. */
  allOffline(): void {
    const online = [...this.devices.keys()];
    this.devices.clear();
    for (const jid of online) {
      const p = this.all.get(jid);
      if (p) this.all.set(jid, { ...p, status: "offline", note: "" });
      this.changed(jid);
    }
  }
}
