import { effect, signal } from "@preact/signals";
import { staying } from "../engine/stay";
import { suggestLanguage } from "../i18n";
import { normal } from "../xmpp/jid";
import { tell } from "./bridge";
import { me } from "./state";

// A page around the chat, such as a webmail, may vouch for its user. What the two say to each other is in embed/embed.ts. Who may show
// the chat inside itself is decided by the policy of the page (frame-ancestors), so whoever is around it is trusted with that.

const around = window.parent === window ? undefined : window.parent;
const patience = 3000; // ms in which the page around has to say who it is
const tokenTime = 15_000; // ms in which it has to bring a token
const mostTokens = 3; // that may be refused, one after the other

/** vouching: it is not yet known whether somebody vouches for the user, and nothing is shown. */
export const vouching = signal(true);

let vouches = false; // the page around does
let wanted = false; // a token was asked for
let asked = 0; // tokens since somebody was signed in
let late: ReturnType<typeof setTimeout> | undefined; // gives up waiting for one

const say = (what: object): void => around?.postMessage(what, "*"); // no secrets, and no names

/** vouch listens to the page around, and finds out whether anybody vouches for the user. */
export function vouch(): void {
  if (around) {
    window.addEventListener("message", heard);
    say({ myna: "hello" });
    setTimeout(() => { if (!vouches) void settle(); }, patience);
  } else void settle();
  let was = "";
  effect(() => {
    const { phase, jid, problem } = me.value;
    if (phase === "online") asked = 0;
    if (phase === "out" && problem === "token-needed" && vouches) ask();
    else if (phase === "out" && problem === "not-authorized") vouches = false; // the webmail has ended its session
    if (phase === "out" && was !== "") say({ myna: "signedOut" });
    if (phase !== "starting") was = jid;
  });
}

/** settle: no page vouches, but the browser may have a cookie from when one did. */
async function settle(): Promise<void> {
  if (!vouching.value) return;
  await known();
  const jid = me.value.phase === "out" ? await staying() : "";
  if (jid !== "") tell({ t: "enter", jid, token: "" });
  vouching.value = false;
}

/** known waits until the engine has said who is signed in. */
const known = (): Promise<void> => new Promise((resolve) => {
  const stop = effect(() => {
    if (me.value.phase === "starting") return;
    resolve();
    queueMicrotask(() => stop());
  });
});

function ask(): void {
  if (wanted) return;
  if (++asked > mostTokens) return brought("", ""); // the server takes none of them
  wanted = vouching.value = true;
  late = setTimeout(() => brought("", ""), tokenTime); // a page that does not answer
  say({ myna: "token" });
}

function heard(e: MessageEvent<unknown>): void {
  if (e.source !== around) return;
  const said = e.data as { myna?: unknown; account?: unknown; token?: unknown; vouches?: unknown; lang?: unknown } | null;
  switch (said?.myna) {
    case "hello":
      suggestLanguage(String(said.lang ?? ""));
      vouches = said.vouches === true;
      return void known().then(() => {
        if (!vouches) return settle();
        if (me.value.phase === "out" || me.value.jid !== normal(String(said.account ?? ""))) return ask();
        vouching.value = false;
      });
    case "token": return brought(String(said.account ?? ""), String(said.token ?? ""));
    case "language": return suggestLanguage(String(said.lang ?? ""));
    case "signOut":
      vouches = false;
      return tell({ t: "signOut" });
  }
}

/** brought takes a token. None says that nobody is signed in to the page around. */
function brought(account: string, token: string): void {
  clearTimeout(late);
  wanted = false;
  const jid = normal(account);
  vouches = token !== "" && /^[^@/\s]+@[^@/\s]+$/.test(jid);
  const before = me.value;
  if (vouches) tell({ t: "enter", jid, token });
  else if (before.vouched && before.phase !== "out") tell({ t: "signOut" });
  const stop = effect(() => { // until the engine has changed over
    const now = me.value;
    if (vouches && now.jid !== jid && now.phase !== "ended" && (now === before || now.phase !== "out")) return;
    vouching.value = wanted; // another one is needed at once
    queueMicrotask(() => stop());
  });
}
