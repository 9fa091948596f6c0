/** fold makes one form of all ways to write a text: lower case and without diacritics. "Nguyễn" and "NGUYEN" are the same, "đ" is "d". */
export function fold(text: string): string {
  return text.normalize("NFKD").replace(/\p{M}/gu, "").toLowerCase().replace(/đ/g, "d").replace(/ı/g, "i").replace(/ß/g, "ss")
    .replace(/\s+/g, " ").trim();
}

/** matches tells whether all words of a query begin a word of the text. Both are folded already. */
export function matches(text: string, query: string): boolean {
  const words = text.split(/[\s.,@_-]+/);
  return query.split(/[\s,]+/).every((q) => q === "" || words.some((w) => w.startsWith(q)) || (q.includes("@") && text.includes(q)));
}
