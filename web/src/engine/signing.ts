import { newID } from "../xmpp/id";
import { bare } from "../xmpp/jid";
import { isPass, type Secret } from "../xmpp/negotiate";
import type { Key } from "../xmpp/scram";
import { Stream, type StreamEvents } from "../xmpp/stream";
import type { Wire } from "../xmpp/wire";
import type { Phase, Status } from "./api";
import type { DB } from "./db";
import { leave, stay } from "./stay";

/** Account is what a browser keeps of who is signed in. */
export interface Account {
  jid: string; // with the resource
  key: Key | undefined; // undefined: the server does not take it any more, or there was none
  vouched?: boolean; // a webmail signed the user in; the browser has a cookie
  status: Status;
}

type Kept = ReadonlyMap<string, unknown>;

const accountOf = (kept: Kept): Account | undefined => kept.get("account") as Account | undefined;

/** SigningEvents is who needs to know who is signed in. */
export interface SigningEvents extends Pick<StreamEvents, "message" | "presence" | "request"> {
  /** restore brings back what the browser kept of the account. */
  restore(kept: Kept): void;
  /** forget empties the memory, not what the browser kept. */
  forget(): void;
  /** save keeps what has changed of the conversations. */
  save(): void;
  /** online: resumed tells that nothing was missed. */
  online(resumed: boolean): void;
  /** status is how the user wants to be seen. */
  status(): Status;
  /** changed: of where the connection stands. */
  changed(): void;
  /** another: somebody else is signed in now, or nobody. */
  another(): void;
}

const refusals = ["account-disabled", "not-authorized", "credentials-expired", "policy-violation"];

/** Signing is who is signed in: by a password, by what the browser kept of it, or because a webmail vouches. */
export class Signing {
  phase: Phase = "starting";
  problem = "";
  retryAt = 0;
  vouched = false; // the user came by a webmail
  stream: Stream | undefined;
  /** wire is of whichever stream there is. */
  readonly wire: Wire;
  private keep = true;

  constructor(private readonly db: DB, private readonly url: string, private readonly events: SigningEvents) {
    const signing = this;
    this.wire = {
      get jid() { return signing.stream?.jid ?? ""; },
      get online() { return signing.stream?.online ?? false; },
      send: (e, acked) => signing.stream?.send(e, acked) ?? false,
      ask: (type, to, payload) => signing.stream ? signing.stream.ask(type, to, payload) : Promise.reject(new Error("signed out")),
    };
  }

  private async kept(): Promise<Map<string, unknown>> {
    return this.db.all().catch(() => new Map<string, unknown>());
  }

  /** begin connects who was signed in when the browser was closed. */
  async begin(): Promise<void> {
    const kept = await this.kept();
    const account = accountOf(kept);
    if (account?.key || account?.vouched) {
      this.events.restore(kept);
      this.connect(account.jid, account.key ?? { token: "" });
    } else this.phase = "out";
  }

  private set(phase: Phase, problem = ""): void {
    this.phase = phase;
    this.problem = problem;
    this.events.changed();
  }

  private connect(jid: string, secret: Secret): void {
    this.vouched = isPass(secret);
    const { message, presence, request } = this.events;
    this.stream = new Stream(this.url, { jid, secret }, {
      message, presence, request,
      online: (resumed, key) => {
        if (isPass(secret) && secret.token !== "") void stay(secret.token);
        this.online(resumed, key);
      },
      waiting: (until) => { this.retryAt = until; this.set("waiting"); },
      connecting: () => { if (this.phase !== "waiting") this.set("connecting"); },
      failed: (condition) => void this.failed(condition),
    });
    this.set("connecting");
    this.stream.start();
  }

  private online(resumed: boolean, key: Key | undefined): void {
    if ((key || this.vouched) && this.keep) {
      this.db.put("account", { jid: this.stream?.jid ?? "", key, vouched: this.vouched, status: this.events.status() } satisfies Account);
    }
    this.set("online");
    this.events.online(resumed);
  }

  private async failed(condition: string): Promise<void> {
    this.stream = undefined;
    const account = accountOf(await this.kept());
    // Another window took over, or the server is not itself.
    if ((account?.key || account?.vouched) && !refusals.includes(condition) && condition !== "token-needed") return this.set("ended", condition);
    const left = account?.vouched && condition === "not-authorized"; // the user has signed out of the webmail
    if (account && !left && condition !== "account-disabled") { // with the new password everything is there again, and what waits is sent
      this.events.save();
      this.db.put("account", { ...account, key: undefined });
    } else await this.clear();
    this.events.forget();
    this.set("out", condition);
    this.events.another();
  }

  /** clear removes what the browser kept. */
  private async clear(): Promise<void> {
    this.db.on = true;
    await this.db.clear();
    this.events.forget();
  }

  /** keepStatus keeps how the user wants to be seen. */
  keepStatus(status: Status): void {
    void this.kept().then((kept) => {
      const account = accountOf(kept);
      if (account) this.db.put("account", { ...account, status });
    });
  }

  async signIn(jid: string, password: string, keep: boolean): Promise<void> {
    this.stream?.stop();
    this.events.forget();
    const kept = await this.kept();
    const account = accountOf(kept);
    this.keep = keep;
    if (keep && account && bare(account.jid) === jid) this.events.restore(kept);
    else await this.clear();
    this.db.on = keep;
    this.connect(`${jid}/web-${newID().slice(0, 8)}`, password);
    this.events.another();
  }

  /** enter signs in for whom a webmail vouches. Whoever else was signed in leaves nothing behind. */
  async enter(jid: string, token: string): Promise<void> {
    if (this.stream && bare(this.stream.jid) === jid) { // it is who is in
      if (token !== "" && this.vouched) void stay(token);
      return;
    }
    this.stream?.stop();
    this.events.forget();
    const kept = await this.kept();
    const account = accountOf(kept);
    const same = account && bare(account.jid) === jid;
    if (same) this.events.restore(kept);
    else await this.clear();
    this.keep = this.db.on = true;
    this.connect(same ? account.jid : `${jid}/web-${newID().slice(0, 8)}`, { token });
    this.events.another();
  }

  async signOut(): Promise<void> {
    this.stream?.stop();
    if (this.vouched) void leave();
    await this.clear();
    this.stream = undefined;
    this.set("out");
    this.events.another();
  }

  /** retry does not wait for the next attempt, and fights for a session that was taken over. */
  retry(): void {
    if (this.phase !== "ended") return this.stream?.hurry();
    void this.kept().then((kept) => {
      const account = accountOf(kept);
      if (account?.key || account?.vouched) this.connect(account.jid, account.key ?? { token: "" });
      else void this.signOut();
    });
  }
}
