import type { Locator } from "playwright-core";
import { expect } from "vitest";

/** seen waits until something is there. */
export const seen = (l: Locator, timeout = 10_000): Promise<void> => l.first().waitFor({ timeout });

/** gone waits until something is not there. */
export const gone = (l: Locator, timeout = 10_000): Promise<void> => l.first().waitFor({ state: "detached", timeout });

/** count waits until something is there so many times. */
export const count = (l: Locator, n: number): Promise<void> => expect.poll(() => l.count(), { timeout: 10_000 }).toBe(n);
