// The cookie by which a browser that a webmail let in comes back: scripts never see it, and it works for this page only. Where the
// browser takes none, as in a page of another site, a token is asked for each time.

const path = "/chat-session";

/** stay gives a token for the cookie. */
export async function stay(token: string): Promise<void> {
  await fetch(path, { method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify({ token }) }).catch(() => undefined);
}

/** staying is whom the cookie lets in, "" for nobody. */
export async function staying(): Promise<string> {
  try {
    const answer = await fetch(path);
    return answer.ok ? (await answer.json() as { account?: string }).account ?? "" : "";
  } catch {
    return "";
  }
}

/** leave gives the cookie back. */
export async function leave(): Promise<void> {
  await fetch(path, { method: "DELETE" }).catch(() => undefined);
}
