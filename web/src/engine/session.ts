import { info } from "../xmpp/caps";
import { bare } from "../xmpp/jid";
import { NS } from "../xmpp/ns";
import type { Wire } from "../xmpp/wire";
import { el, type El } from "../xmpp/xml";
import { ownName } from "./directory";
import type { History } from "./history";
import type { Inbox } from "./inbox";
import type { People } from "./people";
import type { Photos } from "./photos";
import type { Presence } from "./presence";
import type { Rooms } from "./rooms";
import type { Uploads } from "./uploads";

/** SessionParts is what learns something when a session begins. */
export interface SessionParts {
  wire: Wire;
  people: People;
  presence: Presence;
  rooms: Rooms;
  inbox: Inbox;
  history: History;
  photos: Photos;
  uploads: Uploads;
  /** named: so the administrator, or our card, calls us. */
  named(name: string): void;
  /** ready: contacts and groups are there. */
  ready(): void;
  /** changed: of what me says. */
  changed(): void;
}

const node = (name: string): El => el("pubsub", NS.pubsub, {}, el("items", NS.pubsub, { node: name }));
const items = (answer: El | undefined): El[] => answer?.child("pubsub", NS.pubsub)?.child("items")?.elements("item") ?? [];
const quietly = (p: Promise<unknown>): void => void p.catch((err: unknown) => console.warn("session:", err));

/** begin asks for everything that a new session needs. */
export async function begin(p: SessionParts): Promise<void> {
  try {
    quietly(p.wire.ask("set", undefined, el("enable", NS.carbons)));
    const roster = p.wire.ask("get", undefined, el("query", NS.roster));
    const name = ownName(p.wire).catch(() => "");
    const read = p.wire.ask("get", undefined, node(NS.displayed)).catch(() => undefined);
    const bookmarks = p.wire.ask("get", undefined, node(NS.bookmarks)).catch(() => undefined);
    const query = (await roster).child("query", NS.roster);
    if (query) p.people.roster(query);
    p.presence.say();
    for (const item of items(await read)) p.inbox.displayed(item);
    p.named(await name);
    const groups = await bookmarks;
    p.ready();
    if (groups) p.rooms.bookmarks(items(groups));
    p.changed();
    quietly(p.history.catchUp(bare(p.wire.jid)));
    quietly(p.photos.own());
    await p.uploads.discover();
    p.changed();
  } catch (err) {
    console.warn("session:", err); // it was lost meanwhile, or the next one does better
  }
}

/** answer answers a request of others; undefined refuses it. */
export function answer(e: El, me: string, people: People): El | "empty" | undefined {
  const [payload] = e.elements();
  const mine = e.attr("from") === "" || e.attr("from") === me;
  if (payload?.ns === NS.roster && mine && e.attr("type") === "set") { // RFC 6121 § 2.1.6: nobody else may push
    people.push(payload);
    return "empty";
  }
  if (e.attr("type") !== "get") return undefined;
  if (payload?.ns === NS.discoInfo) return info(payload);
  if (payload?.ns === NS.ping) return "empty";
  if (payload?.ns === NS.version) return el("query", NS.version, {}, el("name", NS.version, {}, "Myna"), el("version", NS.version, {}, "web"));
  return undefined;
}
