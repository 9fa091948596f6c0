import { gzipSync } from "node:zlib";
import type { Plugin } from "vite";

/** budget fails the build when the JavaScript that a page loads at first is larger than kB kilobytes, gzipped. A worker counts, and has to be there when it is named. */
export function budget(kB: number, page: string, worker = ""): Plugin {
  return {
    name: "budget",
    apply: "build",
    generateBundle(_options, bundle) {
      const all = Object.values(bundle);
      const chunks = new Map(all.flatMap((c) => (c.type === "chunk" ? [[c.fileName, c] as const] : [])));
      const first = new Set<string>();
      const add = (name: string): void => {
        const chunk = chunks.get(name);
        if (!chunk || first.has(name)) return;
        first.add(name);
        chunk.imports.forEach(add); // those of import() come later
      };
      for (const chunk of chunks.values()) if (chunk.isEntry && chunk.fileName !== "embed.js") add(chunk.fileName);
      const code = [...first].map((name) => chunks.get(name)?.code ?? "");
      for (const a of all) if (a.type === "asset" && a.fileName.endsWith(".js")) code.push(String(a.source)); // the worker
      const bytes = code.reduce((sum, c) => sum + gzipSync(c, { level: 9 }).length, 0);
      const text = `${page}: ${(bytes / 1000).toFixed(1)} kB of ${kB} kB JavaScript at first load, gzipped`;
      if (code.length < (worker ? 2 : 1)) this.error(`${worker || "a script"} is not among what was built`);
      if (bytes > kB * 1000) this.error(`over budget: ${text}`);
      this.info(text);
    },
  };
}
