import { execFileSync } from "node:child_process";
import { createServer, type Socket } from "node:net";
import { connect as dial } from "node:net";
import { chromium, type Browser, type BrowserContextOptions, type Locator, type Page } from "playwright-core";

/** Settings are what the test that started the server hands over, in WEB_STORY. */
interface Settings {
  port: number; // of plain HTTP on this machine
  mail: number; // the port of a webmail that may show the chat
  chromium: string;
  domain: string;
  password: string; // of everybody
  cli: string[]; // the command line of the server
  roundcube?: boolean; // the webmail is Roundcube
  secure?: { hash: string; cert: string; key: string }; // all is inside TLS: by this key, of which Chromium knows the hash, in these files
}

const settings = JSON.parse(process.env["WEB_STORY"] ?? "null") as Settings;
if (!settings) throw new Error("WEB_STORY is missing: make e2e tells the stories");

/** domain is the mail domain of the server, mail the port of a webmail, password that of everybody. */
export const { domain, mail, password } = settings;

/** program is the server's. */
export const program = settings.cli[0] ?? "";

/** roundcube tells whether the webmail is Roundcube. */
export const roundcube = settings.roundcube ?? false;

/** secure is by what all is inside TLS, if it is. */
export const { secure } = settings;

/** home is the origin by which the server gives out its own addresses, such as those of files. */
export const home = `${secure ? "https" : "http"}://localhost:${settings.port}`;

/** admin runs a command of the server. */
export function admin(...args: string[]): string {
  return execFileSync(settings.cli[0] ?? "", [...settings.cli.slice(1), ...args], { encoding: "utf8" });
}

/** dismiss ends the sessions of somebody. */
export function dismiss(name: string): void {
  admin("account", "kick", `${name}@${domain}`);
}

/** hire makes an account with everybody's password, which administers the server or its domain. */
export function hire(name: string, shown: string, role: "server" | "domain"): void {
  const args = ["account", "create", `${name}@${domain}`, "--name", shown, "--admin", role, "--password-stdin"];
  execFileSync(settings.cli[0] ?? "", [...settings.cli.slice(1), ...args], { input: `${password}\n` });
}

/** Road is a way to the server that can be cut. */
export class Road {
  private readonly open = new Set<Socket>();
  private closed = false;
  private deaf = false;
  private still = false;
  readonly port: Promise<number>;
  private readonly server = createServer((client) => this.carry(client));

  constructor() {
    this.port = new Promise((resolve) => this.server.listen(0, "127.0.0.1", () => {
      const a = this.server.address();
      resolve(typeof a === "object" && a ? a.port : 0);
    }));
  }

  private carry(client: Socket): void {
    if (this.closed) return void client.destroy();
    const server = dial(settings.port, "127.0.0.1");
    for (const s of [client, server]) {
      this.open.add(s);
      s.on("error", () => undefined); // cutting is what this is for
      s.on("close", () => { this.open.delete(s); client.destroy(); server.destroy(); });
    }
    client.on("data", (b) => {
      if (this.still && b.includes("GET /xmpp-websocket")) client.destroy();
      else server.write(b);
    });
    server.on("data", (b) => { if (!this.deaf) client.write(b); });
  }

  /** cut ends all connections and lets none through until mend. */
  cut(): void {
    this.closed = true;
    for (const s of this.open) s.destroy();
  }

  /** silence lets the server hear the browser, but not the browser the server. */
  silence(): void {
    this.deaf = true;
  }

  /** hush lets pages load, but no stream begin. */
  hush(): void {
    this.still = true;
  }

  mend(): void {
    this.closed = this.deaf = this.still = false;
  }

  stop(): void {
    this.cut();
    this.server.close();
  }
}

let shared: Promise<Browser> | undefined;

/** browser is the one that all stories use. It ends with the process. */
export function browser(): Promise<Browser> {
  return shared ??= chromium.launch({ executablePath: settings.chromium, args: ["--no-sandbox", ...(secure ? [`--ignore-certificate-errors-spki-list=${secure.hash}`] : [])] });
}

/** Person is somebody with a browser. */
export class Person {
  readonly errors: string[] = [];

