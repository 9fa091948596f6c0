import { computed } from "@preact/signals";
import { capital, format, language } from "../../i18n/language";
import { en, type Texts } from "./en";
import { vi } from "./vi";

export { bytes, language, otherLanguage } from "../../i18n/language";

const languages: Record<string, Texts> = { en, vi };

/** t are the texts in the language of the page. */
export const t = computed<Texts>(() => languages[language.value] ?? en);

/** day is a date for people. */
export const day = (time: string): string => format({ dateStyle: "medium" }).format(new Date(time));

/** moment is a date and a time of day for people. */
export const moment = (time: string): string => format({ dateStyle: "medium", timeStyle: "short" }).format(new Date(time));

/** number is a number for people. */
export const number = (n: number): string => new Intl.NumberFormat(language.value).format(n);

/** all joins texts to a sentence: "a, b and c". */
export const all = (list: readonly string[]): string => new Intl.ListFormat(language.value, { type: "conjunction" }).format(list);

export { capital };
