import { sha1 } from "../text/sha1";
import { NS } from "./ns";
import { el, type El } from "./xml";

const node = "urn:myna:web";

// What the chat understands, and that it wants to be told of bookmarks and of what was read (XEP-0030, XEP-0115, XEP-0163).
const features = [
  NS.bookmarks + "+notify", NS.caps, NS.chatStates, NS.discoInfo, NS.displayed + "+notify", NS.correct, NS.markers, NS.muc, NS.ping,
  NS.reactions, NS.receipts, NS.reply, NS.retract, NS.fallback, NS.sid, NS.version, NS.oob, NS.mentions, NS.channel,
].sort();

/** ver is the hash of what info answers (XEP-0115 § 5.1). */
export function ver(): string {
  const s = `client/web//Myna<${features.map((f) => `${f}<`).join("")}`;
  return btoa(String.fromCharCode(...sha1(new TextEncoder().encode(s))));
}

/** caps is what every presence carries. */
export function caps(): El {
  return el("c", NS.caps, { hash: "sha-1", node, ver: ver() });
}

/** info answers who asks what we are (XEP-0030 § 3.1). */
export function info(query: El): El {
  return el("query", NS.discoInfo, { node: query.attr("node") || undefined },
    el("identity", NS.discoInfo, { category: "client", type: "web", name: "Myna" }),
    ...features.map((f) => el("feature", NS.discoInfo, { var: f })));
}