  private constructor(readonly name: string, readonly road: Road, readonly page: Page, readonly url: string) {
    page.on("pageerror", (e) => this.errors.push(String(e)));
    page.on("console", (m) => { if (/Content Security Policy|TrustedScript|Refused to/i.test(m.text())) this.errors.push(m.text()); });
  }

  static async open(name: string, options: BrowserContextOptions = {}): Promise<Person> {
    const road = new Road();
    const url = `${secure ? "https" : "http"}://localhost:${await road.port}/`;
    const context = await (await browser()).newContext({ viewport: { width: 1200, height: 760 }, locale: "en-US", ...options });
    return new Person(name, road, await context.newPage(), url);
  }

  /** signIn opens the chat and signs in. */
  async signIn(): Promise<this> {
    await this.page.goto(this.url);
    await this.page.fill("#address", this.name); // the domain is added: there is only one
    await this.page.fill("#password", settings.password);
    await this.page.click("button[type=submit]");
    await this.page.waitForSelector(".sidebar");
    return this;
  }

  async visit(): Promise<void> {
    await this.page.goto(this.url);
  }

  /** administer opens a screen of the admin page, and signs in where that is asked for. */
  async administer(...screen: string[]): Promise<this> {
    await this.page.goto(`${this.url}admin/#/${screen.map(encodeURIComponent).join("/")}`);
    await this.page.waitForSelector("#address, .admin");
    if (await this.page.locator("#address").count() > 0) {
      await this.page.fill("#address", `${this.name}@${domain}`);
      await this.page.fill("#password", settings.password);
      await this.page.click("button[type=submit]");
      await this.page.waitForSelector(".admin");
    }
    return this;
  }

  async tab(name: "recent" | "groups" | "directory"): Promise<void> {
    await this.page.click(`#tab-${name}`);
  }

  /** row finds somebody, or a group, in the list that is shown. */
  row(name: string): Locator {
    return this.page.locator(".lists .row", { hasText: name });
  }

  async talkTo(name: string, list: "recent" | "groups" | "directory" = "directory"): Promise<void> {
    await this.tab(list);
    await this.row(name).click();
    await this.page.waitForSelector(".composer textarea");
  }

  async say(text: string): Promise<void> {
    await this.page.fill(".composer textarea", text);
    await this.page.press(".composer textarea", "Enter");
  }

  /** sayAll writes many messages, as fast as the page takes them. */
  async sayAll(texts: readonly string[]): Promise<void> {
    await this.page.evaluate(async (list) => {
      const field = document.querySelector<HTMLTextAreaElement>(".composer textarea");
      if (!field) throw new Error("there is nothing to write in");
      const drawn = (): Promise<unknown> => new Promise(requestAnimationFrame);
      for (const text of list) {
        field.value = text;
        field.dispatchEvent(new InputEvent("input", { bubbles: true }));
        await drawn();
        field.dispatchEvent(new KeyboardEvent("keydown", { key: "Enter", bubbles: true, cancelable: true }));
        await drawn();
      }
    }, texts);
  }

  /** line finds a message by its text. */
  line(text: string): Locator {
    return this.page.locator(".msg", { hasText: text });
  }

  /** bring pastes, drags or drops a file of so many bytes. */
  async bring(how: "paste" | "dragenter" | "drop", name: string, bytes: number, type = "application/octet-stream"): Promise<void> {
    await this.page.evaluate(([event, called, size, kind]) => {
      const data = new DataTransfer();
      data.items.add(new File([new Uint8Array(size)], called, { type: kind }));
      const options = { bubbles: true, cancelable: true };
      const target = document.querySelector(".composer textarea");
      target?.dispatchEvent(event === "paste" ? new ClipboardEvent(event, { ...options, clipboardData: data }) : new DragEvent(event, { ...options, dataTransfer: data }));
    }, [how, name, bytes, type] as const);
  }

  async act(text: string, what: string): Promise<void> {
    const line = this.line(text).last();
    await line.hover();
    await line.locator(".tools button").first().click();
    await this.page.click(`.menu button:has-text("${what}")`);
  }

  /** close ends the browser's windows and what they left on the server: a lost session would be seen by the next story. */
  async close(): Promise<void> {
    await this.page.context().close();
    this.road.stop();
    dismiss(this.name);
  }
}

/** end closes what a story has left open. */
export async function end(): Promise<void> {
  for (const context of (await shared)?.contexts() ?? []) await context.close();
}
