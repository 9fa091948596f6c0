import { computed } from "@preact/signals";
import { en, type Texts } from "./en";
import { capital, format, language, midnight } from "./language";
import { vi } from "./vi";

export { bytes, clock, fullTime, language, midnight, otherLanguage, shortTime, suggestLanguage } from "./language";

const languages: Record<string, Texts> = { en, vi };

/** t are the texts in the language of the page. */
export const t = computed<Texts>(() => languages[language.value] ?? en);

const day = 86_400_000;

/** dayName names a day as people do: by its distance from today. */
export function dayName(time: number): string {
  const ago = Math.round((midnight(Date.now()) - midnight(time)) / day);
  if (ago === 0) return t.value.today;
  if (ago === 1) return t.value.yesterday;
  const year = new Date(time).getFullYear() === new Date().getFullYear() ? undefined : "numeric";
  return capital(format({ weekday: "long", day: "numeric", month: "long", year }).format(time));
}
