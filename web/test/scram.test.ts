import { expect, it } from "vitest";
import { choose, Exchange, Refused } from "../src/xmpp/scram";

const b64 = (s: string): string => Buffer.from(s).toString("base64");
const text = (s: string): string => Buffer.from(s, "base64").toString();

// RFC 7677 § 3
const nonce = "rOprNGfwEbeRWgbNEkqO";
const challenge = "r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096";

it("signs in as the example of the specification does, and sees that the server knows the password", async () => {
  const x = new Exchange("SCRAM-SHA-256", "user", "pencil", nonce);
  expect(text(x.first())).toBe(`n,,n=user,r=${nonce}`);
  expect(text(await x.answer(b64(challenge)))).toBe(
    "c=biws,r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,p=dHzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVQ=");
  expect(x.verify(b64("v=6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4="))).toBe(true);
  expect(x.verify(b64("v=AAAATRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4="))).toBe(false);
});

it("signs in with the key alone, and only where it was made", async () => {
  const first = new Exchange("SCRAM-SHA-256", "user", "pencil", nonce);
  const proof = await first.answer(b64(challenge));
  const key = first.key;
  expect(key?.salted.extractable).toBe(false);
  if (!key) throw new Error("no key");
  expect(await new Exchange("SCRAM-SHA-256", "user", key, nonce).answer(b64(challenge))).toBe(proof);
  await expect(new Exchange("SCRAM-SHA-256", "user", key, nonce).answer(b64(challenge.replace("4096", "4097")))).rejects.toBeInstanceOf(Refused);
});

it.each([
  ["another nonce", "r=x,s=AAAA,i=4096"], ["nothing added to the nonce", `r=${nonce},s=AAAA,i=4096`], ["no salt", `r=${nonce}x,i=4096`],
  ["no iterations", `r=${nonce}x,s=AAAA`], ["endless iterations", `r=${nonce}x,s=AAAA,i=99999999999`], ["an extension that must be known", `m=x,r=${nonce}x,s=AAAA,i=1`],
])("refuses a challenge with %s", async (_, c) => {
  await expect(new Exchange("SCRAM-SHA-256", "user", "pencil", nonce).answer(b64(c))).rejects.toThrow();
});

it("takes the best mechanism, and never a password in the clear", () => {
  expect(choose(["PLAIN", "SCRAM-SHA-1", "SCRAM-SHA-256"])).toBe("SCRAM-SHA-256");
  expect(choose(["PLAIN", "SCRAM-SHA-256-PLUS"])).toBe("");
});
