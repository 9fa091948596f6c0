import { t } from "./i18n";

/** Change is a field of something, before and after. */
export interface Change {
  field: string;
  before: string;
  after: string;
}

/** changesOf lists what a line of the audit log says has changed. */
export function changesOf(c: { old?: Record<string, unknown>; new?: Record<string, unknown> } | undefined): Change[] {
  const before = c?.old ?? {};
  const after = c?.new ?? {};
  return [...new Set([...Object.keys(before), ...Object.keys(after)])].sort().map((field) => ({ field, before: shown(before[field]), after: shown(after[field]) }));
}

function shown(v: unknown): string {
  if (v === undefined || v === null) return "";
  if (Array.isArray(v)) return v.map(shown).join(", ");
  return typeof v === "string" ? v : typeof v === "object" ? JSON.stringify(v) : String(v as number | boolean);
}

/** actionName is an action in the user's language; one that is not known here is told as the log has it. */
export function actionName(action: string): string {
  const names: Readonly<Record<string, string>> = t.value.actions;
  return names[action] ?? action;
}

/** doorName is how somebody came in. */
export function doorName(door: string): string {
  const names: Readonly<Record<string, string>> = t.value.doors;
  return names[door] ?? door;
}
