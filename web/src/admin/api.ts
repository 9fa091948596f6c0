// The HTTP API, asked with the cookie of the page's session.

import type { Reason } from "./i18n/said";

/** Refused is a line of an import that cannot become an account. */
export interface Refused {
  line: number;
  address?: string;
  reason: string;
  code?: string;
  values?: string[];
}

/** Problem is why the server did not do something (RFC 9457). kind is the last part of its type; "offline" is that nothing was heard of it. reason says more. */
export class Problem extends Error {
  constructor(readonly status: number, readonly kind: string, readonly detail: string, readonly refused: readonly Refused[] = [], readonly reason: Reason = {}) {
    super(`${kind}: ${detail}`);
  }
}

/** Answer is what the server says, with the version of what it is about. */
export interface Answer<T> {
  data: T;
  tag: string;
}

interface Options {
  tag?: string; // the version that is changed
  fresh?: boolean; // there must be none
  signal?: AbortSignal | undefined;
  background?: boolean; // nobody has asked for it
}

const secret = { token: "" };

/** hold keeps the token that requests which change something bring. */
export function hold(token: string): void {
  secret.token = token;
}

const ended = new Set<() => void>();

/** onEnd calls f when the server knows the session no more. */
export function onEnd(f: () => void): void {
  ended.add(f);
}

/** call sends a request to a path below /api/v1. */
export async function call<T>(method: string, path: string, body?: unknown, o: Options = {}): Promise<Answer<T>> {
  const headers: Record<string, string> = {};
  if (body !== undefined) headers["Content-Type"] = "application/json";
  if (method !== "GET" && secret.token !== "") headers["Myna-Token"] = secret.token;
  if (o.tag) headers["If-Match"] = o.tag;
  if (o.fresh) headers["If-None-Match"] = "*";
  if (o.background) headers["Myna-Background"] = "yes";
  let r: Response;
  let text: string;
  try {
    r = await fetch(`/api/v1${path}`, {
      method, headers, cache: "no-store", redirect: "error", signal: o.signal ?? null, ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    text = await r.text();
  } catch (e) {
    if (o.signal?.aborted) throw e;
    throw new Problem(0, "offline", "");
  }
  const data = parse(text);
  if (r.ok) return { data: data as T, tag: r.headers.get("ETag") ?? "" };
  if (r.status === 401 && path !== "/session") for (const f of ended) f();
  throw problemOf(r.status, data);
}

/** stream sends a request whose answer tells how far it is: lines of JSON, the last with the result. */
export async function stream<T, P>(path: string, body: unknown, progress: (p: P) => void): Promise<T> {
  let r: Response;
  try {
    r = await fetch(`/api/v1${path}`, {
      method: "POST", headers: { "Content-Type": "application/json", Accept: "application/x-ndjson", "Myna-Token": secret.token }, redirect: "error",
      body: JSON.stringify(body),
    });
  } catch {
    throw new Problem(0, "offline", "");
  }
  if (!r.ok) {
    if (r.status === 401) for (const f of ended) f();
    throw problemOf(r.status, parse(await r.text()));
  }
  for await (const text of linesOf(r)) {
    const result = lineOf<T, P>(text, progress);
    if (result !== undefined) return result;
  }
  throw new Problem(0, "offline", "");
}

/** lineOf reads a line of an answer that tells how far it is; a result is the end. */
function lineOf<T, P>(text: string, progress: (p: P) => void): T | undefined {
  const l = parse(text) as { progress?: P; result?: T; problem?: { status?: number } } | undefined;
  if (l?.progress !== undefined) progress(l.progress);
  if (l?.problem !== undefined) throw problemOf(l.problem.status ?? 500, l.problem);
  return l?.result;
}

/** upload sends a file, as it is read, whose answer tells how far it is; sent is told how many bytes have gone. */
export function upload<T, P>(path: string, file: Blob, sent: (bytes: number) => void, progress: (p: P) => void): Promise<T> {
  return new Promise((resolve, reject) => {
    const x = new XMLHttpRequest(); // fetch does not tell how much has gone
    let begun = 0; // of the line that is not whole yet
    const read = (): void => {
      if (x.status !== 200) return;
      try {
        for (let end = x.responseText.indexOf("\n", begun); end >= 0; end = x.responseText.indexOf("\n", begun)) {
          const result = lineOf<T, P>(x.responseText.slice(begun, end), progress);
          begun = end + 1;
          if (result !== undefined) resolve(result);
        }
      } catch (e) {
        reject(e instanceof Error ? e : new Problem(500, "internal", ""));
      }
    };
    x.open("POST", `/api/v1${path}`);
    for (const [name, value] of [["Content-Type", "application/xml"], ["Accept", "application/x-ndjson"], ["Myna-Token", secret.token]] as const) x.setRequestHeader(name, value);
    x.upload.onprogress = (e) => sent(e.loaded);
    x.onprogress = read;
    x.onload = () => {
      read();
      if (x.status === 401) for (const f of ended) f();
      reject(x.status === 200 ? new Problem(0, "offline", "") : problemOf(x.status, parse(x.responseText))); // unless the result was there
    };
    x.onerror = x.onabort = () => reject(new Problem(0, "offline", ""));
    x.send(file);
  });
}

/** file reads what is no JSON. */
export async function file(path: string): Promise<Blob> {
  let r: Response;
  try {
    r = await fetch(`/api/v1${path}`, { cache: "no-store", redirect: "error" });
    if (r.ok) return await r.blob();
  } catch {
    throw new Problem(0, "offline", "");
  }
  if (r.status === 401) for (const f of ended) f();
  throw problemOf(r.status, parse(await r.text()));
}

/** linesOf are the lines of an answer, as they come. */
export async function* linesOf(r: Response): AsyncGenerator<string> {
  const reader = r.body?.getReader();
  if (!reader) return;
  const decoder = new TextDecoder();
  let rest = "";
  for (;;) {
    let part: ReadableStreamReadResult<Uint8Array>;
    try {
      part = await reader.read();
    } catch {
      return; // the connection is gone: what is missing is missing
    }
    rest += decoder.decode(part.value, { stream: !part.done });
    const list = rest.split("\n");
    rest = list.pop() ?? "";
    yield* list.filter((s) => s !== "");
    if (part.done) {
      if (rest !== "") yield rest;
      return;
    }
  }
}

function parse(text: string): unknown {
  try {
    return text === "" ? undefined : JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** problemOf reads the body of an error. Whatever stands there, it is a problem. */
export function problemOf(status: number, data: unknown): Problem {
  const o = (typeof data === "object" && data ? data : {}) as { type?: unknown; detail?: unknown; refused?: unknown; code?: unknown; values?: unknown };
  const kind = typeof o.type === "string" ? o.type.slice(o.type.lastIndexOf("/") + 1) : "internal";
  return new Problem(status, kind, typeof o.detail === "string" ? o.detail : "", Array.isArray(o.refused) ? (o.refused as Refused[]) : [],
    typeof o.code === "string" ? { code: o.code, values: Array.isArray(o.values) ? o.values.map(String) : [] } : {});
}

/** query writes parameters; those that are "" or false are left out. */
export function query(parameters: Record<string, string | number | boolean | undefined>): string {
  const p = new URLSearchParams();
  for (const [k, v] of Object.entries(parameters)) if (v !== undefined && v !== "" && v !== false) p.set(k, String(v));
  const s = p.toString();
  return s === "" ? "" : `?${s}`;
}

/** at writes an address as a part of a path. */
export const at = (address: string): string => encodeURIComponent(address);
