import { render } from "preact";
import "./styles/base.css";
import "./styles/sidebar.css";
import "./styles/conversation.css";
import { App } from "./ui/app";
import { look } from "./ui/attention";
import { connect } from "./ui/bridge";
import { origins } from "./ui/origins";
import { hosts } from "./ui/signin";
import { begin, take } from "./ui/state";
import { dress } from "./ui/theme";
import { vouch } from "./ui/vouch";

dress();
begin();
const root = document.getElementById("app");
if (root) render(<App />, root);

void connect(take).then(() => {
  look();
  vouch();
});
document.addEventListener("visibilitychange", look);
for (const turn of ["focus", "blur"]) window.addEventListener(turn, look);

/** site says what the server is for. */
async function site(): Promise<void> {
  const s = await (await fetch("/chat.json")).json() as { hosts?: string[]; uploads?: string[] };
  hosts.value = s.hosts ?? [];
  for (const origin of s.uploads ?? []) origins.add(origin);
}
void site().catch(() => undefined); // it goes without
