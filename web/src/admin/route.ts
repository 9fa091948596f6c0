import { computed, signal } from "@preact/signals";

/** parts splits what is behind # into its parts: "#/accounts/lan%40example.com" is ["accounts", "lan@example.com"]. */
export function parts(hash: string): string[] {
  return hash.replace(/^#\/?/, "").split("/").filter((s) => s !== "").map((s) => {
    try {
      return decodeURIComponent(s);
    } catch {
      return s;
    }
  });
}

/** link is the address of a screen. */
export function link(...path: string[]): string {
  return `#/${path.map(encodeURIComponent).join("/")}`;
}

const hash = signal("");

/** route is the screen that is shown, by its parts. */
export const route = computed(() => parts(hash.value));

/** kept asks whether what was typed may be lost; undefined: nothing was. */
export const kept = signal<((leave: () => void) => void) | undefined>(undefined);

/** follow has route follow the address of the page. */
export function follow(): void {
  hash.value = location.hash;
  window.addEventListener("hashchange", () => {
    if (location.hash === hash.value) return;
    const ask = kept.value;
    if (!ask) return void (hash.value = location.hash);
    const wanted = location.hash;
    history.replaceState(null, "", hash.value || "#/");
    ask(() => {
      kept.value = undefined;
      location.hash = wanted;
    });
  });
  window.addEventListener("beforeunload", (e) => { if (kept.value) e.preventDefault(); });
}

/** go shows another screen. What was typed is not asked for: it was saved, or is given up. */
export function go(...path: string[]): void {
  kept.value = undefined;
  location.hash = link(...path);
}
