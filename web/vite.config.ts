import { defineConfig } from "vitest/config";
import { budget } from "./budget.ts";

export default defineConfig({
  base: "/",
  build: {
    outDir: "dist",
    target: "es2022",
    assetsInlineLimit: 0, // the policy allows no data: addresses
    modulePreload: { polyfill: false },
    cssCodeSplit: false,
    rollupOptions: {
      input: { chat: "index.html", embed: "src/embed/embed.ts" },
      output: { entryFileNames: (c) => (c.name === "embed" ? "embed.js" : "assets/[name]-[hash].js") },
    },
  },
  worker: { format: "es" },
  server: {
    // npm run dev beside bin/myna dev
    proxy: {
      "/xmpp-websocket": { target: "ws://127.0.0.1:5280", ws: true },
      "/upload": "http://127.0.0.1:5280",
      "/chat.json": "http://127.0.0.1:5280",
    },
  },
  plugins: [budget(60)],
  test: { environment: "node", include: ["test/**/*.test.ts"] },
});
