import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { dayName, language, shortTime } from "../src/i18n";

vi.hoisted(() => { vi.stubGlobal("navigator", { languages: ["en"] }); });

beforeEach(() => { vi.useFakeTimers({ now: new Date(2026, 10, 27, 20, 0) }); });
afterEach(() => { vi.useRealTimers(); });

it.each([
  ["en", [2026, 10, 27, 8, 5], "Today", /^8:05.AM$/], ["vi", [2026, 10, 27, 8, 5], "Hôm nay", /^0?8:05$/],
  ["en", [2026, 10, 26, 23, 59], "Yesterday", /^Thu$/], ["vi", [2026, 10, 26, 23, 59], "Hôm qua", /^Th(ứ)? 5$/],
  ["en", [2026, 10, 20, 9, 0], "Friday, November 20", /^11\/20$/], ["vi", [2026, 10, 20, 9, 0], "Thứ Sáu, 20 tháng 11", /^20\/11$/],
  ["en", [2025, 0, 2, 9, 0], "Thursday, January 2, 2025", /^1\/2\/25$/],
] as const)("%s %j is %s", (lang, [year, month, day, hour, minute], name, short) => {
  language.value = lang;
  const time = new Date(year, month, day, hour, minute).getTime();
  expect(dayName(time)).toBe(name);
  expect(shortTime(time)).toMatch(short);
});
