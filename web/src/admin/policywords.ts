import { bytes, number, t } from "./i18n";
import type { Policy } from "./types";

/** Group are the options of a module. */
export interface Group {
  section: string;
  items: Policy[];
}

/** groupsOf puts options together by their module. */
export function groupsOf(list: readonly Policy[]): Group[] {
  const groups: Group[] = [];
  for (const p of list) {
    const section = p.key.slice(0, p.key.lastIndexOf(".")).replace(/^modules\./, "");
    const g = groups.find((x) => x.section === section);
    if (g) g.items.push(p);
    else groups.push({ section, items: [p] });
  }
  return groups;
}

// Options that are sizes in bytes.
const sizes = new Set(["max_file", "daily_quota", "user_quota", "profile_max", "item_bytes", "account_bytes", "service_bytes"]);

/** Kind is how a value is asked for. */
export type Kind = "words" | "boolean" | "number" | "list" | "text";

/** kindOf tells what values an option has, by the one that it has. */
export function kindOf(p: Policy): Kind {
  if ((p.words?.length ?? 0) > 0) return "words";
  const v = parsed(p.default);
  return typeof v === "boolean" ? "boolean" : typeof v === "number" ? "number" : Array.isArray(v) ? "list" : "text";
}

function parsed(toml: string): unknown {
  try {
    return JSON.parse(toml);
  } catch {
    return toml;
  }
}

/** typed is the value of an option as it stands in a field; a list has a line for each. */
export function typed(p: Policy): string {
  const v = parsed(p.value);
  return Array.isArray(v) ? v.join("\n") : typeof v === "string" ? v : p.value;
}

/** written is what stands in a field as TOML; undefined: it is no value of this kind. */
export function written(p: Policy, text: string): string | undefined {
  const s = text.trim();
  switch (kindOf(p)) {
    case "boolean": return s;
    case "number": return /^-?\d+$/.test(s) ? String(Number(s)) : undefined;
    case "list": return JSON.stringify(s.split("\n").map((l) => l.trim()).filter((l) => l !== ""));
    default: return JSON.stringify(s);
  }
}

/** policyName is an option in words; one that is not known here is told by its key. */
export function policyName(p: Policy): string {
  const names: Readonly<Record<string, string>> = t.value.policyNames;
  return names[p.key] ?? p.key;
}

/** sayValue is the value of an option for people; it comes as TOML, which is JSON for what options are. */
export function sayValue(p: Policy): string {
  const texts = t.value;
  let v: unknown;
  try {
    v = JSON.parse(p.value);
  } catch {
    return p.value;
  }
  if (typeof v === "boolean") return v ? texts.yes : texts.no;
  if (typeof v === "number") return sizes.has(p.key.slice(p.key.lastIndexOf(".") + 1)) && v > 0 ? bytes(v) : number(v);
  if (Array.isArray(v)) return v.length === 0 ? texts.none : v.join(", ");
  if (typeof v !== "string") return p.value;
  const words: Readonly<Record<string, string>> = texts.policyWords;
  return v === "" ? texts.none : words[v] ?? v;
}
