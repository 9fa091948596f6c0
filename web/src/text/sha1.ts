/** sha1 hashes bytes (RFC 3174), for colours and capabilities, which are wanted at once. */
export function sha1(data: Uint8Array): Uint8Array {
  const blocks = new Uint8Array(((data.length + 72) >> 6) << 6);
  blocks.set(data);
  blocks[data.length] = 0x80;
  const view = new DataView(blocks.buffer);
  view.setUint32(blocks.length - 4, data.length * 8);
  const h = [0x67452301, 0xefcdab89, 0x98badcfe, 0x10325476, 0xc3d2e1f0];
  const w = new Int32Array(80);
  const turn = (x: number, n: number): number => (x << n) | (x >>> (32 - n));
  const at = (i: number): number => w[i] ?? 0;
  for (let block = 0; block < blocks.length; block += 64) {
    for (let t = 0; t < 80; t++) {
      w[t] = t < 16 ? view.getInt32(block + t * 4) : turn(at(t - 3) ^ at(t - 8) ^ at(t - 14) ^ at(t - 16), 1);
    }
    let [a = 0, b = 0, c = 0, d = 0, e = 0] = h;
    for (let t = 0; t < 80; t++) {
      const [f, k] = t < 20 ? [(b & c) | (~b & d), 0x5a827999] : t < 40 ? [b ^ c ^ d, 0x6ed9eba1]
        : t < 60 ? [(b & c) | (b & d) | (c & d), 0x8f1bbcdc] : [b ^ c ^ d, 0xca62c1d6];
      const next = (turn(a, 5) + f + e + k + at(t)) | 0;
      [a, b, c, d, e] = [next, a, turn(b, 30), c, d];
    }
    [a, b, c, d, e].forEach((x, i) => { h[i] = ((h[i] ?? 0) + x) | 0; });
  }
  const out = new Uint8Array(20);
  h.forEach((x, i) => new DataView(out.buffer).setInt32(i * 4, x));
  return out;
}
