import { afterAll, afterEach, beforeAll, expect, it } from "vitest";
import { count, gone, seen } from "./expect";
import { picture } from "./pictures";
import { admin, domain, end, Person } from "./stage";

let lan: Person;
let hoa: Person;
const png = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==";
const group = `du-an@${domain}`;

beforeAll(async () => {
  [lan, hoa] = await Promise.all([Person.open("lan"), Person.open("hoa", { locale: "vi-VN" })]);
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
  admin("alias", "create", group, "--target", `lan@${domain}`, "--target", `hoa@${domain}`, "--target", `tuan@${domain}`, "--lead", `lan@${domain}`, "--name", "Dự án Sao Mai", "--group-chat");
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
  await hoa.page.click('.menu button:has-text("Vắng mặt")');
  await seen(lan.page.locator(".members .row", { hasText: "Hoa" }).locator(".dot.away"));
});

it("a new name of the group is shown at once", async () => {
  admin("alias", "set", group, "--name", "Sao Mai 2");
  await seen(lan.page.locator(".head h2", { hasText: "Sao Mai 2" }));
});

it("who is taken out is told, and comes back with the history", async () => {
  admin("alias", "remove", group, `hoa@${domain}`);
  const notice = hoa.page.locator(".notice", { hasText: "Bạn không còn ở trong nhóm này" });
  await seen(notice.getByText("Người quản lý nhóm đã đưa bạn ra khỏi nhóm."));
  await picture(hoa, "group-removed-vi");
  await count(lan.page.locator(".members .row"), 2);
  admin("alias", "add", group, `hoa@${domain}`);
  await seen(hoa.page.locator(".composer"));
  await seen(hoa.line("Chào cả nhóm"));
});

it("everybody is mentioned where the administrator lets members do that, and else nobody is", async () => {
  const field = hoa.page.locator(".composer textarea");
  const everyone = hoa.page.locator(".mentions li", { hasText: "mọi người" });
  await lan.talkTo("Minh");
  await lan.tab("groups");
  await field.pressSequentially("@al");
  await seen(everyone);
  await picture(hoa, "group-everyone-vi");
  await hoa.page.keyboard.press("Enter");
  await field.pressSequentially("họp nhé");
  await hoa.page.keyboard.press("Enter");
  await seen(lan.row("Sao Mai 2").locator(".badge", { hasText: "@1" }));
  await lan.talkTo("Sao Mai 2", "groups");
  await seen(lan.page.locator(".msg.named", { hasText: "@all họp nhé" }));
  await picture(lan, "group-named-en");
  await lan.talkTo("Minh");
  await lan.tab("groups");
  admin("alias", "set", group, "--no-mention-all");
  await expect.poll(async () => {
    await field.fill("");
    await field.pressSequentially("@al");
    return everyone.count();
  }).toBe(0);
  await field.fill("@all còn ai không");
  await hoa.page.keyboard.press("Enter");
  await seen(lan.row("Sao Mai 2").locator(".badge", { hasText: "1" }));
  expect(await lan.row("Sao Mai 2").locator(".badge").textContent()).not.toContain("@");
  await lan.talkTo("Sao Mai 2", "groups");
  await seen(lan.line("@all còn ai không"));
  expect(await lan.page.locator(".msg.named", { hasText: "còn ai không" }).count()).toBe(0);
});

it("a lead says what the group is about, gives it a picture, and takes back what somebody wrote", async () => {
  const menu = async (p: Person): Promise<string[]> => {
    await p.page.locator(".head .menu-root button").last().click();
    return p.page.locator(".head .menu-label").allTextContents();
  };
  expect(await menu(hoa)).not.toContain("Đổi chủ đề"); // a member may not
  await hoa.page.keyboard.press("Escape");
  await menu(lan);
  await lan.page.click('.menu button:has-text("Change topic")');
  await lan.page.fill(".topic input", "Bàn giao tháng 11");
  await picture(lan, "group-topic-en");
  await lan.page.keyboard.press("Enter");
  for (const p of [lan, hoa]) await seen(p.page.locator(".head .hint", { hasText: "Bàn giao tháng 11" }));
  await menu(lan);
  await lan.page.click('.menu button:has-text("Group picture")');
  await lan.page.locator(".photo-dialog input").setInputFiles({ name: "nhóm.png", mimeType: "image/png", buffer: Buffer.from(png, "base64") });
  await lan.page.click('.photo-dialog button:has-text("Save")');
  for (const p of [lan, hoa]) await seen(p.page.locator(".head img.face"));
  await lan.tab("groups");
  await seen(lan.row("Sao Mai 2").locator("img.face"));
  await picture(lan, "group-picture-en");
  await lan.act("@all còn ai không", "Delete for everyone");
  await picture(lan, "group-remove-en");
  await lan.page.click("dialog .danger");
  await seen(lan.page.locator(".gone", { hasText: "Deleted by a lead" }));
  await seen(hoa.page.locator(".gone", { hasText: "Trưởng nhóm đã xóa tin này" }));
  await picture(hoa, "group-removed-line-vi");
});

it("where files are off there is no button for them, and who tries is told", async () => {
  const attach = hoa.page.locator('.composer input[type="file"]');
  expect(await attach.count()).toBe(1);
  admin("alias", "set", group, "--no-files");
  await expect.poll(() => attach.count()).toBe(0);
  const off = "Quản trị viên đã tắt tệp trong nhóm này.";
  await hoa.bring("paste", "ảnh.png", 100);
  await seen(hoa.page.locator(".refused", { hasText: off }));
  await picture(hoa, "group-files-off-vi");
  await hoa.page.locator(".composer textarea").pressSequentially("x");
  await gone(hoa.page.locator(".refused"));
  await hoa.bring("dragenter", "ảnh.png", 100);
  await seen(hoa.page.locator(".drop", { hasText: off }));
  await hoa.bring("drop", "ảnh.png", 100);
  await seen(hoa.page.locator(".refused", { hasText: off }));
  expect(await hoa.page.locator(".file-card").count()).toBe(0);
  admin("alias", "set", group, "--no-files=false");
  await expect.poll(() => attach.count()).toBe(1);
});

it("a group that is closed says so in the language of who reads it, and can be put away", async () => {
  admin("alias", "delete", group);
  await seen(hoa.page.locator(".notice", { hasText: "Nhóm này đã đóng" }));
  expect(await hoa.page.locator(".notice").textContent()).not.toMatch(/administrator/i);
  await picture(hoa, "group-closed-vi");
  await seen(lan.page.locator(".notice", { hasText: "This group was closed" }));
  await lan.page.click(".notice button");
  await gone(lan.row("Sao Mai 2"));
});
