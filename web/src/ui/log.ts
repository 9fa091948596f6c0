import type { Line, Lines } from "../engine/api";

/** Chunk is some neighbouring lines. It stays the same object while nothing of it changes. */
export interface Chunk {
  id: number;
  before: Line | undefined; // the line above
  lines: readonly Line[];
}

const size = 40;

/** Log are the lines that a page shows, cut into chunks whose borders stay when lines are added at either end. It is never changed. */
export class Log {
  readonly chunks: readonly Chunk[];

  constructor(
    readonly jid = "",
    readonly lines: readonly Line[] = [],
    private readonly places = new Map<string, number>(), // by key; a chunk has size of them. The logs of a conversation share them
    readonly complete = false,
    readonly loading = true,
    readonly newAfter = 0,
    old: readonly Chunk[] = [],
  ) {
    this.chunks = cut(lines, places, old);
  }

  /** with returns the log after a change. */
  with(l: Lines): Log {
    const places = l.reset ? new Map<string, number>() : this.places;
    let lines = l.reset ? [] : [...this.lines];
    const changed = new Map<string, Line>();
    const fresh: Line[] = [];
    for (const line of l.put) (places.has(line.key) ? changed.set(line.key, line) : fresh.push(line));
    for (const key of l.gone) places.delete(key);
    if (changed.size > 0 || l.gone.length > 0) {
      lines = lines.filter((m) => places.has(m.key)).map((m) => changed.get(m.key) ?? m);
      if ([...changed.keys()].some((key) => moved(lines, key))) lines.sort((a, b) => a.time - b.time);
    }
    add(lines, places, fresh);
    return new Log(l.jid, lines, places, l.complete, l.loading, l.newAfter, l.reset ? [] : this.chunks);
  }
}

function moved(lines: readonly Line[], key: string): boolean {
  const i = lines.findLastIndex((m) => m.key === key);
  const time = lines[i]?.time ?? 0;
  return (lines[i - 1]?.time ?? 0) > time || (lines[i + 1]?.time ?? Infinity) < time;
}

/** add puts lines where they belong by time. */
function add(lines: Line[], places: Map<string, number>, fresh: readonly Line[]): void {
  const sorted = [...fresh].sort((a, b) => a.time - b.time);
  const first = lines[0];
  const older = first ? sorted.filter((m) => m.time < first.time) : [];
  const top = (first && places.get(first.key)) ?? 0;
  older.forEach((m, i) => places.set(m.key, top - older.length + i));
  lines.unshift(...older);
  for (const m of sorted.slice(older.length)) {
    let i = lines.length;
    while (i > 0 && (lines[i - 1]?.time ?? 0) > m.time) i--;
    const above = lines[i - 1];
    const place = (above && places.get(above.key)) ?? -1;
    places.set(m.key, i === lines.length ? place + 1 : place);
    lines.splice(i, 0, m);
  }
}

function cut(lines: readonly Line[], places: ReadonlyMap<string, number>, old: readonly Chunk[]): Chunk[] {
  const known = new Map(old.map((c) => [c.id, c]));
  const chunks: Chunk[] = [];
  for (let i = 0; i < lines.length;) {
    const id = Math.floor((places.get(lines[i]?.key ?? "") ?? 0) / size);
    let end = i + 1;
    while (end < lines.length && Math.floor((places.get(lines[end]?.key ?? "") ?? 0) / size) === id) end++;
    const part = lines.slice(i, end);
    const before = lines[i - 1];
    const was = known.get(id);
    const same = was && was.before === before && was.lines.length === part.length && was.lines.every((m, n) => m === part[n]);
    chunks.push(same ? was : { id, before, lines: part });
    i = end;
  }
  return chunks;
}
