import { expect, it } from "vitest";
import type { Line, Lines } from "../src/engine/api";
import { Log } from "../src/ui/log";

const line = (n: number, part: Partial<Line> = {}): Line => ({
  key: `k${n}`, id: `${n}`, archiveID: "", author: "a@x", occupant: "", mine: false, body: `${n}`, file: "", time: n, state: "acked", problem: "", edited: false,
  retracted: false, mention: false, reply: undefined, reactions: [], transfer: undefined, ...part,
});
const lines = (from: number, to: number): Line[] => Array.from({ length: to - from }, (_, i) => line(from + i));
const change = (put: Line[], part: Partial<Lines> = {}): Lines => ({ jid: "a@x", reset: false, put, gone: [], complete: false, loading: false, newAfter: 0, ...part });

it("chunks far from a change stay the same", () => {
  const before = new Log().with(change(lines(1000, 1400), { reset: true }));
  const after = before.with(change([line(1400)]));
  expect(after.lines).toHaveLength(401);
  expect(after.chunks.slice(0, 10)).toEqual(before.chunks);
  after.chunks.slice(0, 10).forEach((c, i) => expect(c).toBe(before.chunks[i]));
});

it("older lines come above without moving the borders of chunks", () => {
  const before = new Log().with(change(lines(1000, 1400), { reset: true }));
  const after = before.with(change(lines(950, 1000)));
  expect(after.lines.map((m) => m.time)).toEqual(lines(950, 1400).map((m) => m.time));
  const kept = after.chunks.filter((c) => before.chunks.includes(c));
  expect(kept.length).toBeGreaterThanOrEqual(before.chunks.length - 1);
});

it("a line that changes, and one that goes, touch their chunks only", () => {
  const before = new Log().with(change(lines(0, 200), { reset: true }));
  const after = before.with(change([line(100, { body: "new" })], { gone: ["k10"] }));
  expect(after.lines).toHaveLength(199);
  expect(after.lines.find((m) => m.key === "k100")?.body).toBe("new");
  expect(after.chunks.filter((c) => !before.chunks.includes(c)).map((c) => c.id)).toEqual([0, 2]);
});

it("a line whose time becomes known moves to its place", () => {
  const log = new Log().with(change([line(1), line(2), line(3)], { reset: true })).with(change([line(3, { time: 0 })]));
  expect(log.lines.map((m) => m.key)).toEqual(["k3", "k1", "k2"]);
});

it("of ten thousand lines a new one touches the last chunk only", () => {
  const before = new Log().with(change(lines(0, 10_001), { reset: true }));
  const after = before.with(change([line(10_001)]));
  expect(after.lines).toHaveLength(10_002);
  expect(after.chunks.filter((c) => !before.chunks.includes(c)).map((c) => c.id)).toEqual([250]);
});
