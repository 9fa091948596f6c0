import { readdirSync, readFileSync } from "node:fs";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { clean, domainOf, isAddress, isLocal, localOf, several } from "../src/admin/addresses";
import { call, hold, linesOf, onEnd, Problem, problemOf, query, stream } from "../src/admin/api";
import { actionName, changesOf, doorName } from "../src/admin/auditwords";
import { differing, draftOf, faults, fieldsAgain, fieldsOf, fresh, keptUntil, withEveryone } from "../src/admin/draft";
import { en } from "../src/admin/i18n/en";
import { findings, remedies } from "../src/admin/i18n/findings";
import { moved, movedSaid } from "../src/admin/i18n/moved";
import { reasons } from "../src/admin/i18n/reasons";
import { said } from "../src/admin/i18n/said";
import { vi as vietnamese } from "../src/admin/i18n/vi";
import { base64 } from "../src/admin/image";
import { whole } from "../src/admin/newinvite";
import { groupsOf, kindOf, sayValue, typed, written } from "../src/admin/policywords";
import { bodyOf, reasonName } from "../src/admin/reportwords";
import { link, parts } from "../src/admin/route";
import type { Alias, Policy } from "../src/admin/types";

vi.hoisted(() => Object.defineProperty(globalThis, "navigator", { value: { languages: ["en"] }, configurable: true }));

const alias: Alias = {
  address: "sales@example.com", name: "Kinh doanh", targets: ["lan@example.com", "minh@example.com"], group_chat: true, announcement: true,
  posters: ["minh@example.com"], leads: ["lan@example.com"], membership: "mandatory", history: "join", retention_days: 30, files_off: true, hidden: true,
  room: "sales@groups.example.com", created: "2026-01-01T00:00:00Z",
};

describe("the draft of an alias", () => {
  it("is what it was read from, and is sent as that again", () => {
    const { address: _a, room: _r, created: _c, ...fields } = alias;
    expect(fieldsOf(draftOf(alias))).toEqual({ ...fields, description: "", internal_only: false, everyone: false, mention_all_off: false });
    expect(fieldsAgain(alias)).toEqual(fields);
    expect(differing(draftOf(alias), draftOf(fieldsOf(draftOf(alias))))).toEqual([]);
  });

  it("what is not decided is as the server does it by default", () => {
    expect(draftOf({ targets: ["a@b"], group_chat: false })).toEqual({ ...fresh, targets: ["a@b"], groupChat: false });
    expect(draftOf({ targets: [], group_chat: true, membership: "other", history: "other" })).toMatchObject({ membership: "hide", history: "all" });
  });

  it("tells in what two differ, and not by the order of a list or the way letters are written", () => {
    const d = draftOf(alias);
    expect(differing(d, { ...d, targets: [...d.targets].reverse(), name: "Kinh doanh ".normalize("NFD") })).toEqual([]);
    expect(differing(d, { ...d, targets: ["lan@example.com"], files: true })).toEqual(["targets", "files"]);
  });

  it("lists of who may write count only where they are asked for", () => {
    expect(fieldsOf({ ...draftOf(alias), posting: "leads" })).toMatchObject({ announcement: true, posters: [] });
    expect(fieldsOf({ ...draftOf(alias), posting: "everyone" })).toMatchObject({ announcement: false, posters: [] });
  });

  it("a group of all accounts is for announcements unless it was decided otherwise", () => {
    expect(withEveryone(fresh, true)).toMatchObject({ everyone: true, posting: "leads" });
    expect(withEveryone({ ...fresh, posting: "list" }, true).posting).toBe("list");
    expect(withEveryone({ ...fresh, everyone: true }, false)).toMatchObject({ everyone: false, posting: "everyone" });
  });

  it("finds what the server would refuse", () => {
    expect(faults(fresh, "")).toEqual({ local: "missing", targets: "missing" });
    expect(faults({ ...fresh, everyone: true }, "a b")).toEqual({ local: "invalid" });
    expect(faults({ ...fresh, targets: ["a@b"], retention: "1.5" })).toEqual({ retention: "invalid" });
    expect(faults({ ...fresh, targets: ["a@b"], retention: "36501" })).toEqual({ retention: "invalid" });
    expect(faults({ ...fresh, targets: ["a@b"] }, "nhóm.bán-hàng")).toEqual({});
  });

  it("is kept for 30 days after it was deleted", () => {
    expect(keptUntil({ deleted: "2026-01-01T00:00:00Z" })?.toISOString()).toBe("2026-01-31T00:00:00.000Z");
    expect(keptUntil({})).toBeUndefined();
  });
});

