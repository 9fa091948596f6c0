import { effect, signal } from "@preact/signals";
import { keep, kept } from "./local";

/** Theme is how light the page is. */
export type Theme = "auto" | "light" | "dark";

/** themes are all there are. */
export const themes: readonly Theme[] = ["auto", "light", "dark"];

/** theme is the one that was chosen. */
export const theme = signal<Theme>(kept("theme", themes) ?? "auto");

/** dress puts the theme on the page, now and whenever it changes. */
export function dress(): void {
  effect(() => {
    document.documentElement.dataset["theme"] = theme.value;
    keep("theme", theme.value);
  });
}
