import { describe, expect, it } from "vitest";
import { en } from "../src/i18n/en";
import { vi } from "../src/i18n/vi";
import { colour, hue } from "../src/text/colour";
import { fold, matches } from "../src/text/fold";
import { parts, safe } from "../src/text/links";

describe("search", () => {
  it.each([["nguyen", "Nguyễn Thị Lan"], ["NGUYỄN", "Nguyễn Thị Lan"], ["d", "Đặng Dũng"], ["dung dang", "Đặng Dũng"], ["lan@ex", "x lan@example.com"], ["thi", "Nguyễn Thị Lan"]])(
    "%s finds %s", (q, name) => expect(matches(fold(name), fold(q))).toBe(true));
  it.each([["uyen", "Nguyễn Thị Lan"], ["lan x", "Nguyễn Thị Lan"]])("%s does not find %s", (q, name) => expect(matches(fold(name), fold(q))).toBe(false));
  it("does not care how a letter is made", () => expect(fold("Nguyễn".normalize("NFD"))).toBe(fold("Nguyễn".normalize("NFC"))));
});

describe("links", () => {
  it("are found, without the punctuation around them", () => {
    expect(parts("see (https://a.example/x_(y)), or www.b.example!")).toEqual([
      { text: "see (" }, { text: "https://a.example/x_(y)", href: "https://a.example/x_(y)" }, { text: "), or " },
      { text: "www.b.example", href: "https://www.b.example/" }, { text: "!" },
    ]);
  });
  it.each(["javascript:alert(1)", "data:text/html,x", "file:///etc/passwd", "https://user:pw@host/", "vbscript:x", "blob:https://a/b", "//host", "x"])(
    "%s is none", (a) => expect(safe(a)).toBeUndefined());
  it("keep all of the text", () => {
    const text = "a https://x.example, b javascript:alert(1) <b>c</b>";
    expect(parts(text).map((p) => p.text).join("")).toBe(text);
    expect(parts(text).filter((p) => p.href)).toHaveLength(1);
  });
});

// XEP-0392 § 13.2
it.each([["Romeo", 327.255249], ["juliet@capulet.lit", 209.410400], ["😺", 331.199341], ["council", 359.994507]])("the colour of %s", (text, angle) => {
  expect(hue(text)).toBeCloseTo(angle, 4);
});

// White letters stand on these colours: WCAG 2.2 § 1.4.3.
it("colours are dark enough for white letters", () => {
  for (let i = 0; i < 500; i++) {
    const [r = 0, g = 0, b = 0] = (colour(`person ${i}`, 45).match(/\d+/g) ?? []).map((c) => {
      const v = Number(c) / 255;
      return v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4;
    });
    expect(1.05 / (0.2126 * r + 0.7152 * g + 0.0722 * b + 0.05)).toBeGreaterThan(4.5);
  }
});

it("both languages have all texts", () => {
  expect(Object.keys(vi).sort()).toEqual(Object.keys(en).sort());
  const same = Object.entries(en).filter(([key, text]) => typeof text === "string" && text === vi[key as keyof typeof vi]);
  expect(same).toEqual([]);
  for (const text of Object.values(vi)) if (typeof text === "string") expect(text).toBe(text.normalize("NFC"));
});