describe("addresses", () => {
  it("are told from other texts", () => {
    for (const a of ["lan@example.com", "nguyễn@ví-dụ.vn"]) expect(isAddress(a), a).toBe(true);
    for (const a of ["lan", "@example.com", "lan@", "a b@example.com", "a@b@c", "a@b/c"]) expect(isAddress(a), a).toBe(false);
    for (const s of ["", "a b", "a@b", "a/b", "x".repeat(256), "a\u0000"]) expect(isLocal(s), s).toBe(false);
  });

  it("get the domain, and one form", () => {
    expect(clean(" LAN ", "example.com")).toBe("lan@example.com");
    expect(clean("Lan@Else.example", "example.com")).toBe("lan@else.example");
    expect(clean(" ", "example.com")).toBe("");
    expect([localOf("a@b"), domainOf("a@b")]).toEqual(["a", "b"]);
  });

  it("are found in what somebody pastes", () => {
    expect(several("Lan <LAN@example.com>, minh@example.com;\nminh@example.com\t\"Hoa\" (hoa@example.com).")).toEqual(["lan@example.com", "minh@example.com", "hoa@example.com"]);
    expect(several("none here")).toEqual([]);
  });
});

describe("the address of the page", () => {
  it("is made and read", () => {
    for (const path of [["accounts", "lan@example.com"], ["aliases", "a/b%@example.com"], ["overview"], []]) expect(parts(link(...path))).toEqual(path);
    expect(parts("#/accounts/%E0%A4%A")).toEqual(["accounts", "%E0%A4%A"]);
    expect(parts("")).toEqual([]);
  });
});

