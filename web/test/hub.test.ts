import { expect, it } from "vitest";
import { alerting, type Page } from "../src/engine/hub";

const page = (part: Partial<Page>): Page => ({ port: { postMessage: () => undefined, onmessage: null }, open: new Set(), active: false, focused: false, notifies: false, at: 0, ...part });

/** told is what each of some pages does when a message comes in a@x. */
const told = (...pages: Page[]): string[] => {
  const all = alerting(pages, "a@x");
  return pages.map((p) => {
    const how = all.get(p);
    return how ? ["says", how.sound && "sounds", how.notify && "notifies"].filter(Boolean).join(" ") : "";
  });
};

it("a message is told by the pages that can, and once", () => {
  const hidden = page({ notifies: true });
  expect(told(hidden)).toEqual(["says sounds notifies"]); // nobody looks
  expect(told(page({}), hidden)).toEqual(["says sounds", "says notifies"]); // the first one may not: it is inside another page
  expect(told(page({ active: true }), page({ active: true, at: 2, notifies: true }), hidden)).toEqual(["says", "says sounds notifies", ""]);
  expect(told(hidden, page({ active: true, focused: true, notifies: true }))).toEqual(["", "says sounds"]); // another conversation is shown there
  expect(told(hidden, page({ active: true, focused: true, open: new Set(["a@x"]) }))).toEqual(["", "says"]);
  expect(told()).toEqual([]);
});
