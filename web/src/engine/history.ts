import { Archives, type Archived, type Page } from "../xmpp/archive";
import type { Hit } from "./api";
import type { Conversation } from "./conversation";

/** Newest says up to where each archive was read. */
export interface Newest {
  account: string;
  rooms: Record<string, string>;
}

/** HistoryEvents is what history is read for. */
export interface HistoryEvents {
  me(): string;
  /** take takes messages of an archive, oldest first; archive is our account or a room. */
  take(archive: string, items: readonly Archived[]): void;
  /** forget drops the lines in an archive that are older than a gap that is too wide to be read. */
  forget(archive: string): void;
  /** reached: everything of an archive is known now. */
  reached(archive: string): void;
  moved(newest: Newest): void;
}

const step = 100; // messages of a page
const mostSteps = 10; // pages that are read to close a gap
const firstAccount = 250; // messages that a browser which knows nothing reads
const firstRoom = 40;
const screen = 60; // messages that scrolling reads at once
const stride = 250; // messages of a page on the way to one that was found
const mostStrides = 60;
const mostHits = 100;

/** History reads archives: what was missed, and what scrolling asks for. */
export class History {
  newest: Newest = { account: "", rooms: {} };
  private readonly caught = new Set<string>(); // archives of which everything newer comes live
  private readonly reading = new Set<string>();

  constructor(private readonly archives: Archives, private readonly events: HistoryEvents) {}

  /** lost: the session is over. What comes now is missed. */
  lost(): void {
    this.caught.clear();
  }

  /** live notes that a message came with its id in an archive. */
  live(archive: string, id: string): void {
    if (this.caught.has(archive)) this.move(archive, id);
  }

  private known(archive: string): string {
    return archive === this.events.me() ? this.newest.account : this.newest.rooms[archive] ?? "";
  }

  private move(archive: string, id: string): void {
    if (id === "") return;
    if (archive === this.events.me()) this.newest.account = id;
    else this.newest.rooms[archive] = id;
    this.events.moved(this.newest);
  }

  /** catchUp reads what was missed. */
  async catchUp(archive: string): Promise<void> {
    if (this.reading.has(archive)) return;
    this.reading.add(archive);
    try {
      await this.follow(archive);
      this.caught.add(archive);
      this.events.reached(archive);
    } catch (err) {
      console.warn("history:", err); // the next session tries again
    } finally {
      this.reading.delete(archive);
    }
  }

  private async follow(archive: string): Promise<void> {
    for (let i = 0; i < mostSteps && this.known(archive) !== ""; i++) {
      let page: Page;
      try {
        page = await this.archives.page(archive, { after: this.known(archive), max: step });
      } catch (err) {
        if ((err as { condition?: string }).condition === "item-not-found") break; // it was removed since
        throw err;
      }
      this.taken(archive, page);
      if (page.complete) return;
    }
    if (this.known(archive) !== "") this.events.forget(archive);
    const first = archive === this.events.me() ? firstAccount : firstRoom;
    this.taken(archive, await this.archives.page(archive, { before: "", max: first }));
  }

  private taken(archive: string, page: Page): void {
    this.events.take(archive, page.items);
    this.move(archive, page.last);
  }

  /** older reads the page before what a conversation shows; its newest page if it shows nothing of the archive yet. */
  async older(c: Conversation, max = screen): Promise<void> {
    if (c.loading || c.complete) return;
    c.loading = true;
    c.touch();
    try {
      const archive = c.group ? c.jid : this.events.me();
      const page = await this.archives.page(archive, { before: c.oldest, max, ...(c.group ? {} : { with: c.jid }) });
      this.events.take(archive, page.items);
      if (page.first !== "") c.oldest = page.first;
      c.complete = page.complete || page.items.length === 0;
    } catch (err) {
      console.warn("history:", err);
    }
    c.loading = false;
    c.touch();
  }

  /** search looks in the whole archive of a conversation for messages with words, the newest of them. */
  async search(c: Conversation, words: string): Promise<Hit[]> {
    const page = await this.archives.page(c.group ? c.jid : this.events.me(), { words, before: "", max: mostHits, ...(c.group ? {} : { with: c.jid }) });
    return page.items.filter((i) => i.message.body).map(({ id, message: p }) => ({ id: p.replaces || id, time: p.time }));
  }

  /** reach reads the pages before what a conversation shows until a message is there. */
  async reach(c: Conversation, id: string): Promise<void> {
    for (let i = 0; i < mostStrides && !c.find(id) && !c.complete; i++) {
      const before = c.oldest;
      await this.older(c, stride);
      if (c.oldest === before) return; // the connection is lost, or a page is read already
    }
  }
}
