/** bare returns an address without its resource. */
export function bare(jid: string): string {
  const slash = jid.indexOf("/");
  return slash < 0 ? jid : jid.slice(0, slash);
}

/** resource returns what follows the first slash; in a room it is the nick. */
export function resource(jid: string): string {
  const slash = jid.indexOf("/");
  return slash < 0 ? "" : jid.slice(slash + 1);
}

/** local returns what stands before the @; an address without one has no local part. */
export function local(jid: string): string {
  const at = bare(jid).indexOf("@");
  return at < 0 ? "" : jid.slice(0, at);
}

/** domain returns the host of an address. */
export function domain(jid: string): string {
  const b = bare(jid);
  return b.slice(b.indexOf("@") + 1);
}

/** normal is the form in which addresses that people type are compared. */
export function normal(jid: string): string {
  return bare(jid.trim()).normalize("NFC").toLowerCase();
}
