import { mkdirSync } from "node:fs";
import { join } from "node:path";
import type { BrowserContextOptions } from "playwright-core";
import { afterAll, describe, expect, it } from "vitest";
import type { Chat, Command, Line, Me, Occupant, Person as Contact, Room, Update } from "../src/engine/api";
import { faults, tooSmall } from "./axe";
import { seen } from "./expect";
import { end, Person } from "./stage";

// Every screen of the chat, in both languages, by day and by night, as wide as a page, a panel and a phone. The page is given an engine
// that shows it all at once. STORY_PICTURES names a folder for pictures.

/** engine runs in place of the worker, and so brings all that it needs. What it is told is kept for the story in a channel. */
function engine(): void {
  const now = Date.now();
  const at = (minutes: number): number => now - minutes * 60_000;
  const person = (jid: string, name: string, status: Contact["status"], group: string, note = ""): Contact => ({ jid: `${jid}@x.example`, name, status, groups: [group], note, photo: undefined });
  const people = [
    person("lan", "Nguyễn Thị Lan", "available", "Kinh doanh"), person("minh", "Trần Văn Minh", "dnd", "Kỹ thuật", "Đang họp tới 15 giờ"), person("hoa", "Lê Thị Hoa", "away", "Kế toán"),
    person("tuan", "Đặng Tuấn", "offline", "Kỹ thuật"), person("huong", "Phạm Thị Thu Hương", "available", "Nhân sự"), person("long", "Công Tằng Tôn Nữ Hoàng Anh Phương Thảo", "offline", "Ban giám đốc"),
  ];
  let n = 0;
  const line = (part: Partial<Line>, minutes: number): Line => ({
    key: `k${++n}`, id: `${n}`, archiveID: `a${n}`, author: "lan@x.example", occupant: "", mine: false, body: "", file: "", time: at(minutes), state: "acked", problem: "", edited: false,
    retracted: false, mention: false, reply: undefined, reactions: [], transfer: undefined, ...part,
  });
  const mine = { author: "me@x.example", mine: true };
  const talk = [
    line({ body: "Chào anh, hồ sơ thầu đã gửi sang bên bạn chưa?" }, 2900), line({ ...mine, body: "Rồi nhé, sáng nay em gửi qua thư.", state: "displayed" }, 2890),
    line({ body: "Cảm ơn anh!", reactions: [{ emoji: "👍", by: ["me@x.example"], mine: true }] }, 2880), line({ body: "", retracted: true }, 70),
    line({ body: "Hình như còn thiếu trang 12. Xem https://docs.example.com/ho-so/2026?trang=12" }, 60), line({ ...mine, body: "Để tôi xem lại.", reply: { id: "a5", to: "lan@x.example" }, state: "received", edited: true }, 50),
    line({ ...mine, body: "", transfer: { name: "Báo cáo quý III.pdf", size: 2_400_000, sent: 900_000, type: "application/pdf", problem: "" }, state: "queued" }, 5),
    line({ ...mine, body: "", transfer: { name: "phim giới thiệu.mp4", size: 240_000_000, sent: 0, type: "video/mp4", problem: "file-too-large" }, state: "failed" }, 4),
    line({ ...mine, body: "https://x.example/upload/abc/B%E1%BA%A3n%20v%E1%BA%BD.pdf", file: "https://x.example/upload/abc/B%E1%BA%A3n%20v%E1%BA%BD.pdf" }, 3),
    line({ ...mine, body: "Tin này chưa đi được", state: "failed", problem: "remote-server-timeout" }, 2), line({ body: "🎉" }, 1), line({ body: "Mai họp lúc 9 giờ nhé.\nMang theo bản in." }, 1),
    line({ ...mine, body: "Vâng", state: "queued" }, 0),
  ];
  const group = [
    line({ author: "Lê Thị Hoa", body: "Mọi người xem lịch tuần này." }, 200), line({ author: "Trần Văn Minh", body: "@Me xem giúp phần máy chủ nhé", mention: true }, 100),
    line({ author: "Trần Văn Minh", body: "Chiều nay bàn giao.", reactions: [{ emoji: "👍", by: ["Lê Thị Hoa", "Me"], mine: true }, { emoji: "❤️", by: ["Đặng Tuấn"], mine: false }] }, 99),
    line({ author: "Đặng Tuấn", body: "", retracted: true, moderated: true }, 95), line({ ...mine, author: "Me", body: "Được." }, 90), line({ ...mine, author: "Me", body: "@all nghỉ nhé", state: "failed", problem: "forbidden" }, 80),
  ];
  const room: Room = { state: "joined", cause: "", reason: "", files: true, all: true, subject: "Bàn giao tháng 11", description: "", nick: "Me", role: "participant", affiliation: "member", managed: true, moderated: false, topic: true, moderates: true, picture: true, count: 4 };
  const chat = (jid: string, name: string, minutes: number, part: Partial<Chat>): Chat => ({
    jid, name, group: name !== "", listed: true, at: at(minutes), last: undefined, unread: 0, mentioned: false, muted: false, draft: "", typing: [], room: name === "" ? undefined : room, photo: undefined, ...part,
  });
  const last = (body: string, author = "", isMine = false): Chat["last"] => ({ author, mine: isMine, body, file: "", time: at(3), state: "acked", retracted: false });
  const chats = [
    chat("lan@x.example", "", 1, { last: last("Mai họp lúc 9 giờ nhé."), typing: ["lan@x.example"] }), chat("kythuat@groups.x.example", "Phòng Kỹ thuật", 90, { last: last("Chiều nay bàn giao.", "Trần Văn Minh"), unread: 3, mentioned: true }),
    chat("minh@x.example", "", 95, { last: last("Ok", "", true), unread: 120 }), chat("hoa@x.example", "", 200, { draft: "Chị ơi, hóa đơn tháng…" }),
    chat("tin@groups.x.example", "Thông báo chung", 300, { last: last("Nghỉ lễ từ thứ Năm", "Ban giám đốc"), muted: true, unread: 2, room: { ...room, role: "visitor", moderated: true } }),
    chat("x.example", "", 250, { last: last("Máy chủ nghỉ lúc 20 giờ để nâng cấp.") }),
    chat("cu@groups.x.example", "Dự án cũ", 4000, { room: { ...room, state: "removed", cause: "307", reason: "Dự án đã kết thúc." } }),
    chat("day@groups.x.example", "Nhóm đầy", 5000, { room: { ...room, state: "failed", cause: "service-unavailable" } }), chat("tat@groups.x.example", "Không tệp", 5100, { room: { ...room, files: false, all: false } }),
  ];
  const told = [line({ author: "x.example", body: "Chào mừng bạn đến với Công ty Ví dụ." }, 5000), line({ author: "x.example", body: "Máy chủ nghỉ lúc 20 giờ để nâng cấp." }, 250)];
  const occupant = (name: string, jid: string, status: Occupant["status"], affiliation = "member"): Occupant => ({ nick: name, jid: `${jid}@x.example`, role: "participant", affiliation, status });
  const occupants = [occupant("Lê Thị Hoa", "hoa", "away", "admin"), occupant("Trần Văn Minh", "minh", "dnd"), occupant("Me", "me", "available"), occupant("Đặng Tuấn", "tuan", "offline")];
  const me: Me = {
    phase: "online", jid: "me@x.example", name: "Vũ Quang", status: "available", retryAt: 0, problem: "", waiting: 0, ready: true, maxFile: 100_000_000, vouched: false, photo: undefined,
    asking: [{ jid: "an@doitac.example", name: "Hoàng An" }, { jid: "mot.dia.chi.rat.dai.nua@doitac-khac.example", name: "" }],
  };
  const said = new BroadcastChannel("said");
  (self as unknown as { onconnect(e: MessageEvent): void }).onconnect = (e) => {
    const port = e.ports[0];
    if (!port) return;
    const tell = (u: Update): void => port.postMessage(u);
    port.onmessage = (m: MessageEvent<Command>) => {
      const c = m.data;
      said.postMessage(c);
      if (c.t === "contact") tell({ t: "me", me: { ...me, asking: me.asking.filter((a) => a.jid !== c.jid) } });
      if (c.t === "find" && c.query === "mất mạng") tell({ t: "me", me: { ...me, phase: "waiting", retryAt: Date.now() + 60_000, waiting: 2 } });
      if (c.t === "find" && c.query === "nơi khác") tell({ t: "me", me: { ...me, phase: "ended", problem: "conflict" } });
      if (c.t === "find" && c.query === "đang nối") {
        tell({ t: "chats", reset: true, put: [], gone: [] });
        tell({ t: "me", me: { ...me, phase: "connecting", ready: false, asking: [] } });
      }
      if (c.t === "find" && c.query === "trở lại") {
        tell({ t: "chats", reset: true, put: chats, gone: [] });
        tell({ t: "me", me });
      }
      if (c.t !== "open") return;
      const put = c.jid === "lan@x.example" ? talk : /^(kythuat|tin|tat)/.test(c.jid) ? group : c.jid === "x.example" ? told : [];
      tell({ t: "lines", lines: { jid: c.jid, reset: true, put, gone: [], complete: true, loading: false, newAfter: c.jid === "lan@x.example" ? at(1.5) : 0 } });
      if (c.jid.includes("groups")) tell({ t: "occupants", jid: c.jid, list: occupants });
    };
    tell({ t: "people", reset: true, put: people, gone: [] });
    tell({ t: "chats", reset: true, put: chats, gone: [] });
    tell({ t: "me", me });
  };
}

