import { computed, effect, signal, type Signal } from "@preact/signals";
import type { Chat, Found, Hit, Line, Lines, Me, Occupant, Person, Update } from "../engine/api";
import { fold, matches } from "../text/fold";
import { alerted } from "./alerts";
import { tell } from "./bridge";
import { Log } from "./log";

/** me is who is signed in. */
export const me = signal<Me>({
  phase: "starting", jid: "", name: "", status: "available", retryAt: 0, problem: "", waiting: 0, ready: false, maxFile: 0, vouched: false, photo: undefined, asking: [],
});

/** people are the contacts, by address. */
export const people = signal<ReadonlyMap<string, Person>>(new Map());

/** chats are the conversations and groups, by address. */
export const chats = signal<ReadonlyMap<string, Chat>>(new Map());

/** current is the address of the conversation that is shown, "" for none. */
export const current = signal("");

/** log are the lines of the conversation that is shown. */
export const log = signal(new Log());

/** occupants are who is in the group that is shown. */
export const occupants = signal<readonly Occupant[]>([]);

/** query is what is searched. */
export const query = signal("");

/** found is who the server found for a query. */
export const found = signal<{ query: string; people: readonly Found[] }>({ query: "", people: [] });

/** hits are the messages that the server found in a conversation. */
export const hits = signal<{ jid: string; words: string; hits: readonly Hit[] }>({ jid: "", words: "", hits: [] });

/** trouble is what was refused last, and in which conversation. */
export const trouble = signal({ jid: "", problem: "" });

/** choosing is for whom a photo is looked for: "" for the user, else a group; undefined: nobody. */
export const choosing = signal<string | undefined>(undefined);

/** Tab is one of the lists. */
export type Tab = "recent" | "groups" | "directory";

/** tab is the list that is shown. */
export const tab = signal<Tab>("recent");

/** take takes what the engine tells. */
export function take(u: Update): void {
  switch (u.t) {
    case "me": me.value = u.me; return;
    case "people": put(people, u, (p) => p.jid); return;
    case "chats": put(chats, u, (c) => c.jid); return;
    case "lines": lines(u.lines); return;
    case "occupants": if (u.jid === current.value) occupants.value = u.list; return;
    case "found": found.value = u; return;
    case "hits": hits.value = u; return;
    case "alert": alerted(u.jid, u.line, u.how); return;
    case "trouble": trouble.value = u;
  }
}

function put<T>(into: Signal<ReadonlyMap<string, T>>, u: { reset: boolean; put: readonly T[]; gone: readonly string[] }, key: (v: T) => string): void {
  const next = new Map(u.reset ? [] : into.value);
  for (const v of u.put) next.set(key(v), v);
  for (const k of u.gone) next.delete(k);
  into.value = next;
}

function lines(l: Lines): void {
  if (l.jid === current.value) log.value = log.value.with(l);
}

/** personal tells people and groups from our domain, in whose name administrators speak, and whom nobody writes to. */
export const personal = (jid: string): boolean => jid.includes("@");

/** open shows a conversation. The address is in the page's, so that Back goes back. */
export function open(jid: string): void {
  if (jid !== current.value) location.hash = jid === "" ? "" : `#${encodeURIComponent(personal(jid) ? jid : `@${jid}`)}`;
}

function route(): void {
  let jid = "";
  try {
    jid = decodeURIComponent(location.hash.slice(1));
  } catch { // somebody else's hash
  }
  if (!personal(jid)) jid = "";
  if (jid.startsWith("@")) jid = jid.slice(1); // the domain
  if (jid === current.value) return;
  if (current.value !== "") tell({ t: "close", jid: current.value });
  log.value = new Log();
  occupants.value = [];
  current.value = jid;
}

/** begin follows the page's address, and asks for what is shown. */
export function begin(): void {
  window.addEventListener("hashchange", route);
  route();
  effect(() => { // also when somebody signed in
    if (me.value.jid === "" || current.value === "") asked = "";
    else shown(current.value, me.value.jid);
  });
}

let asked = "";

function shown(jid: string, account: string): void {
  const id = `${account} ${jid}`;
  if (id === asked) return;
  asked = id;
  tell({ t: "open", jid });
}

/** nameOf is how somebody is called: as the contact list says. A stranger of another domain has nothing but the whole address. */
export function nameOf(jid: string): string {
  const [local = jid, domain] = jid.split("@");
  return people.value.get(jid)?.name ?? (domain === me.value.jid.split("@")[1] ? local : jid);
}

/** titleOf is how a conversation is called. */
export function titleOf(c: Chat): string {
  return c.group ? c.name : nameOf(c.jid);
}

/** authorOf is how the author of a line is called. */
export function authorOf(line: Pick<Line, "author">, group: boolean): string {
  return group ? line.author : nameOf(line.author);
}

/** unread is the number on the icon: of conversations that are not muted, and of those where we are named. */
export const unread = computed(() => {
  let n = 0;
  for (const c of chats.value.values()) if (!c.muted || c.mentioned) n += c.unread;
  return n;
});

const folded = new WeakMap<Person, string>();

function foldedOf(p: Person): string {
  let f = folded.get(p);
  if (f === undefined) folded.set(p, f = fold([p.name, p.jid, ...p.groups].join(" ")));
  return f;
}

const keys = new Map<string, string>();

/** keyOf is what names are ordered by, đ behind d: comparing these is much quicker than comparing as the language does. */
function keyOf(name: string): string {
  let k = keys.get(name);
  if (k === undefined) keys.set(name, k = fold(name.toLowerCase().replace(/đ/g, "d\u02ff")));
  return k;
}

const compare = new Intl.Collator(["vi", "en"], { sensitivity: "base" }).compare;

const byKey = (a: string, b: string): number => (keyOf(a) < keyOf(b) ? -1 : keyOf(a) > keyOf(b) ? 1 : 0);

/** directory are all people but ourselves that match what is searched, who is online first. */
export const directory = computed(() => {
  const q = fold(query.value);
  const self = me.value.jid;
  const list = [...people.value.values()].filter((p) => p.jid !== self && (q === "" || matches(foldedOf(p), q)));
  return list.sort((a, b) => Number(a.status === "offline") - Number(b.status === "offline") || byKey(a.name, b.name));
});

/** recent are the conversations in which something happened, the newest first. */
export const recent = computed(() => [...chats.value.values()].filter((c) => c.listed && (!c.group || c.at > 0)).sort((a, b) => b.at - a.at));

/** groups are all groups that match what is searched, by name. */
export const groups = computed(() => searched([...chats.value.values()].filter((c) => c.group)).sort((a, b) => compare(a.name, b.name)));

function searched(list: Chat[]): Chat[] {
  const q = fold(query.value);
  return q === "" ? list : list.filter((c) => matches(fold(`${titleOf(c)} ${c.jid}`), q));
}
