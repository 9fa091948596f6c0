import { signal } from "@preact/signals";
import { kept, keep } from "../ui/local";

/** language is the language of the page: what was chosen, else the browser's, else English. */
export const language = signal<string>(kept("language", ["en", "vi"]) ?? (navigator.languages.find((l) => /^(vi|en)\b/.test(l))?.slice(0, 2) || "en"));

/** otherLanguage changes it. */
export function otherLanguage(): void {
  language.value = language.value === "vi" ? "en" : "vi";
  keep("language", language.value);
}

/** suggestLanguage is for a page around the chat: its language counts for who has not chosen one. */
export function suggestLanguage(tag: string): void {
  const short = tag.slice(0, 2).toLowerCase();
  if (["en", "vi"].includes(short) && !kept("language", ["en", "vi"])) language.value = short;
}

const day = 86_400_000;

/** clock is the time of a day. */
export function clock(time: number): string {
  return format({ hour: "numeric", minute: "2-digit" }).format(time);
}

/** midnight is when a time's day began, where the user is. */
export function midnight(time: number): number {
  return new Date(time).setHours(0, 0, 0, 0);
}

/** shortTime is the time in a list: of today the clock, of this week the day, else the date. */
export function shortTime(time: number): string {
  const ago = Math.round((midnight(Date.now()) - midnight(time)) / day);
  if (ago <= 0) return clock(time);
  if (ago < 7) return capital(format({ weekday: "short" }).format(time));
  return format({ day: "numeric", month: "numeric", year: ago > 300 ? "2-digit" : undefined }).format(time);
}

/** fullTime is all that can be said of a time. */
export function fullTime(time: number): string {
  return format({ dateStyle: "full", timeStyle: "short" }).format(time);
}

/** bytes is a size for people. */
export function bytes(n: number): string {
  const units = ["B", "kB", "MB", "GB"];
  const i = Math.min(units.length - 1, Math.max(0, Math.floor(Math.log10(Math.max(1, n)) / 3)));
  return `${new Intl.NumberFormat(language.value, { maximumFractionDigits: n / 1000 ** i < 10 && i > 0 ? 1 : 0 }).format(n / 1000 ** i)} ${units[i]}`;
}

/** capital is a text with a large first letter. */
export const capital = (s: string): string => s.charAt(0).toLocaleUpperCase(language.value) + s.slice(1);

const formats = new Map<string, Intl.DateTimeFormat>();

/** format writes times in the language of the page. */
export function format(options: Intl.DateTimeFormatOptions): Intl.DateTimeFormat {
  const id = language.value + JSON.stringify(options);
  let f = formats.get(id);
  if (!f) formats.set(id, f = new Intl.DateTimeFormat(language.value, options));
  return f;
}