const talk = /assets\/conversation-.*\.js$/; // the code of conversations

const looks: readonly [string, BrowserContextOptions][] = [
  ["page-light-en", { locale: "en-US", colorScheme: "light", viewport: { width: 1280, height: 800 } }],
  ["page-dark-vi", { locale: "vi-VN", colorScheme: "dark", viewport: { width: 1280, height: 800 } }],
  ["panel-light-vi", { locale: "vi-VN", colorScheme: "light", viewport: { width: 760, height: 640 } }],
  ["phone-dark-en", { locale: "en-US", colorScheme: "dark", viewport: { width: 375, height: 700 } }],
  ["phone-light-vi", { locale: "vi-VN", colorScheme: "light", viewport: { width: 375, height: 700 } }],
];

afterAll(end);

describe.each(looks)("%s", (name, options) => {
  let me: Person;
  const folder = process.env["STORY_PICTURES"];

  /** screen looks at what is shown: nothing is wrong with it, and nothing sticks out. */
  async function screen(what: string): Promise<void> {
    if (folder) {
      mkdirSync(folder, { recursive: true });
      await me.page.screenshot({ path: join(folder, `chat-${name}-${what}.png`) });
    }
    expect((await faults(me)).join("\n"), what).toBe("");
    await expect.poll(() => me.page.evaluate(() => document.getAnimations().filter((a) => a.playState === "running").length), { message: what }).toBe(0); // reduced motion
    expect(await tooSmall(me), what).toEqual([]);
    expect(await me.page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth), what).toBeLessThanOrEqual(0);
  }

  const show = async (jid: string): Promise<void> => {
    await me.page.evaluate((j) => { location.hash = j === "" ? "" : `#${encodeURIComponent(j)}`; }, jid);
    await seen(me.page.locator(jid === "" ? ".sidebar" : ".conversation"));
  };

  it("every screen", async () => {
    me = await Person.open("lan", { ...options, reducedMotion: "reduce" });
    await me.page.context().route(/assets\/worker-.*\.js$/, (r) => r.fulfill({ contentType: "text/javascript", body: `(${engine.toString()})()` }));
    await me.page.context().route(talk, (r) => r.abort());
    await me.visit();
    await seen(me.row("Lan"));
    expect(await me.page.title()).toMatch(/^\(99\+\) /);
    await screen("recent");
    await me.page.click(".me");
    await screen("menu");
    await me.page.keyboard.press("Escape");
    for (const tab of ["groups", "directory"] as const) {
      await me.tab(tab);
      await screen(tab);
    }
    await me.page.fill(".search input", "ky thuat");
    await screen("search");
    await me.page.fill(".search input", "không ai cả");
    await screen("nobody");
    await me.page.fill(".search input", "");
    await me.tab("recent");
    await me.page.evaluate(() => { location.hash = "#lan%40x.example"; });
    await seen(me.page.locator(".stage .empty button"));
    await screen("not-loaded");
    await me.page.context().unroute(talk);
    await me.page.locator(".stage .secondary").click();
    await seen(me.line("Mai họp"));
    await screen("talk");
    await me.page.locator(".head .menu-root button").first().click();
    await screen("talk-menu");
    await me.page.keyboard.press("ArrowDown");
    await me.page.keyboard.press("Home");
    await me.page.keyboard.press("Enter");
    await me.page.fill(".find input", "hop");
    await screen("find");
    await me.page.keyboard.press("Escape");
    await me.bring("dragenter", "ảnh.png", 10);
    await seen(me.page.locator(".drop"));
    await screen("drop");
    await show("@x.example");
    await seen(me.line("Máy chủ nghỉ"));
    await screen("announced");
    await show("kythuat@groups.x.example");
    await seen(me.line("Chiều nay bàn giao"));
    await screen("group");
    await me.page.focus(".log");
    await me.page.keyboard.press("Home");
    await me.page.keyboard.press("Enter");
    await screen("line-menu");
    await me.page.keyboard.press("End");
    await me.page.keyboard.press("Enter");
    await screen("remove");
    await me.page.keyboard.press("Escape");
    await me.page.locator(".head .menu-root button").last().click();
    await me.page.locator(".menu button", { hasText: /Change topic|Đổi chủ đề/ }).click();
    await screen("topic");
    await me.page.keyboard.press("Escape");
    const members = me.page.locator('.head button[aria-pressed]');
    if (await members.getAttribute("aria-pressed") !== "true") await members.click();
    await seen(me.page.locator(".members"));
    await screen("members");
    await me.page.locator(".members header button").click();
    await show("tin@groups.x.example");
    await screen("announcements");
    await show("cu@groups.x.example");
    await screen("removed");
    await show("day@groups.x.example");
    await screen("full");
    await show("tat@groups.x.example");
    await me.bring("paste", "ảnh.png", 10);
    await seen(me.page.locator(".refused"));
    expect(await me.page.locator('.composer input[type="file"]').count()).toBe(0);
    await screen("files-off");
    await show("kythuat@groups.x.example");
    await me.page.locator(".composer textarea").pressSequentially("@");
    await seen(me.page.locator(".mentions li", { hasText: "all" }));
    await screen("mention");
    await me.page.locator(".composer textarea").fill("");
  });

  it("lost connections, and the photo", async () => {
    await show("");
    for (const [query, phase, what] of [["mất mạng", "waiting", "offline"], ["nơi khác", "ended", "elsewhere"]] as const) {
      await me.page.fill(".search input", query);
      await seen(me.page.locator(`.connection.${phase} button`));
      await me.page.fill(".search input", "");
      await screen(what);
    }
    await me.page.fill(".search input", "đang nối");
    await me.page.locator(".connection button").waitFor({ state: "detached" });
    await me.page.fill(".search input", "");
    await seen(me.page.locator(".skeleton"));
    await screen("connecting");
    await me.page.fill(".search input", "trở lại");
    await seen(me.page.locator("#tab-recent .badge"));
    await me.page.fill(".search input", "");
    await me.page.click(".me");
    await me.page.locator(".menu button", { hasText: /My photo|Ảnh của tôi/ }).click();
    await screen("photo");
    await me.page.keyboard.press("Escape");
  });

  it("contact requests are answered by keyboard", async () => {
    await me.page.evaluate(() => {
      const heard: unknown[] = [];
      Object.assign(window, { heard });
      new BroadcastChannel("said").onmessage = (m: MessageEvent<{ t: string }>) => { if (m.data.t === "contact") heard.push(m.data); };
    });
    await me.page.locator(".request button.primary").first().focus();
    await me.page.keyboard.press("Enter");
    await expect.poll(() => me.page.evaluate(() => (window as unknown as { heard: unknown }).heard)).toEqual([{ t: "contact", jid: "an@doitac.example", wanted: true }]);
    await me.page.locator(".request", { hasText: "an@doitac" }).waitFor({ state: "detached" });
    expect(me.errors).toEqual([]);
    await me.page.context().close();
    me.road.stop();
  });
});
