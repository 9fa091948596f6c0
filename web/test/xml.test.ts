import { describe, expect, it } from "vitest";
import { clean, el, parse } from "../src/xmpp/xml";

describe("parse", () => {
  it("reads elements, attributes, text and namespaces", () => {
    const e = parse(`<message xmlns="jabber:client" from='a@b' id="1&amp;2"><body>x &lt; y<![CDATA[ & z]]></body><s:e xmlns:s="urn:s"><s:f/></s:e></message>`);
    expect(e.ns).toBe("jabber:client");
    expect(e.attr("id")).toBe("1&2");
    expect(e.textOf("body", "jabber:client")).toBe("x < y & z");
    expect(e.child("e", "urn:s")?.child("f")?.ns).toBe("urn:s");
    expect(e.child("e")?.attr("xmlns:s")).toBe("");
  });

  it("gives what it was given when it is written and read again", () => {
    const e = el("a", "urn:a", { k: `"<&>'\n` }, "t <&> ]]>", el("b", "urn:b", {}, "Nguyễn 👍"), el("c", "urn:a"));
    expect(parse(e.toString()).toString()).toBe(e.toString());
    expect(parse(e.toString()).attr("k")).toBe(`"<&>'\n`);
  });

  it.each([
    "", "text", "<a>", "<a></b>", "<a/><b/>", "<a b='1' b='2'/>", "<p:a/>", "<a b='<'/>", "<a>&unknown;</a>", "<a>&#0;</a>", "<a>&#x110000;</a>", "<a>&lt</a>",
    "<!DOCTYPE a><a/>", "<a><!-- c --></a>", "<?xml version='1.0'?><a/>", "<a><?p?></a>", "<a b=1/>", "<a>]]", "<a>]]></a>", "<a xmlns:p=''/>", "<a><![CDATA[x</a>",
    "<a>".repeat(70) + "</a>".repeat(70),
  ])("refuses %j", (text) => {
    expect(() => parse(text)).toThrow();
  });

  it("survives whatever arrives", () => {
    const alphabet = ["<", ">", "/", "a", "b", "=", "'", '"', "&", ";", " ", "<a>", "</a>", "xmlns", ":", "<![CDATA[", "]]>", "é", "\u0000"];
    let seed = 7;
    const random = (n: number): number => (seed = (seed * 48271) % 2147483647) % n;
    let read = 0;
    const errors = new Set<string>();
    for (let i = 0; i < 20_000; i++) {
      const text = Array.from({ length: random(12) }, () => alphabet[random(alphabet.length)] ?? "").join("");
      try {
        parse(text);
        read++;
      } catch (e) {
        errors.add((e as Error).message.slice(0, 11));
      }
    }
    expect(read).toBeGreaterThan(0);
    expect([...errors]).toEqual(["parse xml: "]);
  });
});

it("clean takes out what XML cannot carry, half characters too", () => {
  expect(clean("a\u0000b\u001fc\uffff\ud800d\n\t👍")).toBe("abc\ufffdd\n\t👍");
});
