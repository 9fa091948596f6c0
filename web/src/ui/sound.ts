import { signal } from "@preact/signals";
import { keep, kept } from "./local";

/** sounds tells whether messages are heard. */
export const sounds = signal(kept("sounds", ["on", "off"]) !== "off");

/** toggleSounds changes that, and lets it be heard. */
export function toggleSounds(): void {
  sounds.value = !sounds.value;
  keep("sounds", sounds.value ? "on" : "off");
  chime();
}

const notes = [[660, 0], [880, 0.09]] as const; // Hz and seconds
let context: AudioContext | undefined;
let last = 0;

/** chime plays two short notes, if that is wanted, and not many times at once. A browser that nobody has touched yet stays silent. */
export function chime(): void {
  if (!sounds.value || Date.now() - last < 1500) return;
  last = Date.now();
  context ??= new AudioContext();
  const { currentTime: now, destination } = context;
  for (const [pitch, at] of notes) {
    const tone = context.createOscillator();
    const volume = context.createGain();
    tone.frequency.value = pitch;
    volume.gain.setValueAtTime(0.0001, now + at);
    volume.gain.exponentialRampToValueAtTime(0.12, now + at + 0.015);
    volume.gain.exponentialRampToValueAtTime(0.0001, now + at + 0.25);
    tone.connect(volume).connect(destination);
    tone.start(now + at);
    tone.stop(now + at + 0.3);
  }
}
