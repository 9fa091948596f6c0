import { afterAll, afterEach, beforeAll, expect, it } from "vitest";
import { count, gone, seen } from "./expect";
import { admin, domain, end, Person } from "./stage";

let lan: Person;
let hoa: Person;
const group = `du-an@${domain}`;

beforeAll(async () => {
  [lan, hoa] = await Promise.all([Person.open("lan"), Person.open("hoa")]);
  await Promise.all([lan.signIn(), hoa.signIn()]);
});

afterEach(() => expect([...lan.errors, ...hoa.errors]).toEqual([]));

afterAll(async () => {
  await Promise.all([lan.close(), hoa.close()]);
  await end();
});

it("without groups the list says how one comes about", async () => {
  await lan.tab("groups");
  await seen(lan.page.getByText("You are in no group yet"));
});

it("a group appears by itself in front of its members", async () => {
  admin("alias", "create", group, "--target", `lan@${domain}`, "--target", `hoa@${domain}`, "--target", `tuan@${domain}`, "--name", "Dự án Sao Mai", "--group-chat");
  await seen(lan.row("Dự án Sao Mai"));
  await hoa.tab("groups");
  await Promise.all([lan.talkTo("Dự án Sao Mai", "groups"), hoa.talkTo("Dự án Sao Mai", "groups")]);
  await count(lan.page.locator(".members .row"), 3);
  await seen(lan.page.locator(".members .row", { hasText: "Đặng Tuấn" }).locator(".dot.offline"));
});

it("what is said arrives, a mention is marked, and the list shows the last line", async () => {
  await lan.say("Chào cả nhóm");
  await seen(hoa.line("Chào cả nhóm"));
  await seen(lan.line("Chào cả nhóm").locator(".state.acked"));
  await lan.talkTo("Minh");
  await hoa.page.locator(".composer textarea").pressSequentially("@la");
  await seen(hoa.page.locator(".mentions li", { hasText: "Lan" }));
  await hoa.page.keyboard.press("Enter");
  await hoa.page.locator(".composer textarea").pressSequentially("xem nhé");
  await hoa.page.keyboard.press("Enter");
  await lan.tab("groups");
  await seen(lan.row("Dự án Sao Mai").locator(".badge", { hasText: "@1" }));
  await lan.talkTo("Dự án Sao Mai", "groups");
  await seen(lan.page.locator(".rule-new"));
  await gone(lan.row("Dự án Sao Mai").locator(".badge"));
});

it("a status is seen among the members", async () => {
  await hoa.page.click(".me");
  await hoa.page.click('.menu button:has-text("Away")');
  await seen(lan.page.locator(".members .row", { hasText: "Hoa" }).locator(".dot.away"));
});

it("a new name of the group is shown at once", async () => {
  admin("alias", "set", group, "--name", "Sao Mai 2");
  await seen(lan.page.locator(".head h2", { hasText: "Sao Mai 2" }));
});

it("who is taken out is told, and comes back with the history", async () => {
  admin("alias", "remove", group, `hoa@${domain}`);
  await seen(hoa.page.locator(".notice", { hasText: "You are no longer in this group" }));
  await count(lan.page.locator(".members .row"), 2);
  admin("alias", "add", group, `hoa@${domain}`);
  await seen(hoa.page.locator(".composer"));
  await seen(hoa.line("Chào cả nhóm"));
});

it("a group that is closed says so, and can be put away", async () => {
  admin("alias", "delete", group);
  await seen(lan.page.locator(".notice", { hasText: "This group was closed" }));
  await lan.page.click(".notice button");
  await gone(lan.row("Sao Mai 2"));
});
