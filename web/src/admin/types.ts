// What the HTTP API answers (/api/openapi.json), as far as the page uses it.

import type { Reason } from "./i18n/said";

export type Role = "" | "domain" | "server";

export interface Account {
  address: string;
  name?: string;
  department?: string;
  lang?: string;
  role?: Role;
  disabled?: boolean;
  chat_off?: boolean;
  created: string;
  online?: number;
}

export interface Session {
  resource: string;
  since: string;
  remote?: string;
  client?: string;
  transport?: string;
  encrypted: boolean;
  status: "available" | "away" | "dnd" | "offline";
}

/** AccountSession is a session with whose it is. */
export interface AccountSession extends Session {
  address: string;
  name?: string;
}

export interface AccountDetail extends Account {
  last_seen?: string;
  digest: string; // mails about groups
  aliases?: string[];
  rooms?: string[];
  sessions?: Session[];
}

export interface Holdings extends Account {
  messages: number;
  files: number;
  bytes: number;
  rooms?: string[];
  aliases?: string[];
}

/** ResetLink is a link by which somebody sets another password. */
export interface ResetLink {
  page?: string;
  code: string;
  until: string;
}

/** AliasFields is what an administrator decides about an alias. */
export interface AliasFields {
  name?: string;
  description?: string;
  targets: string[];
  group_chat: boolean;
  internal_only?: boolean;
  hidden?: boolean;
  everyone?: boolean;
  announcement?: boolean;
  posters?: string[];
  leads?: string[];
  membership?: string;
  history?: string;
  retention_days?: number;
  files_off?: boolean;
  mention_all_off?: boolean;
}

export interface Alias extends AliasFields {
  address: string;
  room?: string;
  created: string;
  deleted?: string;
}

export interface Member {
  address: string;
  via?: string[];
  kind: "chat" | "mail" | "left" | "disabled" | "external";
  lead?: boolean;
}

/** Preview is what an alias would come to if it were saved so. */
export interface Preview {
  group: boolean;
  chat: number;
  mail: number;
  left?: number;
  disabled?: number;
  loops: number;
  members: Member[];
  more?: number;
  warnings?: string[];
  problems?: string[];
  reasons?: Reason[]; // of the problems
  names?: Record<string, string>; // what the people and aliases in it are called, by address
  groups?: string[]; // those of them that are aliases
}

export interface HostStatus {
  host: string;
  accounts: number;
  disabled: number;
  online: number;
  sessions: number;
  aliases: number;
  groups: number;
  rooms: number;
}

export interface Status {
  running: boolean;
  version: string;
  started?: string;
  sessions: number;
  hosts: HostStatus[];
}

/** Check is what was found of a part of the server. */
export interface Check extends Reason {
  part: string;
  of?: string;
  lamp: "green" | "amber" | "red";
  text: string;
  do?: string;
}

/** Health is how the parts of the server are. */
export interface Health {
  lamp: Check["lamp"];
  checks: Check[];
}

export interface AuditLine {
  at: string;
  actor: string;
  door: string;
  action: string;
  object: string;
  change: { old?: Record<string, unknown>; new?: Record<string, unknown> };
}

export interface Page<T> {
  items: T[];
  next?: string;
}

/** Me is who has signed in. */
export interface Me {
  address: string;
  name?: string;
  role: Role;
  domains: string[];
  token: string;
  ends: string;
  version: string;
}

/** Policy is an option that a domain may have a value of its own for. */
export interface Policy {
  key: string;
  value: string; // as TOML
  default: string;
  source: "default" | "server" | "domain" | "page";
  words?: string[];
  doc: string;
  restart?: boolean;
  domain?: boolean; // who administers the domain may decide it
  editable?: boolean; // by who asks
}

/** AliasDetail is an alias with what its targets come to. */
export interface AliasDetail extends Alias {
  picture?: string; // SHA-1
}

/** AppPassword is a password for one program or device. */
export interface AppPassword {
  id: string;
  label: string;
  created: string;
  used?: string;
}

/** Invite is an invitation. */
export interface Invite {
  id: string;
  domain: string;
  account?: string;
  groups?: string[];
  note?: string;
  by: string;
  created: string;
  expires: string;
  uses_allowed: number;
  uses: number;
  state: "open" | "used" | "expired";
}

/** Key is a key of the HTTP API, without its secret. */
export interface Key {
  id: string;
  name: string;
  domain?: string; // it administers this domain; undefined: the server
  created: string;
  by: string;
}

/** Message is a standing message of a domain; "": there is none. */
export interface Message {
  domain: string;
  text: string;
}

/** Progress is how far something is that takes a while. */
export interface Progress {
  stage: string;
  done: number;
  total: number;
}

/** Moved is what became of a file of another server, or what would become of it. */
export interface Moved {
  dry_run: boolean;
  accounts: number;
  created: number;
  merged: number;
  skipped: number;
  refused: number;
  contents: { kind: string; added: number; kept: number; refused: number }[];
  misfits: (Reason & { place: string; address?: string; reason: string })[];
  more?: number; // misfits that are not listed
  unknown?: Record<string, number>; // elements that nothing is known of
  locked?: string[]; // accounts without a password
  notes?: string[];
}

/** Report is what a user has reported. */
export interface Report {
  id: string;
  domain: string;
  at: string;
  reporter: string;
  reported: string;
  reason: string;
  text?: string;
  messages?: { at: string; from: string; stanza: string }[];
  count: number;
}
