/** isAddress tells whether a text looks like the address of somebody. The server knows better. */
export function isAddress(text: string): boolean {
  return /^[^@\s/,;<>"]+@[^@\s/,;<>"]+$/.test(text);
}

/** clean makes of what was typed what is sent: NFC, lower case, and with the domain where it lacks one. */
export function clean(typed: string, domain: string): string {
  const a = typed.trim().normalize("NFC").toLowerCase();
  return a === "" || a.includes("@") || domain === "" ? a : `${a}@${domain}`;
}

/** several takes the addresses out of a pasted list, such as `Lan <lan@example.com>, minh@example.com`. */
export function several(text: string): string[] {
  const found = text.normalize("NFC").toLowerCase().match(/[^@\s/,;<>"()]+@[^@\s/,;<>"()]+/g) ?? [];
  return [...new Set(found.map((a) => a.replace(/[.:]+$/, "")))];
}

/** localOf and domainOf are what stands before and behind the @. */
export const localOf = (address: string): string => address.slice(0, Math.max(0, address.lastIndexOf("@")));
export const domainOf = (address: string): string => address.slice(address.lastIndexOf("@") + 1);

/** isLocal tells whether a text can stand before the @ of an address of ours (RFC 7622 § 3.3.1). */
export function isLocal(text: string): boolean {
  return text !== "" && !/[\s"&'/:<>@\p{C}]/u.test(text) && new TextEncoder().encode(text).length <= 255;
}
