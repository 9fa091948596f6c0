import type { Progress } from "./types";

/** Step is how far an import from another server is. "sending" is of the page, in bytes; the server knows the others. */
export interface Step extends Progress {
  trial?: boolean; // nothing is written
}

/** steps is the name of a step, and the part of it that is done; undefined: nobody knows. A trial is checking to its end. */
export function steps(s: Step): { name: "sending" | "checking" | "importing"; part: number | undefined } {
  const part = s.total > 0 ? Math.min(1, s.done / s.total) : undefined;
  if (s.stage === "sending") return part === 1 ? { name: "checking", part: undefined } : { name: "sending", part };
  if (s.stage !== "importing") return { name: "checking", part: undefined };
  return { name: s.trial ? "checking" : "importing", part };
}
