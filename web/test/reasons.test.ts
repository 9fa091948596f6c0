import { describe, expect, it } from "vitest";
import type { Line, Room } from "../src/engine/api";
import { en } from "../src/i18n/en";
import { vi } from "../src/i18n/vi";
import { notIn, outOf, refusal, uploadProblem } from "../src/ui/reasons";

const line = (part: Partial<Line>): Line => ({ body: "x", file: "", problem: "", ...part } as Line);
const room = (part: Partial<Room>): Room => ({ state: "joined", cause: "", reason: "", role: "participant", ...part } as Room);

describe.each([["en", en], ["vi", vi]])("reasons in %s", (_, t) => {
  it("of a message", () => {
    expect(refusal(t, line({ problem: "forbidden" }), undefined)).toBe(t.mayNotWrite);
    expect(refusal(t, line({ problem: "forbidden", file: "https://x/y" }), room({}))).toBe(t.filesOff);
    expect(refusal(t, line({ problem: "forbidden", body: "@all" }), room({}))).toBe(t.mayNotCall);
    expect(refusal(t, line({ problem: "forbidden" }), room({ role: "visitor" }))).toBe(t.announcement);
    expect(refusal(t, line({ problem: "policy-violation" }), room({}))).toBe(t.tooFast);
    expect(refusal(t, line({ problem: "remote-server-timeout" }), undefined)).toBe(t.farAway);
    expect(refusal(t, line({ problem: "undefined-condition" }), undefined)).toBe("");
  });

  it("of a group", () => {
    expect(outOf(t, room({ state: "removed", cause: "321" }))).toBe(t.takenOut);
    expect(outOf(t, room({ state: "removed", cause: "registration-required" }))).toBe(t.takenOut);
    expect(outOf(t, room({ state: "removed", cause: "307" }))).toBe(t.putOut);
    expect(outOf(t, room({ state: "removed", cause: "301" }))).toBe(t.banned);
    expect(outOf(t, room({ state: "destroyed" }))).toBe("");
    expect(notIn(t, room({ state: "failed", cause: "resource-constraint" }))).toBe(t.joinMany);
    expect(notIn(t, room({ state: "failed", cause: "undefined-condition" }))).toBe("");
  });

  it("of a file", () => {
    expect(uploadProblem(t, "file-too-large", "1 MB")).toBe(t.tooLarge("1 MB"));
    expect(uploadProblem(t, "retry", "")).toBe(t.quotaToday);
    expect(uploadProblem(t, "resource-constraint", "")).toBe(t.quota);
    expect(uploadProblem(t, "network", "")).toBe(t.uploadFailed);
  });
});
