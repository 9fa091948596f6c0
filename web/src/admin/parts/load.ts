import { useEffect, useState } from "preact/hooks";
import { call, type Answer } from "../api";
import type { Page } from "../types";

/** Loaded is something of the server: undefined while it is on the way. */
export interface Loaded<T> {
  data: T | undefined;
  tag: string;
  problem: unknown;
  again(): void;
}

/** useLoad reads a path; path undefined: there is nothing to read. every is after how many seconds it is read again while the page is seen. */
export function useLoad<T>(path: string | undefined, every = 0): Loaded<T> {
  const [state, set] = useState<{ path?: string | undefined; answer?: Answer<T>; problem?: unknown }>({});
  const [round, again] = useState(0);
  useEffect(() => {
    if (path === undefined) return;
    const stop = new AbortController();
    const read = async (background: boolean): Promise<void> => {
      try {
        const answer = await call<T>("GET", path, undefined, { signal: stop.signal, background });
        set({ path, answer });
      } catch (problem) {
        if (!stop.signal.aborted && !background) set({ path, problem });
      }
    };
    void read(false);
    const timer = every > 0 ? setInterval(() => { if (!document.hidden) void read(true); }, every * 1000) : 0;
    return () => {
      clearInterval(timer);
      stop.abort();
    };
  }, [path, round, every]);
  const here = state.path === path ? state : {};
  return { data: here.answer?.data, tag: here.answer?.tag ?? "", problem: here.problem, again: () => again((n) => n + 1) };
}

/** Pages is a list of the server of which as much was read as somebody wanted to see. */
export interface Pages<T> {
  items: readonly T[] | undefined;
  more: (() => void) | undefined; // reads on; undefined: that is all
  busy: boolean;
  problem: unknown;
  again(): void;
}

/** usePages reads a list in pages. path has no cursor, but may have parameters. */
export function usePages<T>(path: string): Pages<T> {
  const [state, set] = useState<{ path: string; items: readonly T[]; next: string; problem?: unknown; busy: boolean; round: number }>();
  const [round, again] = useState(0);
  const [wanted, want] = useState<{ path: string; cursor: string; round: number }>();
  const cursor = wanted?.path === path && wanted.round === round ? wanted.cursor : "";
  useEffect(() => {
    const stop = new AbortController();
    const join = path.includes("?") ? "&" : "?";
    const before = cursor === "" || state?.path !== path ? [] : state.items;
    if (state) set({ ...state, busy: true });
    void (async () => {
      try {
        const { data } = await call<Page<T>>("GET", `${path}${join}limit=50${cursor === "" ? "" : `&cursor=${cursor}`}`, undefined, { signal: stop.signal });
        set({ path, items: [...before, ...data.items], next: data.next ?? "", busy: false, round });
      } catch (problem) {
        if (!stop.signal.aborted) set({ path, items: before, next: "", problem, busy: false, round });
      }
    })();
    return () => stop.abort();
  }, [path, cursor, round]);
  const here = state; // what was searched before stays until the next is there
  const next = here?.path === path && !here.busy ? here.next : "";
  return {
    items: here && here.problem === undefined ? here.items : undefined, busy: !here || here.busy || here.path !== path,
    problem: here?.path === path ? here.problem : undefined,
    more: next === "" ? undefined : () => want({ path, cursor: next, round }), again: () => again((n) => n + 1),
  };
}

/** useLater is a value after it has rested. */
export function useLater<T>(value: T, ms: number): T {
  const [later, set] = useState(value);
  useEffect(() => {
    const wait = setTimeout(() => set(value), ms);
    return () => clearTimeout(wait);
  }, [value, ms]);
  return later;
}
