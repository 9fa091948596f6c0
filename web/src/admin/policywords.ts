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
