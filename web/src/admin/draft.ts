import { isLocal } from "./addresses";
import type { Alias, AliasFields } from "./types";

/** Posting is who may write in a group. */
export type Posting = "everyone" | "leads" | "list";

/** Draft is an alias as the form has it. */
export interface Draft {
  name: string;
  description: string;
  targets: readonly string[];
  groupChat: boolean;
  internalOnly: boolean;
  listed: boolean; // in the address list
  everyone: boolean;
  posting: Posting;
  posters: readonly string[];
  leads: readonly string[];
  membership: "hide" | "leave" | "mandatory";
  history: "all" | "30d" | "join";
  retention: string; // days
  files: boolean;
  mentionAll: boolean;
}

/** fresh is the draft of a new alias. */
export const fresh: Draft = {
  name: "", description: "", targets: [], groupChat: true, internalOnly: false, listed: true, everyone: false, posting: "everyone", posters: [], leads: [],
  membership: "hide", history: "all", retention: "0", files: true, mentionAll: true,
};

/** draftOf is the draft of what there is. */
export function draftOf(a: AliasFields): Draft {
  const posters = a.posters ?? [];
  return {
    name: a.name ?? "", description: a.description ?? "", targets: a.targets, groupChat: a.group_chat, internalOnly: a.internal_only ?? false,
    listed: !a.hidden, everyone: a.everyone ?? false, posting: !a.announcement ? "everyone" : posters.length > 0 ? "list" : "leads", posters, leads: a.leads ?? [],
    membership: one(a.membership, ["hide", "leave", "mandatory"]), history: one(a.history, ["all", "30d", "join"]),
    retention: String(a.retention_days ?? 0), files: !a.files_off, mentionAll: !a.mention_all_off,
  };
}

function one<T extends string>(value: string | undefined, among: readonly [T, ...T[]]): T {
  return among.find((x) => x === value) ?? among[0];
}

/** fieldsOf is what is sent. */
export function fieldsOf(d: Draft): AliasFields {
  return {
    name: d.name.trim().normalize("NFC"), description: d.description.trim().replace(/\s+/g, " ").normalize("NFC"), targets: [...d.targets], group_chat: d.groupChat,
    internal_only: d.internalOnly, hidden: !d.listed, everyone: d.everyone, announcement: d.posting !== "everyone",
    posters: d.posting === "list" ? [...d.posters] : [], leads: [...d.leads], membership: d.membership, history: d.history,
    retention_days: days(d.retention), files_off: !d.files, mention_all_off: !d.mentionAll,
  };
}

/** fieldsAgain is what is sent to have an alias as it was. */
export function fieldsAgain({ address: _a, room: _r, created: _c, deleted: _d, ...fields }: Alias): AliasFields {
  return fields;
}

function days(text: string): number {
  const n = Number(text);
  return Number.isInteger(n) && n >= 0 ? n : 0;
}

/** differing lists the fields in which two drafts differ. */
export function differing(a: Draft, b: Draft): (keyof Draft)[] {
  return (Object.keys(a) as (keyof Draft)[]).filter((k) => JSON.stringify(normal(a[k])) !== JSON.stringify(normal(b[k])));
}

function normal(v: Draft[keyof Draft]): unknown {
  return typeof v === "object" ? [...v].sort() : typeof v === "string" ? v.trim().normalize("NFC") : v;
}

/** Faults are what is wrong with a draft, by field. */
export type Faults = Partial<Record<"local" | "targets" | "retention", "missing" | "invalid">>;

/** faults finds what the server would refuse. local is what stands before the @ of a new alias; undefined: it has its address. */
export function faults(d: Draft, local?: string): Faults {
  const f: Faults = {};
  if (local !== undefined && !isLocal(local.trim())) f.local = local.trim() === "" ? "missing" : "invalid";
  if (d.targets.length === 0 && !d.everyone) f.targets = "missing";
  if (!/^\d{1,5}$/.test(d.retention.trim()) || Number(d.retention) > 36500) f.retention = "invalid";
  return f;
}

/** withEveryone switches "all accounts" on or off: a group of all is for announcements, unless somebody says otherwise. */
export function withEveryone(d: Draft, on: boolean): Draft {
  if (on && d.posting === "everyone") return { ...d, everyone: on, posting: "leads" };
  return { ...d, everyone: on };
}

/** keptUntil is until when a deleted alias can be brought back; undefined: it is not deleted. */
export function keptUntil(a: Pick<Alias, "deleted">): Date | undefined {
  return a.deleted === undefined ? undefined : new Date(Date.parse(a.deleted) + 30 * 86_400_000);
}
