import { expect, it } from "vitest";
import { Failed, negotiate, type Pass } from "../src/xmpp/negotiate";
import type { Socket } from "../src/xmpp/socket";
import { parse, type El } from "../src/xmpp/xml";

const sasl = `xmlns="urn:ietf:params:xml:ns:xmpp-sasl"`;

/** signIn signs in with a pass at a server that offers mechanisms, and lets in by some of them. It returns what was tried. */
async function signIn(secret: Pass, offered: string[], good: string[]): Promise<{ tried: string[]; problem: string }> {
  const answers: string[] = [];
  const tried: string[] = [];
  let inside = false;
  const socket = {
    opened: () => Promise.resolve(),
    next: () => Promise.resolve(parse(answers.shift() ?? "<nothing/>")),
    send(e: El) {
      const mechanism = e.attr("mechanism");
      if (e.name === "open") answers.push(`<open xmlns="urn:ietf:params:xml:ns:xmpp-framing"/>`, `<stream:features xmlns:stream="http://etherx.jabber.org/streams">${
        inside ? "" : `<mechanisms ${sasl}>${offered.map((m) => `<mechanism>${m}</mechanism>`).join("")}</mechanisms>`}</stream:features>`);
      if (e.name === "auth") {
        tried.push(`${mechanism} ${atob(e.text).replaceAll("\0", "|").replaceAll("\u0001", "!")}`);
        inside = good.includes(mechanism);
        answers.push(inside ? `<success ${sasl}/>` : mechanism === "OAUTHBEARER" ? `<challenge ${sasl}>e30=</challenge>` : `<failure ${sasl}><not-authorized/></failure>`);
      }
      if (e.name === "response") answers.push(`<failure ${sasl}><not-authorized/></failure>`);
      if (e.name === "iq") answers.push(`<iq xmlns="jabber:client" type="result"><bind xmlns="urn:ietf:params:xml:ns:xmpp-bind"><jid>lan@x/1</jid></bind></iq>`);
    },
  };
  try {
    await negotiate(socket as unknown as Socket, { jid: "lan@x/1", secret });
    return { tried, problem: "" };
  } catch (err) {
    return { tried, problem: err instanceof Failed ? err.condition : String(err) };
  }
}

const all = ["EXTERNAL", "SCRAM-SHA-256", "PLAIN", "OAUTHBEARER"];

it.each([
  ["a new token", { token: "t" }, all, ["OAUTHBEARER"], ["OAUTHBEARER n,a=lan@x,!auth=Bearer t!!"], ""],
  ["a new token, as a password", { token: "t" }, ["EXTERNAL", "PLAIN"], ["PLAIN"], ["PLAIN |lan|t"], ""],
  ["an old token", { token: "t" }, all, [], ["OAUTHBEARER n,a=lan@x,!auth=Bearer t!!", "PLAIN |lan|t"], "token-needed"],
  ["coming back", { token: "t", used: true }, all, ["EXTERNAL"], ["EXTERNAL lan@x"], ""],
  ["coming back with another's cookie", { token: "t", used: true }, ["EXTERNAL", "PLAIN"], ["PLAIN"], ["EXTERNAL lan@x", "PLAIN |lan|t"], ""],
  ["the cookie alone", { token: "" }, all, ["EXTERNAL"], ["EXTERNAL lan@x"], ""],
  ["no cookie", { token: "" }, ["PLAIN"], [], [], "token-needed"],
] as const)("%s signs in", async (_, secret, offered, good, tried, problem) => {
  expect(await signIn({ ...secret }, [...offered], [...good])).toEqual({ tried: [...tried], problem });
});