describe("asking the server", () => {
  const sent: { path: string; init: RequestInit }[] = [];
  let answer: () => Response;

  beforeEach(() => {
    sent.length = 0;
    vi.stubGlobal("fetch", (path: string, init: RequestInit) => {
      sent.push({ path, init });
      return Promise.resolve(answer());
    });
    hold("token");
  });

  afterEach(() => { vi.unstubAllGlobals(); });

  it("changes bring the token and the version, reading does not", async () => {
    answer = () => new Response("{}", { headers: { ETag: "\"x\"" } });
    expect(await call("PUT", "/aliases/a", { a: 1 }, { tag: "\"v\"" })).toEqual({ data: {}, tag: "\"x\"" });
    await call("GET", "/status", undefined, { background: true });
    await call("PUT", "/aliases/a", {}, { fresh: true });
    expect(sent[0]?.init.headers).toEqual({ "Content-Type": "application/json", "Myna-Token": "token", "If-Match": "\"v\"" });
    expect(sent[1]?.init.headers).toEqual({ "Myna-Background": "yes" });
    expect(sent[2]?.init.headers).toMatchObject({ "If-None-Match": "*" });
  });

  it("whatever comes that is no success is a problem", async () => {
    answer = () => new Response(`{"type":"/api/problems/changed","status":412,"detail":"it was changed"}`, { status: 412 });
    await expect(call("GET", "/x")).rejects.toMatchObject({ kind: "changed", status: 412, detail: "it was changed" });
    for (const body of ["<html>", "[]", "null", `{"type":5}`, ""]) {
      answer = () => new Response(body, { status: 502 });
      await expect(call("GET", "/x"), body).rejects.toMatchObject({ kind: "internal", status: 502 });
    }
    answer = () => { throw new TypeError("failed"); };
    await expect(call("GET", "/x")).rejects.toMatchObject({ kind: "offline" });
    expect(problemOf(422, { code: "no-role", values: ["x", 5] }).reason).toEqual({ code: "no-role", values: ["x", "5"] });
    expect(problemOf(422, { code: 5, values: "x" }).reason).toEqual({});
    expect(problemOf(422, { refused: [{ line: 1, reason: "no" }] }).refused).toHaveLength(1);
  });

  it("a session that is over is noticed, but not while it is asked for", async () => {
    let ended = 0;
    onEnd(() => { ended++; });
    answer = () => new Response("{}", { status: 401 });
    await expect(call("GET", "/session")).rejects.toBeInstanceOf(Problem);
    expect(ended).toBe(0);
    await expect(call("GET", "/status")).rejects.toBeInstanceOf(Problem);
    expect(ended).toBe(1);
  });

  it("progress comes in pieces that end anywhere", async () => {
    const bytes = new TextEncoder().encode(`{"progress":{"stage":"ả","done":1}}\n{"progress":{"stage":"b","done":2}}\n{"result":{"created":3}}\n`);
    answer = () => new Response(new ReadableStream({
      start(c) {
        for (let i = 0; i < bytes.length; i += 7) c.enqueue(bytes.slice(i, i + 7));
        c.close();
      },
    }));
    const told: unknown[] = [];
    expect(await stream("/accounts/import", {}, (p) => told.push(p))).toEqual({ created: 3 });
    expect(told).toEqual([{ stage: "ả", done: 1 }, { stage: "b", done: 2 }]);
    answer = () => new Response(`{"problem":{"type":"/api/problems/invalid","status":422,"refused":[{"line":2,"reason":"x"}]}}`);
    await expect(stream("/accounts/import", {}, () => undefined)).rejects.toMatchObject({ kind: "invalid", refused: [{ line: 2, reason: "x" }] });
    answer = () => new Response(`{"progress":{}}\n`);
    await expect(stream("/accounts/import", {}, () => undefined)).rejects.toMatchObject({ kind: "offline" });
  });

  it("lines are whole", async () => {
    const got: string[] = [];
    for await (const l of linesOf(new Response("a\n\nb"))) got.push(l);
    expect(got).toEqual(["a", "b"]);
  });

  it("parameters that say nothing are left out", () => {
    expect(query({ domain: "", search: "nguyễn &", deleted: false, limit: 5 })).toBe("?search=nguy%E1%BB%85n+%26&limit=5");
    expect(query({})).toBe("");
  });
});

