import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { faults, tooSmall } from "./axe";
import { seen } from "./expect";
import { picture } from "./pictures";
import { end, Person } from "./stage";

afterAll(end);

describe.each([["light", "en-US", 1200], ["dark", "vi-VN", 1200], ["light", "vi-VN", 390]] as const)("%s, %s, %i px", (colorScheme, locale, width) => {
  let hoa: Person;

  beforeAll(async () => {
    hoa = await Person.open("hoa", { colorScheme, locale, viewport: { width, height: 760 }, reducedMotion: "reduce" });
  });

  afterAll(() => hoa.close());

  it("signing in", async () => {
    await hoa.visit();
    await hoa.page.waitForSelector("#address");
    expect(await faults(hoa)).toEqual([]);
    await hoa.page.fill("#address", "hoa");
    await hoa.page.fill("#password", "wrong");
    await hoa.page.click("button[type=submit]");
    await seen(hoa.page.locator(".complaint:not(:empty)"));
    await picture(hoa, `signin-failed-${colorScheme}-${locale}-${width}`);
    expect(await faults(hoa), "refused").toEqual([]);
  });

  it("the lists", async () => {
    await hoa.signIn();
    for (const tab of ["groups", "recent", "directory"] as const) {
      await hoa.tab(tab);
      expect(await faults(hoa), tab).toEqual([]);
    }
    await hoa.page.click(".me");
    expect(await faults(hoa), "menu").toEqual([]);
    await hoa.page.keyboard.press("Escape");
  });

  it("a conversation, by keyboard alone", async () => {
    await hoa.tab("directory");
    await hoa.page.keyboard.press("Tab");
    await hoa.page.keyboard.press("Enter"); // the first colleague
    await hoa.page.waitForSelector(".composer textarea");
    await hoa.page.focus(".composer textarea");
    await hoa.page.keyboard.type(`xin chào ${width}`);
    await hoa.page.keyboard.press("Enter");
    await seen(hoa.line(`xin chào ${width}`));
    await hoa.page.focus(".log");
    await hoa.page.keyboard.press("ArrowUp");
    await hoa.page.keyboard.press("Enter");
    await hoa.page.waitForSelector(".tools .menu");
    expect(await faults(hoa), "menu").toEqual([]);
    await hoa.page.keyboard.press("Escape");
    expect(await faults(hoa)).toEqual([]);
  });

  it("nothing is too small to be hit, and nothing sticks out", async () => {
    expect(await tooSmall(hoa)).toEqual([]);
    expect(await hoa.page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth)).toBeLessThanOrEqual(0);
  });
});
