import type { Locator } from "playwright-core";
import { expect } from "vitest";

const patience = 20_000; // in ms: waiting costs nothing when all is well, and machines may be slow

/** told adds to an error what the page shows, so that a failure can be understood from its report alone. */
async function told(l: Locator, error: unknown): Promise<Error> {
  const shown = await l.page().locator("body").ariaSnapshot({ timeout: 2000 }).catch((e: unknown) => String(e));
  return new Error(`${String(error)}\n${l.page().url()} shows:\n${shown.slice(0, 1500)}\n…\n${shown.slice(-1500)}`);
}

async function explained(l: Locator, waiting: () => Promise<void>): Promise<void> {
  try {
    await waiting();
  } catch (e) {
    throw await told(l, e);
  }
}

/** seen waits until something is there. */
export const seen = (l: Locator, timeout = patience): Promise<void> => explained(l, () => l.first().waitFor({ timeout }));

/** gone waits until something is not there. */
export const gone = (l: Locator, timeout = patience): Promise<void> => explained(l, () => l.first().waitFor({ state: "detached", timeout }));

/** count waits until something is there so many times. */
export const count = (l: Locator, n: number): Promise<void> =>
  explained(l, async () => { await expect.poll(() => l.count(), { timeout: patience }).toBe(n); });
