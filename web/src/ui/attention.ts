import { tell } from "./bridge";

/** notifies tells whether this page may tell of messages outside of itself. */
export const notifies = (): boolean => typeof Notification !== "undefined" && Notification.permission === "granted";

/** look tells the engine how much of the user's attention this page has. */
export function look(): void {
  tell({ t: "attention", active: document.visibilityState === "visible", focused: document.hasFocus(), notifies: notifies() });
}