describe("what is told", () => {
  it("both languages have the same texts, and functions of the same shape", () => {
    const shape = (o: object): unknown => Object.fromEntries(Object.entries(o).map(([k, v]) => [k, typeof v === "object" ? shape(v as object) : `${typeof v} ${typeof v === "function" ? (v as () => void).length : ""}`]));
    expect(shape(vietnamese)).toEqual(shape(en));
    const empty = Object.entries(vietnamese).filter(([, v]) => v === "");
    expect(empty).toEqual([]);
  });

  it("what the server says is put into Vietnamese where it is known, and marked as English where not", () => {
    const near = { code: "member-near", values: ["target", "lam@example.com", "is no account", "lan@example.com"] };
    expect(said("the target …", near, "vi")).toEqual({ text: "không có lam@example.com; ý bạn là lan@example.com?", lang: undefined });
    expect(said("…", { code: "password-refused", values: ["it has fewer than 8 characters"] }, "vi").text).toBe("không dùng được mật khẩu này: mật khẩu có ít hơn 8 ký tự");
    expect(said("…", { code: "no-such", values: ["account", "$1"] }, "vi").text).toBe("không có tài khoản $1");
    expect(said("a loop was ignored: a@b → c@d → a@b", {}, "vi").text).toBe("bỏ qua một vòng lặp: a@b → c@d → a@b");
    expect(said("something new", { code: "of-tomorrow" }, "vi")).toEqual({ text: "something new", lang: "en" });
    expect(said("something new", near, "en")).toEqual({ text: "something new", lang: undefined });
  });

  it("every reason and finding of the server has a sentence in Vietnamese, with its values, and what to do", () => {
    const folder = new URL("../../admin/", import.meta.url);
    const files = readdirSync(folder).filter((f) => f.endsWith(".go") && !f.endsWith("_test.go")).map((f) => readFileSync(new URL(f, folder), "utf8"));
    const refusals = files.flatMap((s) => [...s.matchAll(/refuse\(\w+, "([a-z0-9-]+)", "((?:[^"\\]|\\.)*)"/g)]);
    expect(refusals.length).toBeGreaterThan(100);
    for (const [, code = "", format = ""] of refusals) {
      const sentence = reasons[code];
      expect(sentence, code).toBeDefined();
      const most = Math.max(0, ...[...sentence?.matchAll(/\$(\d)/g) ?? []].map((m) => Number(m[1])));
      expect(format.split("%").length - 1, code).toBeGreaterThanOrEqual(most);
    }
    const checks = files.flatMap((s) => [...s.matchAll(/x\.found\("\w+", (?:""|[\w.]+), (Green|Amber|Red), "([a-z-]+)"/g)]);
    expect(checks.length).toBeGreaterThan(20);
    for (const [, lamp = "", code = ""] of checks) {
      expect(findings[code], code).toBeDefined();
      expect(lamp === "Green" || remedies[code] !== undefined, code).toBe(true);
    }
    for (const code of ["connections-green", "connections-amber", "connections-red"]) expect(findings[code], code).toBeDefined();
    expect(said("2.0 GB of 20.0 GB are free", { code: "disk-low", values: ["2.0 GB", "20.0 GB"] }, "vi").text).toBe("chỉ còn trống 2.0 GB trên 20.0 GB");
  });

  it("what becomes of things of an import has its words in Vietnamese", () => {
    const sources = ["archive", "pubsub", "roster", "xep/blocking", "xep/privatestorage", "xep/remoteroster", "xep/vcard"]
      .map((f) => readFileSync(new URL(`../../${f}/import.go`, import.meta.url), "utf8")).join("\n");
    const found = [...sources.matchAll(/\bkind\w*\s+= "([^"]+)"|tell\("([^"]+)"|pie\.Refused, "([^"]+)"|why = "([^"]+)"|return d, "([^"]+)"\n|pie\.Refused, fmt\.Sprintf\("([^"]+)"/g)]
      .map((m) => m.slice(1).find((s) => s !== undefined) ?? "");
    expect(found.length).toBeGreaterThan(40);
    for (const text of found) expect(moved[text], text).toBeDefined();
    expect(movedSaid("A bookmark may have 8192 bytes; this one has 9000.", {}, "vi").text).toBe("một dấu trang có tối đa 8192 byte; dấu trang này có 9000");
    expect(movedSaid("a node may have 7 subscriptions", {}, "en").text).toBe("a node may have 7 subscriptions");
    expect(movedSaid("line 12", {}, "vi").text).toBe("dòng 12");
    expect(movedSaid("cards", {}, "vi").text).toBe("danh thiếp");
    expect(movedSaid("cards", {}, "en").text).toBe("cards");
    expect(movedSaid("x", { code: "other-domain", values: ["example.com"] }, "vi").text).toContain("example.com");
  });

  it("a report shows what was written, whatever it is", () => {
    expect(bodyOf("<message xmlns='jabber:client'><body>a &lt;b&gt; &amp;amp; &#x110;&#273;</body></message>")).toBe("a <b> &amp; Đđ");
    expect(bodyOf("<message><body xml:lang='vi'>chào</body></message>")).toBe("chào");
    expect(bodyOf("<message><body/></message>")).toBe("<message><body/></message>");
    expect(bodyOf("<message><body>&#x7fffffff;&x;</body></message>")).toBe("&#x7fffffff;&x;");
    expect([reasonName("urn:xmpp:reporting:spam"), reasonName("urn:other")]).toEqual(["Spam", "urn:other"]);
  });

  it("a change is told field by field", () => {
    expect(changesOf({ old: { name: "A", targets: ["a@b"] }, new: { name: "B", targets: ["a@b", "c@d"], group_chat: true } })).toEqual([
      { field: "group_chat", before: "", after: "true" }, { field: "name", before: "A", after: "B" }, { field: "targets", before: "a@b", after: "a@b, c@d" },
    ]);
    expect(changesOf(undefined)).toEqual([]);
    expect([actionName("alias.create"), actionName("other.thing"), doorName("page"), doorName("x")]).toEqual(["Alias created", "other.thing", "admin page", "x"]);
  });

  it("options are told in words, by their module", () => {
    const p = (key: string, value: string): Policy => ({ key, value, default: "", source: "default", doc: "" });
    expect(groupsOf([p("archive.retention_days", "0"), p("modules.muc.a", "1"), p("modules.muc.b", "2")]).map((g) => [g.section, g.items.length])).toEqual([["archive", 1], ["muc", 2]]);
    const said = ["true", "1000", "\"nobody\"", "\"\"", "[]", "[\"a\",\"b\"]", "{x}"].map((v) => sayValue(p("modules.x.y", v)));
    expect(said).toEqual(["Yes", "1,000", "nobody", "None", "None", "a, b", "{x}"]);
    expect(sayValue(p("modules.upload.max_file", "104857600"))).toBe("105 MB");
  });
});

describe("values that administrators type", () => {
  const option = (value: string, more: Partial<Policy> = {}): Policy => ({ key: "modules.a.b", value, default: value, source: "default", doc: "", ...more });

  it("options are asked for by their kind, and written as TOML", () => {
    for (const [p, kind, text, again] of [
      [option('"nobody"', { words: ["nobody", "everybody"] }), "words", "nobody", '"nobody"'], [option("true"), "boolean", "true", "true"], [option("30"), "number", "30", "30"],
      [option('["a", "b"]'), "list", "a\nb", '["a","b"]'], [option("[]"), "list", "", "[]"], [option('"x \\"y"'), "text", 'x "y', '"x \\"y"'], [option('"7d"'), "text", "7d", '"7d"'],
    ] as const) {
      expect([kindOf(p), typed(p), written(p, typed(p))]).toEqual([kind, text, again]);
    }
    for (const wrong of ["", "1.5", "x", "1e3", "0x10", "1 2"]) expect(written(option("30"), wrong)).toBeUndefined();
    expect(written(option("30"), " 007 ")).toBe("7");
    expect(written(option("[]"), " a \n\n b")).toBe('["a","b"]');
    expect(written(option('"x"'), 'a"\n[b]')).toBe('"a\\"\\n[b]"');
  });

  it("numbers that may be left out are whole and within bounds", () => {
    expect(["", " 3 ", "365"].map((s) => whole(s, 365))).toEqual([0, 3, 365]);
    expect(["0", "-1", "366", "1.5", "x", "1e2"].map((s) => whole(s, 365))).toEqual(Array(6).fill(undefined));
  });

  it("bytes are written in base64, however many", async () => {
    const bytes = Uint8Array.from({ length: 20_000 }, (_, i) => i % 256);
    expect(await base64(new Blob([bytes]))).toBe(Buffer.from(bytes).toString("base64"));
  });
});

it("every option that a domain may have a value of its own for has a name, and its module, too", () => {
  const doc = readFileSync(new URL("../../docs/config.md", import.meta.url), "utf8");
  const sections = [...doc.matchAll(/^# \[host\."example\.com"\.(?:modules\.)?(\w+)\]\n((?:# [a-z_, ]+\n)+)/gm)];
  expect(sections.length).toBeGreaterThan(10);
  for (const [, module = "", list = ""] of sections) {
    for (const texts of [en, vietnamese]) {
      expect(Object.keys(texts.policyGroups)).toContain(module);
      for (const option of list.replaceAll("#", "").split(",").map((s) => s.trim()).filter((s) => s !== "")) {
        expect(Object.keys(texts.policyNames)).toContain(`${module === "archive" && option === "retention_days" ? "" : "modules."}${module}.${option}`);
      }
    }
  }
});
