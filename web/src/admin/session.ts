import { computed, signal } from "@preact/signals";
import { call, hold, onEnd, Problem } from "./api";
import type { Me } from "./types";

/** phase: asking the server whether somebody is signed in, nobody is, or somebody. */
export const phase = signal<"asking" | "out" | "in">("asking");

/** me is who has signed in. */
export const me = signal<Me | undefined>(undefined);

/** ended tells that a session was over without the user's doing. */
export const ended = signal(false);

/** domain is the domain whose things are shown; "" is all. */
export const domain = signal("");

/** everything: an administrator of the server, who sees all domains. */
export const serverAdmin = computed(() => me.value?.role === "server");

/** domains are those that the user administers. */
export const domains = computed(() => me.value?.domains ?? []);

function enter(m: Me): void {
  hold(m.token);
  me.value = m;
  ended.value = false;
  domain.value = m.domains.length === 1 || m.role !== "server" ? m.domains[0] ?? "" : "";
  phase.value = "in";
}

function leave(): void {
  hold("");
  me.value = undefined;
  phase.value = "out";
}

/** resume asks the server who is signed in with this browser. */
export async function resume(): Promise<void> {
  onEnd(() => {
    if (phase.value === "in") ended.value = true;
    leave();
  });
  try {
    enter((await call<Me>("GET", "/session")).data);
  } catch (e) {
    if (!(e instanceof Problem)) throw e;
    leave();
  }
}

/** signIn signs in. What goes wrong is a Problem. */
export async function signIn(address: string, password: string): Promise<void> {
  enter((await call<Me>("POST", "/session", { address, password })).data);
}

/** signOut signs out, also where the server is not reachable. */
export async function signOut(): Promise<void> {
  try {
    await call("DELETE", "/session");
  } catch (e) {
    if (!(e instanceof Problem)) throw e;
  }
  leave();
}
