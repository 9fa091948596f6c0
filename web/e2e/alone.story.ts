import { afterAll, beforeAll, expect, it } from "vitest";
import { seen } from "./expect";
import { end, Person } from "./stage";

let lan: Person;
let minh: Person;

// A browser without shared workers and a private window without a database.
beforeAll(async () => {
  [lan, minh] = await Promise.all([Person.open("lan"), Person.open("minh")]);
  await lan.page.context().addInitScript(() => {
    Reflect.deleteProperty(window, "SharedWorker");
    Object.defineProperty(window, "indexedDB", { get: () => { throw new DOMException("no", "SecurityError"); } });
    Object.defineProperty(window, "localStorage", { get: () => { throw new DOMException("no", "SecurityError"); } });
  });
  await Promise.all([lan.signIn(), minh.signIn()]);
});

afterAll(async () => {
  expect(lan.errors).toEqual([]);
  await Promise.all([lan.close(), minh.close()]);
  await end();
});

it("everything works in the page itself, and nothing is kept", async () => {
  await lan.talkTo("Minh");
  await lan.say("một mình");
  await minh.tab("recent");
  await seen(minh.row("Lan").getByText("một mình"));
  await lan.page.reload();
  await seen(lan.page.locator("#address"));
});

it("history is read by scrolling", async () => {
  await minh.talkTo("Lan");
  await minh.sayAll(Array.from({ length: 130 }, (_, i) => `dòng ${i}.`));
  await seen(minh.line("dòng 129.").locator(".state.acked, .state.received"));
  await lan.signIn();
  await lan.talkTo("Minh");
  await seen(lan.line("dòng 129."));
  expect(await lan.line("dòng 3.").count()).toBe(0);
  await expect.poll(async () => {
    await lan.page.locator(".log").evaluate((e) => { e.scrollTop = 0; });
    return lan.line("dòng 3.").count();
  }, { timeout: 40_000, interval: 200 }).toBe(1);
});
