import { afterEach, expect, it, vi } from "vitest";
import { en } from "../src/i18n/en";
import { portrait, portraying } from "../src/ui/later";
import { choosing, me } from "../src/ui/state";

vi.hoisted(() => { vi.stubGlobal("navigator", { languages: ["en"] }); });
const { asked, server } = vi.hoisted(() => ({ asked: [] as { text: string; run(): void }[], server: { there: false } }));
vi.mock("../src/ui/confirm", () => ({ confirmed: (text: string, _: string, run: () => void) => { asked.push({ text, run }); } }));
vi.mock("../src/ui/photo", () => {
  if (!server.there) throw new Error("offline");
  return { PhotoDialog: () => null };
});

let stop = (): void => {};
afterEach(() => stop());

it("where the code for choosing a photo does not come, that is said, and it can be wanted again", async () => {
  stop = portraying();
  for (const [i, jid] of ["", "", "g@groups.x"].entries()) {
    choosing.value = jid;
    await vi.waitFor(() => expect(asked).toHaveLength(i + 1));
    expect(asked[i]?.text).toBe(en.notLoaded);
    expect(choosing.value).toBeUndefined();
  }
  const reload = vi.fn();
  vi.stubGlobal("location", { reload });
  me.value = { ...me.value, phase: "online" };
  asked[2]?.run();
  await vi.waitFor(() => expect(asked).toHaveLength(4));
  expect(reload).not.toHaveBeenCalled();
  server.there = true;
  asked[3]?.run(); // the page may be older than the server
  expect(reload).toHaveBeenCalledOnce();
  await vi.waitFor(() => expect(portrait.code.value).toBeDefined());
  expect(choosing.value).toBe("g@groups.x");
  expect(asked).toHaveLength(4);
});
