import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import type { Page } from "playwright-core";

const axe = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");

/** faults are what axe finds on the page. It is brought in past the page's policy, which would not let it, and once for each page: reading it
 * takes longer than running it. Frames have none and are not looked into. */
export async function faults(p: { page: Page }): Promise<string[]> {
  const session = await p.page.context().newCDPSession(p.page);
  const evaluate = async (expression: string): Promise<unknown> =>
    (await session.send("Runtime.evaluate", { expression, awaitPromise: true, returnByValue: true, allowUnsafeEvalBlockedByCSP: true })).result.value;
  if (await evaluate("typeof axe") === "undefined") await evaluate(`${axe}; 0`);
  const found = await evaluate(`axe.run({ runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"], resultTypes: ["violations"], iframes: false })
    .then((r) => JSON.stringify(r.violations.map((v) => v.id + ": " + v.nodes.map((n) => n.target + " " + n.failureSummary).join("; "))))`);
  await session.detach();
  return JSON.parse(String(found)) as string[];
}

/** tooSmall are the buttons, links and fields of the page that a finger does not hit: below 44 px. */
export function tooSmall(p: { page: Page }): Promise<string[]> {
  return p.page.evaluate(() => [...document.querySelectorAll<HTMLElement>("button, a, summary, select, input:not([hidden]):not([type=checkbox]):not([type=radio]), textarea")]
    .filter((e) => e.offsetParent && !e.matches(".skip, .text a, .quoted, .reactions button, .number a, .audit-what a, .entry-link"))
    .filter((e) => e.offsetHeight < 44 || e.offsetWidth < 44).map((e) => `${e.className} ${e.textContent.slice(0, 20)} ${e.offsetWidth}×${e.offsetHeight}`));
}
