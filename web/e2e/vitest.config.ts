import { defineConfig } from "vitest/config";

// One browser and one server for all stories: they are told one after another, in one process that loads things once.
export default defineConfig({
  test: {
    root: new URL(".", import.meta.url).pathname,
    include: ["*.story.ts"],
    fileParallelism: false,
    isolate: false, // what drives the browser is read once
    testTimeout: 90_000,
    hookTimeout: 120_000,
    bail: 0,
    expect: { poll: { timeout: 20_000 } },
  },
});
