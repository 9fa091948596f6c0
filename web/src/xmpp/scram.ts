// SCRAM (RFC 5802, RFC 7677) with the browser's cryptography. A password becomes a key that cannot be read again; that key, not
// the password, is what a browser may keep.

/** Key is what is left of a password: it signs in at the server that gave this salt, and nowhere else. */
export interface Key {
  mechanism: string;
  salt: string; // base64
  iterations: number;
  salted: CryptoKey; // HMAC, not extractable
}

const hashes: Record<string, { hash: string; bits: number }> = {
  "SCRAM-SHA-512": { hash: "SHA-512", bits: 512 },
  "SCRAM-SHA-256": { hash: "SHA-256", bits: 256 },
  "SCRAM-SHA-1": { hash: "SHA-1", bits: 160 },
};

const mostIterations = 10_000_000; // more is an attack on our processor

/** choose returns the best mechanism that is offered; of a kept key only its own. "" when there is none. */
export function choose(offered: readonly string[], kept?: Key): string {
  const known = kept ? [kept.mechanism] : Object.keys(hashes);
  return known.find((m) => offered.includes(m)) ?? "";
}

/** Refused says that the credentials are not, or no longer, those of the account. */
export class Refused extends Error {}

const encoder = new TextEncoder();

/** Exchange is one sign-in: first, answer, verify, in this order. */
export class Exchange {
  private readonly bare: string;
  private signature = "";
  key: Key | undefined;

  constructor(
    private readonly mechanism: string,
    user: string,
    private readonly secret: string | Key,
    private readonly nonce: string = encode(crypto.getRandomValues(new Uint8Array(18))),
  ) {
    this.bare = `n=${user.replaceAll("=", "=3D").replaceAll(",", "=2C")},r=${nonce}`;
  }

  /** first is the client's first message, in base64. */
  first(): string {
    return encode(encoder.encode(`n,,${this.bare}`));
  }

  /** answer takes the server's first message and returns the client's last one. */
  async answer(challenge: string): Promise<string> {
    const server = new TextDecoder().decode(decode(challenge));
    const fields = parse(server);
    const nonce = fields.get("r") ?? "";
    const salt = fields.get("s") ?? "";
    const iterations = Number(fields.get("i"));
    if (!nonce.startsWith(this.nonce) || nonce === this.nonce || salt === "" || fields.has("m") ||
      !Number.isInteger(iterations) || iterations < 1 || iterations > mostIterations) {
      throw new Error("sign in: a bad challenge");
    }
    const key = await this.keyFor(salt, iterations);
    const { hash } = found(this.mechanism);
    const clientKey = await hmac(key.salted, encoder.encode("Client Key"));
    const storedKey = new Uint8Array(await crypto.subtle.digest(hash, clientKey));
    const last = `c=biws,r=${nonce}`;
    const all = encoder.encode(`${this.bare},${server},${last}`);
    const mask = await hmac(await importKey(storedKey, hash), all);
    const proof = clientKey.map((b, i) => b ^ (mask[i] ?? 0));
    const serverKey = await hmac(key.salted, encoder.encode("Server Key"));
    this.signature = encode(await hmac(await importKey(serverKey, hash), all));
    this.key = key;
    return encode(encoder.encode(`${last},p=${encode(proof)}`));
  }

  /** verify tells whether the server knows the password, too. */
  verify(success: string): boolean {
    return this.signature !== "" && parse(new TextDecoder().decode(decode(success))).get("v") === this.signature;
  }

  private async keyFor(salt: string, iterations: number): Promise<Key> {
    const { mechanism, secret } = this;
    if (typeof secret !== "string") {
      if (secret.salt !== salt || secret.iterations !== iterations || secret.mechanism !== mechanism) {
        throw new Refused("the password has been changed");
      }
      return secret;
    }
    const { hash, bits } = found(mechanism);
    const password = secret.replace(/\p{Zs}/gu, " ").normalize("NFC"); // RFC 8265 § 4.2.2
    const base = await crypto.subtle.importKey("raw", encoder.encode(password), "PBKDF2", false, ["deriveKey"]);
    const salted = await crypto.subtle.deriveKey({ name: "PBKDF2", hash, salt: decode(salt), iterations }, base,
      { name: "HMAC", hash, length: bits }, false, ["sign"]);
    return { mechanism, salt, iterations, salted };
  }
}

function found(mechanism: string): { hash: string; bits: number } {
  const h = hashes[mechanism];
  if (!h) throw new Error(`sign in: unknown mechanism ${mechanism}`);
  return h;
}

function parse(message: string): Map<string, string> {
  return new Map(message.split(",").map((f) => [f.slice(0, 1), f.slice(2)]));
}

const importKey = (raw: Uint8Array<ArrayBuffer>, hash: string): Promise<CryptoKey> =>
  crypto.subtle.importKey("raw", raw, { name: "HMAC", hash }, false, ["sign"]);

const hmac = async (key: CryptoKey, data: Uint8Array<ArrayBuffer>): Promise<Uint8Array<ArrayBuffer>> =>
  new Uint8Array(await crypto.subtle.sign("HMAC", key, data));

const encode = (bytes: Uint8Array): string => btoa(String.fromCharCode(...bytes));

const decode = (text: string): Uint8Array<ArrayBuffer> => Uint8Array.from(atob(text), (c) => c.charCodeAt(0));
