// <myna-chat> for other pages, such as a webmail: an icon with the number of unread messages, and the chat in a panel.
//
//	<script src="https://chat.example.com/embed.js" async></script>
//	<myna-chat></myna-chat>
//
// The chat itself is a frame of the server's own origin, so that the other page never sees a message or a password. Attributes:
// src (where the server is, if not where this script came from), open, lang, label; and for a webmail that vouches for its user: account,
// with token or token-url. docs/webchat.md tells of them.

(() => {
  const script = document.currentScript ?? document.querySelector("script[src$='/embed.js']");
  const here = new URL(script instanceof HTMLScriptElement ? script.src : location.href).origin;

  const style = `
  :host { position: fixed; inset: auto 24px 24px auto; z-index: 2147483000; font: 15px/1.4 system-ui, sans-serif; color-scheme: light dark; }
  :host([hidden]) { display: none; }
  button { position: relative; display: grid; place-items: center; width: 56px; height: 56px; margin: 0 0 0 auto; padding: 0; border: 0; border-radius: 50%;
    background: #0b6b63; color: #fff; box-shadow: 0 2px 6px rgb(0 0 0 / 25%), 0 8px 24px rgb(0 0 0 / 20%); cursor: pointer; }
  button:hover { background: #09574f; }
  button:focus-visible { outline: 3px solid #5fd0c0; outline-offset: 2px; }
  svg { width: 28px; height: 28px; fill: none; stroke: currentColor; stroke-width: 1.75; stroke-linecap: round; stroke-linejoin: round; }
  .badge { position: absolute; inset: -4px -4px auto auto; min-width: 22px; height: 22px; padding: 0 6px; border-radius: 11px; background: #d0271d; color: #fff;
    font-size: 12px; font-weight: 650; line-height: 22px; box-sizing: border-box; }
  .badge[hidden] { display: none; }
  iframe { display: block; width: min(760px, calc(100vw - 48px)); height: min(640px, calc(100dvh - 120px)); margin: 0 0 16px; border: 0; border-radius: 16px;
    background: Canvas; box-shadow: 0 2px 6px rgb(0 0 0 / 20%), 0 16px 48px rgb(0 0 0 / 30%); }
  iframe[hidden] { display: block; position: fixed; width: 1px; height: 1px; opacity: 0; pointer-events: none; visibility: hidden; margin: 0; }
  @media (max-width: 639px) {
    iframe:not([hidden]) { position: fixed; inset: 0; width: 100vw; height: 100dvh; border-radius: 0; }
    :host([open]) button { position: fixed; inset: 8px 8px auto auto; width: 44px; height: 44px; z-index: 1; }
  }`;

  const patience = 10_000; // ms in which the webmail has to answer with a token
  const svg = "http://www.w3.org/2000/svg";

  /** Token is what the HTTP API answers when the webmail's server vouches for its user. */
  interface Token {
    account: string;
    token: string;
  }

  /** MynaChat is the launcher and the panel. */
  class MynaChat extends HTMLElement {
    /** tokens brings a new token, where a page has its own way to get one. */
    declare tokens: (() => Promise<Token>) | undefined; // it may have been set before the element was one of these
    static readonly observedAttributes = ["open", "lang"];
    private readonly badge = document.createElement("span");
    private readonly button = document.createElement("button");
    private readonly path = document.createElementNS(svg, "path");
    private frame: HTMLIFrameElement | undefined;

    connectedCallback(): void {
      if (!this.shadowRoot) this.build();
      window.addEventListener("message", this.heard);
      this.change();
    }

    disconnectedCallback(): void {
      window.removeEventListener("message", this.heard);
    }

    attributeChangedCallback(): void {
      if (!this.shadowRoot) return;
      this.change();
      this.say({ myna: "language", lang: this.language });
    }

    /** language is that of the element, else of the page; the chat takes it for who has not chosen one. */
    private get language(): string {
      return this.lang || document.documentElement.lang;
    }

    /** origin is where the chat is. */
    private get origin(): string {
      const src = this.getAttribute("src");
      return src ? new URL(src, location.href).origin : here;
    }

    private build(): void {
      const root = this.attachShadow({ mode: "open" });
      const sheet = new CSSStyleSheet();
      sheet.replaceSync(style);
      root.adoptedStyleSheets = [sheet];
      const label = this.getAttribute("label") ?? (this.language.startsWith("vi") ? "Trò chuyện" : "Chat");
      const picture = document.createElementNS(svg, "svg");
      picture.setAttribute("viewBox", "0 0 24 24");
      picture.setAttribute("aria-hidden", "true");
      picture.append(this.path);
      this.badge.className = "badge";
      this.badge.hidden = true;
      this.button.type = "button";
      this.button.setAttribute("aria-label", label);
      this.button.append(picture, this.badge);
      this.button.addEventListener("click", () => this.toggleAttribute("open"));
      this.frame = document.createElement("iframe");
      this.frame.title = label;
      this.frame.allow = "clipboard-write";
      this.frame.src = `${this.origin}/`;
      const area = document.createElement("aside"); // a landmark, so that who goes through those of the page finds it
      area.setAttribute("aria-label", label);
      area.append(this.frame, this.button);
      root.append(area);
    }

    private change(): void {
      const open = this.hasAttribute("open");
      if (this.frame) this.frame.hidden = !open;
      this.button.setAttribute("aria-expanded", String(open));
      this.path.setAttribute("d", open ? "M6 6l12 12M18 6 6 18" : "M5 4.5h14a2 2 0 0 1 2 2v9a2 2 0 0 1-2 2h-7l-4.5 3.5v-3.5H5a2 2 0 0 1-2-2v-9a2 2 0 0 1 2-2Z");
      if (open) this.frame?.focus();
    }

    /** signOut signs out of the chat, and forgets what the browser kept of it: for a page whose user signs out. */
    signOut(): void {
      this.say({ myna: "signOut" });
    }

    /** say is for the chat, and nobody else. */
    private say(what: object): void {
      this.frame?.contentWindow?.postMessage(what, this.origin);
    }

    private readonly heard = (e: MessageEvent<unknown>): void => {
      if (e.origin !== this.origin || e.source !== this.frame?.contentWindow) return;
      const said = e.data as { myna?: unknown; count?: unknown } | null;
      switch (said?.myna) {
        case "hello":
          return this.say({ myna: "hello", lang: this.language, account: this.getAttribute("account") ?? "", vouches: !!this.tokens || this.hasAttribute("token") || this.hasAttribute("token-url") });
        case "token": return void this.bring();
        case "unread": return this.count(Math.max(0, Math.floor(Number(said.count) || 0)));
        case "signedOut": this.dispatchEvent(new CustomEvent("signedout"));
      }
    };

    private count(n: number): void {
      this.badge.hidden = n === 0;
      this.badge.textContent = n > 99 ? "99+" : String(n);
      this.dispatchEvent(new CustomEvent("unread", { detail: n })); // a webmail may show it in its own bar
    }

    /** bring gets a token and hands it to the chat. Without one it says so: the user has signed out of the webmail. */
    private async bring(): Promise<void> {
      try {
        const { account, token } = await this.token();
        this.say({ myna: "token", account: String(account), token: String(token) });
      } catch {
        this.say({ myna: "token", account: "", token: "" });
      }
    }

    private async token(): Promise<Token> {
      const token = this.getAttribute("token");
      const url = this.getAttribute("token-url");
      if (this.tokens) return this.tokens();
      if (token) {
        this.removeAttribute("token"); // it is good once, for this page
        return { account: this.getAttribute("account") ?? "", token };
      }
      if (!url) throw new Error("no token");
      const answer = await fetch(url, { method: "POST", headers: { Accept: "application/json" }, redirect: "error", signal: AbortSignal.timeout(patience) });
      if (!answer.ok) throw new Error(answer.statusText);
      return await answer.json() as Token;
    }
  }

  if (!customElements.get("myna-chat")) customElements.define("myna-chat", MynaChat);
})(); // a plain script: nothing of it stays in the other page but the element
