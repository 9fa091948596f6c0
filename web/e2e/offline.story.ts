import { afterAll, beforeAll, expect, it } from "vitest";
import { count, gone, seen } from "./expect";
import { end, Person } from "./stage";

let lan: Person;
let minh: Person;

beforeAll(async () => {
  [lan, minh] = await Promise.all([Person.open("lan"), Person.open("minh")]);
  await Promise.all([lan.signIn(), minh.signIn()]);
  await Promise.all([lan.talkTo("Minh"), minh.talkTo("Lan")]);
});

afterAll(async () => {
  expect([...lan.errors, ...minh.errors]).toEqual([]);
  await Promise.all([lan.close(), minh.close()]);
  await end();
});

it("what is written without a connection waits, and is sent once when it is back", async () => {
  lan.road.cut();
  await seen(lan.page.locator(".connection.waiting"));
  for (const text of ["chờ một", "chờ hai"]) await lan.say(text);
  await count(lan.page.locator(".state.queued"), 2);
  await seen(lan.page.locator(".connection", { hasText: "2 messages will be sent" }));
  await minh.say("trong lúc đó");
  await lan.page.locator("button.me").click(); // who signs out now is asked
  await lan.page.getByRole("menuitem", { name: "Sign out" }).click();
  await seen(lan.page.locator("dialog", { hasText: "2 messages were not sent yet" }));
  await lan.page.getByRole("button", { name: "Cancel" }).click();
  await gone(lan.page.locator("dialog"));
  lan.road.mend();
  await lan.page.locator(".connection button").click();
  await gone(lan.page.locator(".connection.waiting"));
  await seen(minh.line("chờ hai"));
  await seen(lan.line("trong lúc đó"));
  await count(minh.line("chờ một"), 1);
  await count(minh.line("chờ hai"), 1);
  await gone(lan.page.locator(".state.queued"));
});

it("a reload shows the last messages at once, from what the browser has kept", async () => {
  await seen(lan.line("chờ hai").locator(".state.received, .state.displayed"));
  await lan.page.waitForFunction(() => new Promise<boolean>((resolve) => { // the browser has written it down
    const r = indexedDB.open("myna");
    r.onsuccess = () => {
      const all = r.result.transaction("kept").objectStore("kept").getAll();
      all.onsuccess = () => { r.result.close(); resolve(JSON.stringify(all.result).includes("chờ hai")); };
    };
  }));
  lan.road.hush(); // the page loads, but nothing comes from the server's archive
  await lan.page.reload();
  await seen(lan.line("chờ hai"));
  await seen(lan.line("trong lúc đó"));
  await seen(lan.page.locator(".connection.waiting button"));
  expect(await lan.page.locator(".head h2").textContent()).toBe("Trần Văn Minh"); // people are known too
  await minh.say("khi trang mới mở");
  expect(await lan.line("khi trang mới mở").count()).toBe(0);
  lan.road.mend();
  await lan.page.locator(".connection button").click();
  await seen(lan.line("khi trang mới mở"));
});

it("a message whose receipt was lost is not sent twice, even by another page", async () => {
  lan.road.silence(); // the server hears, the browser does not
  await lan.say("chỉ một lần");
  await seen(minh.line("chỉ một lần"));
  lan.road.cut();
  await seen(lan.page.locator(".connection.waiting"));
  lan.road.mend();
  await lan.page.reload(); // a new session: nothing can be resumed
  await seen(lan.line("chỉ một lần"));
  await lan.say("và sau đó");
  await seen(minh.line("và sau đó"));
  await count(minh.line("chỉ một lần"), 1);
  await count(lan.line("chỉ một lần"), 1);
});

it("what was written without a connection survives a reload", async () => {
  lan.road.cut();
  await seen(lan.page.locator(".connection.waiting"));
  await lan.say("sống sót");
  await seen(lan.line("sống sót").locator(".state.queued"));
  await lan.page.waitForFunction(() => new Promise<boolean>((resolve) => { // the browser has written it down
    const r = indexedDB.open("myna");
    r.onsuccess = () => {
      const all = r.result.transaction("kept").objectStore("kept").get("outbox");
      all.onsuccess = () => { r.result.close(); resolve(JSON.stringify(all.result ?? "").includes("sống sót")); };
    };
  }));
  lan.road.mend();
  await lan.page.reload();
  await seen(minh.line("sống sót"));
  await count(minh.line("sống sót"), 1);
  await count(lan.line("sống sót"), 1);
});
