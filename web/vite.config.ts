import { defineConfig } from "vitest/config";
import { budget } from "./budget.ts";

const server = {
  // npm run dev beside bin/myna dev
  proxy: {
    "/xmpp-websocket": { target: "ws://127.0.0.1:5280", ws: true },
    "/upload": "http://127.0.0.1:5280",
    "/chat.json": "http://127.0.0.1:5280",
    "/api": "http://127.0.0.1:5280",
  },
};

// The chat and the admin page are built apart (--mode admin), so that nothing of one weighs on the other.
export default defineConfig(({ mode }) => ({
  base: "/",
  build: {
    outDir: "dist",
    target: "es2022",
    assetsInlineLimit: 0, // the policy allows no data: addresses
    modulePreload: { polyfill: false },
    cssCodeSplit: false,
    ...(mode === "admin"
      ? { emptyOutDir: false, copyPublicDir: false, rollupOptions: { input: { admin: "admin.html" } } }
      : {
        rollupOptions: {
          input: { chat: "index.html", embed: "src/embed/embed.ts" },
          output: { entryFileNames: (c: { name: string }) => (c.name === "embed" ? "embed.js" : "assets/[name]-[hash].js") },
        },
      }),
  },
  worker: { format: "es" },
  server,
  plugins: [mode === "admin" ? budget(60, "admin page") : budget(60, "chat", "its worker")],
  test: { environment: "node", include: ["test/**/*.test.ts"] },
}));
