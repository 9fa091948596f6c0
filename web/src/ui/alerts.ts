import type { Alerting, Line } from "../engine/api";
import { t } from "../i18n";
import { signal } from "@preact/signals";
import { chime } from "./sound";
import { notifies } from "./attention";
import { authorOf, chats, me, open, titleOf } from "./state";

/** announced is what a screen reader says next. */
export const announced = signal("");

/** textOf is a line in a few words. */
export function textOf(line: Pick<Line, "body" | "file" | "retracted" | "moderated">): string {
  if (line.retracted) return line.moderated ? t.value.moderated : t.value.deleted;
  return line.file === "" ? line.body : t.value.fileSent(fileName(line.file));
}

/** fileName is the name in the address of a file. */
export function fileName(address: string): string {
  try {
    return decodeURIComponent(new URL(address).pathname.split("/").at(-1) ?? "") || address;
  } catch {
    return address;
  }
}

/** alerted tells the user of a message, unless that would disturb. */
export function alerted(jid: string, line: Line, { sound, notify }: Alerting): void {
  const chat = chats.value.get(jid);
  const who = authorOf(line, !!chat?.group);
  announced.value = t.value.newFrom(who, textOf(line).slice(0, 200));
  if (me.value.status === "dnd") return;
  if (sound) chime();
  if (!notify || !notifies()) return;
  const title = chat?.group ? `${who} · ${titleOf(chat)}` : who;
  const n = new Notification(title, { body: textOf(line).slice(0, 200), tag: line.key, icon: "/favicon.svg", lang: document.documentElement.lang });
  n.onclick = () => {
    window.focus();
    open(jid);
    n.close();
  };
}

/** mayAsk tells whether notifications can still be turned on. */
export function mayAsk(): boolean {
  return window.parent === window && typeof Notification !== "undefined" && Notification.permission === "default";
}
