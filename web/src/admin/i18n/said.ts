import { language } from "./index";
import { findings } from "./findings";
import { reasons, word } from "./reasons";

/** Reason is a text of the server for programs: a code that stays the same, with what stands in the text. */
export interface Reason {
  code?: string | undefined;
  values?: readonly string[] | undefined;
}

/** Said is what the server says, in the language of the page where it is known there. */
export interface Said {
  text: string;
  lang: string | undefined; // of the text, where it is not that of the page
}

/** said puts a text of the server into a language. */
export function said(text: string, reason: Reason = {}, into = language.value): Said {
  if (into === "en") return { text, lang: undefined };
  const values = reason.values ?? [];
  const found = findings[reason.code ?? ""]?.(...values);
  if (found !== undefined) return { text: found, lang: undefined };
  const sentence = reasons[reason.code ?? ""];
  const known = sentence === undefined ? word(text) : sentence.replace(/\$(\d)/g, (_, n: string) => inner(values[Number(n) - 1] ?? ""));
  return known === undefined ? { text, lang: "en" } : { text: known, lang: undefined };
}

function inner(value: string): string {
  return word(value) ?? value;
}
