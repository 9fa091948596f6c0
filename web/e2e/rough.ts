import type { Page } from "playwright-core";
import { expect } from "vitest";
import { domain, password, type Person } from "./stage";

/** rough signs in as somebody from another client, and sends what it likes, with a page of another person's browser. It stays until that page is gone, which is returned. */
export async function rough(by: Person, name: string, stanzas: string[]): Promise<Page> {
  const page = await by.page.context().newPage();
  await page.goto(by.url);
  const answered = await page.evaluate(([user, secret, host, list]) => new Promise<string>((resolve, reject) => {
    const ws = new WebSocket(`${location.origin.replace("http", "ws")}/xmpp-websocket`, "xmpp");
    const open = `<open xmlns="urn:ietf:params:xml:ns:xmpp-framing" to="${host}" version="1.0"/>`;
    const steps: [RegExp, string[]][] = [
      [/<mechanisms/, [`<auth xmlns="urn:ietf:params:xml:ns:xmpp-sasl" mechanism="PLAIN">${btoa(`\0${user}\0${secret}`)}</auth>`]],
      [/<success/, [open]],
      [/<bind/, [`<iq xmlns="jabber:client" type="set" id="b"><bind xmlns="urn:ietf:params:xml:ns:xmpp-bind"/></iq>`]],
      [/id=["']b["']/, [...list, `<iq xmlns="jabber:client" type="get" id="last"><ping xmlns="urn:xmpp:ping"/></iq>`]],
      [/id=["']last["']/, []],
    ];
    ws.onopen = () => ws.send(open);
    ws.onclose = () => reject(new Error("the stream ended"));
    ws.onmessage = (m: MessageEvent<string>) => {
      const [expected, next] = steps[0] ?? [];
      if (!expected?.test(m.data)) return;
      steps.shift();
      for (const stanza of next ?? []) ws.send(stanza);
      if (steps.length === 0) resolve(m.data);
    };
  }), [name, password, domain, stanzas] as const);
  expect(answered).toContain("result");
  return page;
}
