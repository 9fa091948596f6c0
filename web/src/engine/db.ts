// What this browser keeps, so that a reload shows the last messages at once: a table of keys and values in IndexedDB. Without one
// (a private window may have none) everything works, but nothing is kept.

const name = "myna";
const table = "kept";

/** DB keeps values by key. */
export class DB {
  private readonly pending = new Map<string, unknown>();
  private timer: ReturnType<typeof setTimeout> | undefined;
  /** on: false keeps nothing, for somebody who does not want to stay signed in. */
  on = true;

  private constructor(private readonly db: IDBDatabase | undefined) {}

  /** open opens the database of this site. */
  static async open(): Promise<DB> {
    try {
      const request = indexedDB.open(name, 1);
      request.onupgradeneeded = () => request.result.createObjectStore(table);
      return new DB(await done(request));
    } catch {
      return new DB(undefined);
    }
  }

  /** all reads everything. */
  async all(): Promise<Map<string, unknown>> {
    if (!this.db) return new Map();
    const store = this.db.transaction(table).objectStore(table);
    const [keys, values] = await Promise.all([done(store.getAllKeys()), done(store.getAll())]);
    return new Map(keys.map((k, i) => [String(k), values[i] as unknown]));
  }

  /** put keeps a value, undefined removes it. Values that come together are written together. */
  put(key: string, value: unknown): void {
    if (!this.db || !this.on) return;
    this.pending.set(key, value);
    this.timer ??= setTimeout(() => this.flush(), 200);
  }

  /** flush writes now. */
  flush(): void {
    clearTimeout(this.timer);
    this.timer = undefined;
    if (!this.db || this.pending.size === 0) return;
    const store = this.db.transaction(table, "readwrite").objectStore(table);
    for (const [key, value] of this.pending) {
      if (value === undefined) store.delete(key);
      else store.put(value, key);
    }
    this.pending.clear();
  }

  /** close writes nothing any more, not even what waits for it. */
  close(): void {
    this.on = false;
    this.pending.clear();
  }

  /** clear forgets everything. */
  async clear(): Promise<void> {
    this.pending.clear();
    if (this.db) await done(this.db.transaction(table, "readwrite").objectStore(table).clear());
  }
}

function done<T>(request: IDBRequest<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error ?? new Error("indexeddb"));
  });
}
