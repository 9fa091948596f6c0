import type { Alerting, Attention, Chat, Command, Line, Me, Occupant, Person, Update } from "./api";

/** Port is the engine's end of the way to a page. */
export interface Port {
  postMessage(u: Update): void;
  onmessage: ((m: MessageEvent<Command>) => void) | null;
}

/** Page is one window that shows the chat. */
export interface Page extends Attention {
  port: Port;
  open: Set<string>; // conversations that it shows
  at: number; // when the user turned to it last, or away: the page with the highest one was the last
}

/** Views is where the hub gets what it tells. */
export interface Views {
  me(): Me;
  person(jid: string): Person | undefined;
  people(): Iterable<Person>;
  chat(jid: string): Chat | undefined;
  chats(): Iterable<Chat>;
  lines(jid: string): readonly Line[];
  line(jid: string, key: string): Line | undefined;
  standing(jid: string): { complete: boolean; loading: boolean; newAfter: number };
  occupants(jid: string): readonly Occupant[];
}

const pause = 16; // ms in which changes are gathered
const peoplePause = 150; // likewise of people, of whom thousands may come online at once

/** Hub tells all pages what changed, many changes at once. */
export class Hub {
  readonly pages = new Set<Page>();
  private me = false;
  private readonly people = new Set<string>();
  private readonly chats = new Set<string>();
  private readonly occupants = new Set<string>();
  private readonly lines = new Map<string, { put: Set<string>; gone: Set<string> }>();
  private timer: ReturnType<typeof setTimeout> | undefined;
  private peopleTimer: ReturnType<typeof setTimeout> | undefined;
  private turns = 0; // counts how often the user has turned to a page, or away
  private peopleAt = 0; // when people were told last

  constructor(private readonly views: Views) {}

  /** attach tells a new page everything. */
  attach(port: Port): Page {
    const page: Page = { port, open: new Set(), active: false, focused: false, notifies: false, at: 0 };
    this.pages.add(page);
    this.tell(page);
    return page;
  }

  /** tellAll tells every page everything: another account is signed in, or none. */
  tellAll(): void {
    for (const page of this.pages) {
      page.open.clear();
      this.tell(page);
    }
  }

  private tell(page: Page): void {
    page.port.postMessage({ t: "people", reset: true, put: [...this.views.people()], gone: [] });
    page.port.postMessage({ t: "chats", reset: true, put: [...this.views.chats()], gone: [] });
    page.port.postMessage({ t: "me", me: this.views.me() });
  }

  /** attention notes how much of the user's attention a page has. */
  attention(page: Page, { active, focused, notifies }: Attention): void {
    const turned = active !== page.active || focused !== page.focused;
    Object.assign(page, { active, focused, notifies, at: turned ? ++this.turns : page.at });
  }

  /** alert has the pages tell of a message. */
  alert(jid: string, line: Line): void {
    for (const [page, how] of alerting(this.pages, jid)) page.port.postMessage({ t: "alert", jid, line, how });
  }

  /** show begins to tell a page of a conversation. */
  show(page: Page, jid: string): void {
    page.open.add(jid);
    page.port.postMessage({ t: "lines", lines: { jid, reset: true, put: this.views.lines(jid), gone: [], ...this.views.standing(jid) } });
    page.port.postMessage({ t: "occupants", jid, list: this.views.occupants(jid) });
  }

  meChanged(): void {
    this.me = true;
    this.soon();
  }

  personChanged(jid: string): void {
    this.people.add(jid);
    this.peopleTimer ??= setTimeout(() => this.flushPeople(), this.peopleAt + peoplePause < Date.now() ? pause : peoplePause);
  }

  private flushPeople(): void {
    this.peopleTimer = undefined;
    this.peopleAt = Date.now();
    const update: Update = { t: "people", reset: false, ...split([...this.people], (jid) => this.views.person(jid)) };
    this.people.clear();
    for (const page of this.pages) page.port.postMessage(update);
  }

  chatChanged(jid: string): void {
    this.chats.add(jid);
    this.soon();
  }

  occupantsChanged(jid: string): void {
    this.occupants.add(jid);
    this.soon();
  }

  /** lineChanged: "" is for what a conversation has beside its lines. */
  lineChanged(jid: string, key: string, gone = false): void {
    const l = this.lines.get(jid) ?? { put: new Set(), gone: new Set() };
    this.lines.set(jid, l);
    if (gone) {
      l.put.delete(key);
      l.gone.add(key);
    } else if (key !== "") l.put.add(key);
    this.chatChanged(jid);
  }

  private soon(): void {
    this.timer ??= setTimeout(() => this.flush(), pause);
  }

  private flush(): void {
    this.timer = undefined;
    const updates: { jid: string; update: Update }[] = [];
    const all = (update: Update): void => { updates.push({ jid: "", update }); };
    if (this.chats.size > 0) all({ t: "chats", reset: false, ...split([...this.chats], (jid) => this.views.chat(jid)) });
    for (const [jid, l] of this.lines) {
      const put = [...l.put].map((key) => this.views.line(jid, key)).filter((x) => x !== undefined);
      updates.push({ jid, update: { t: "lines", lines: { jid, reset: false, put, gone: [...l.gone], ...this.views.standing(jid) } } });
    }
    for (const jid of this.occupants) updates.push({ jid, update: { t: "occupants", jid, list: this.views.occupants(jid) } });
    if (this.me) all({ t: "me", me: this.views.me() });
    this.me = false;
    for (const set of [this.chats, this.occupants, this.lines]) set.clear();
    for (const page of this.pages) for (const { jid, update } of updates) if (jid === "" || page.open.has(jid)) page.port.postMessage(update);
  }
}

/** alerting is who tells of a message, and how: all pages that are seen say it, to screen readers. One makes a sound, unless somebody
 * looks at the conversation. One that may tells outside of itself, unless keys go to some page. */
export function alerting(pages: Iterable<Page>, jid: string): Map<Page, Alerting> {
  const list = [...pages].sort((a, b) => Number(b.focused) - Number(a.focused) || Number(b.active) - Number(a.active) || b.at - a.at);
  const sounding = list.some((p) => p.focused && p.open.has(jid)) ? undefined : list[0];
  const notifying = list[0]?.focused ? undefined : list.find((p) => p.notifies);
  return new Map(list.filter((p) => p.active || p === sounding || p === notifying).map((p) => [p, { sound: p === sounding, notify: p === notifying }]));
}

/** split looks everybody up, and says who is gone. */
function split<T>(keys: readonly string[], look: (key: string) => T | undefined): { put: T[]; gone: string[] } {
  const put: T[] = [];
  const gone: string[] = [];
  for (const key of keys) {
    const value = look(key);
    if (value === undefined) gone.push(key);
    else put.push(value);
  }
  return { put, gone };
}
