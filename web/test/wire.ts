import type { Wire } from "../src/xmpp/wire";
import { StanzaError } from "../src/xmpp/wire";
import { parse, type El } from "../src/xmpp/xml";

/** FakeWire keeps what is sent, and answers what is asked as a test says. */
export class FakeWire implements Wire {
  jid = "lan@x/web";
  online = true;
  readonly sent: El[] = [];
  readonly asked: { to: string | undefined; payload: El }[] = [];
  answer: (payload: El, to: string | undefined) => string | undefined = () => undefined;

  send(e: El): boolean {
    if (this.online) this.sent.push(e);
    return this.online;
  }

  async ask(_: "get" | "set", to: string | undefined, payload: El): Promise<El> {
    this.asked.push({ to, payload });
    const answer = this.answer(payload, to);
    if (answer === undefined) throw new StanzaError("item-not-found", "");
    return parse(`<iq xmlns="jabber:client" type="result">${answer}</iq>`);
  }
}

/** stanza reads a stanza. */
export const stanza = (text: string): El => parse(text.replace(/^<(\w+)/, `<$1 xmlns="jabber:client"`));
