import { caps } from "../xmpp/caps";
import { NS } from "../xmpp/ns";
import type { Wire } from "../xmpp/wire";
import { el, type El } from "../xmpp/xml";
import type { Status } from "./api";
import type { Rooms } from "./rooms";

const awayAfter = 5 * 60_000; // ms without anybody who looks
const askAfter = 20_000; // ms after which an invisible session looks again whether it has missed something

/** PresenceParts is what being seen needs. */
export interface PresenceParts {
  wire: Wire;
  rooms: () => Rooms;
  /** looking tells the server whether somebody looks (XEP-0352). */
  looking(active: boolean): void;
  /** catchUp looks for what nobody sends us. */
  catchUp(): void;
  /** chosen: the user wants to be seen so from now on. */
  chosen(status: Status): void;
  changed(): void;
}

/** Presence is how we are seen: as the user has chosen, and away while nobody looks. */
export class Presence {
  status: Status = "available"; // as chosen
  faceless = false; // our picture was taken away
  private resting = false; // nobody looks
  private rest: ReturnType<typeof setTimeout> | undefined;
  private poll: ReturnType<typeof setInterval> | undefined;

  constructor(private readonly p: PresenceParts) {}

  /** seen is the status as others see it. */
  get seen(): Status {
    return this.resting && this.status === "available" ? "away" : this.status;
  }

  /** show is what presences carry of it. */
  show(): El | undefined {
    const s = this.seen;
    return s === "away" || s === "dnd" ? el("show", NS.client, {}, s) : undefined;
  }

  /** say says how we want to be seen, to everybody and in the rooms. */
  say(): void {
    clearInterval(this.poll);
    if (this.status === "offline") {
      this.p.wire.send(el("presence", NS.client, { type: "unavailable" }));
      this.p.rooms().lost();
      this.poll = setInterval(() => this.p.catchUp(), askAfter); // nobody sends us anything now
      return;
    }
    // The server adds the hash of our picture (XEP-0398 § 4), but does not say that there is none any more.
    this.p.wire.send(el("presence", NS.client, {}, this.show(), caps(), this.faceless && el("x", NS.photo, {}, el("photo", NS.photo))));
    this.p.rooms().show();
    this.p.rooms().joinAll();
  }

  /** choose is the user's choice. */
  choose(status: Status): void {
    const visible = this.status !== "offline";
    this.status = status;
    this.resting = false;
    this.p.chosen(status);
    if (this.p.wire.online) this.say();
    if (!visible && status !== "offline") this.p.catchUp();
    this.p.changed();
  }

  /** attention: somebody looks, or nobody does any more. */
  attention(active: boolean): void {
    clearTimeout(this.rest);
    if (this.p.wire.online) this.p.looking(active);
    if (!active) this.rest = setTimeout(() => this.sleep(true), awayAfter);
    else if (this.resting) this.sleep(false);
  }

  private sleep(resting: boolean): void {
    this.resting = resting;
    if (this.status === "available" && this.p.wire.online) this.say();
    this.p.changed();
  }

  /** forget is for the next one who signs in. */
  forget(): void {
    clearInterval(this.poll);
    this.status = "available";
    this.faceless = false;
  }
}
