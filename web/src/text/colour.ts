import { sha1 } from "./sha1";

/** hue is the angle in degrees that XEP-0392 § 5.1 gives a text. */
export function hue(text: string): number {
  const digest = sha1(new TextEncoder().encode(text.normalize("NFC")));
  return (((digest[0] ?? 0) + (digest[1] ?? 0) * 256) / 65536) * 360;
}

/** colour is the text's colour as CSS (XEP-0392 § 5.2: HSLuv with full saturation). lightness is 0 to 100. */
export function colour(text: string, lightness = 50): string {
  const [r, g, b] = hsluv(hue(text), 100, lightness).map((c) => Math.round(Math.min(1, Math.max(0, c)) * 255));
  return `rgb(${r} ${g} ${b})`;
}

const toRGB = [
  [3.240969941904521, -1.537383177570093, -0.498610760293],
  [-0.96924363628087, 1.87596750150772, 0.041555057407175],
  [0.055630079696993, -0.20397695888897, 1.056971514242878],
] as const;
const kappa = 903.2962962;
const epsilon = 0.0088564516;

/** hsluv returns red, green and blue from 0 to 1. */
function hsluv(h: number, s: number, l: number): number[] {
  const angle = (h / 180) * Math.PI;
  const chroma = (longest(l, angle) / 100) * s;
  const y = l > 8 ? ((l + 16) / 116) ** 3 : l / kappa;
  if (l <= 0 || l >= 100) return l <= 0 ? [0, 0, 0] : [1, 1, 1];
  const u = (Math.cos(angle) * chroma) / (13 * l) + 0.19783000664283;
  const v = (Math.sin(angle) * chroma) / (13 * l) + 0.46831999493879;
  const x = (9 * y * u) / (4 * v);
  const z = (y * (12 - 3 * u - 20 * v)) / (4 * v);
  return toRGB.map(([a, b, c]) => {
    const linear = a * x + b * y + c * z;
    return linear <= 0.0031308 ? 12.92 * linear : 1.055 * linear ** (1 / 2.4) - 0.055;
  });
}

/** longest is the chroma at which a hue of a lightness leaves what a screen shows: the nearest of the six edges of RGB. */
function longest(l: number, angle: number): number {
  const s1 = (l + 16) ** 3 / 1560896;
  const s2 = s1 > epsilon ? s1 : l / kappa;
  let nearest = Infinity;
  for (const [a, b, c] of toRGB) {
    for (const t of [0, 1]) {
      const top1 = (284517 * a - 94839 * c) * s2;
      const top2 = (838422 * c + 769860 * b + 731718 * a) * l * s2 - 769860 * t * l;
      const bottom = (632260 * c - 126452 * b) * s2 + 126452 * t;
      const length = top2 / bottom / (Math.sin(angle) - (top1 / bottom) * Math.cos(angle));
      if (length >= 0) nearest = Math.min(nearest, length);
    }
  }
  return nearest;
}
