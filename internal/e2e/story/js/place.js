// What the stories of Node.js share: where the server is, waiting, and the last word.
import WebSocket from "ws";

globalThis.WebSocket ??= WebSocket; // Node.js has one from 22 on

/** place tells where the server is. */
export const place = JSON.parse(process.env.STORY);
export const group = `team@groups.${place.domain}`;
export const websocket = `wss://${place.host}:${place.https}/xmpp-websocket`;
export const bosh = `https://${place.host}:${place.https}/http-bind`;

/** Seen keeps what arrived, and waits for what a condition holds of. */
export class Seen {
  all = [];
  waiting = new Set();

  add(x) {
    this.all.push(x);
    for (const w of [...this.waiting]) if (w.is(x)) { this.waiting.delete(w); w.resolve(x); }
  }

  until(what, is) {
    const found = this.all.find(is);
    if (found) return Promise.resolve(found);
    return new Promise((resolve, reject) => {
      const w = { is, resolve };
      this.waiting.add(w);
      setTimeout(() => reject(new Error(`not seen: ${what}; seen: ${JSON.stringify(this.all.slice(-10).map(String))}`)), place.seconds * 400);
    });
  }
}

/** tell runs a story and says how it ended. */
export async function tell(name, story) {
  const late = setTimeout(() => { console.error("the story takes too long"); process.exit(1); }, place.seconds * 1000);
  try {
    await story();
  } catch (err) {
    console.error(err);
    process.exit(1);
  }
  clearTimeout(late);
  console.log(`ok ${name}`);
  process.exit(0);
}
