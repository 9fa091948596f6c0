import { fold } from "./fold";

// Whom a text names: with an @ before it, as a word of its own.

/** Range is a part of a text, counted in code points (XEP-0426). */
export interface Range {
  begin: number;
  end: number; // behind it
}

/** word is what names everybody. */
export const word = "all";

const letter = /^[\p{L}\p{M}\p{N}_]/u;

/** everybody finds where a text names everybody. */
export function everybody(text: string): Range | undefined {
  const found = /(?<![\p{L}\p{M}\p{N}_@.])@all(?![\p{L}\p{M}\p{N}_])/iu.exec(text);
  if (!found) return undefined;
  const begin = Array.from(text.slice(0, found.index)).length;
  return { begin, end: begin + 1 + word.length };
}

/** names tells whether a text names somebody, whatever the diacritics. */
export function names(text: string, nick: string): boolean {
  const wanted = `@${fold(nick)}`;
  const all = fold(text);
  for (let at = nick === "" ? -1 : all.indexOf(wanted); at >= 0; at = all.indexOf(wanted, at + 1)) {
    if (!letter.test(all.slice(at + wanted.length, at + wanted.length + 2))) return true;
  }
  return false;
}
