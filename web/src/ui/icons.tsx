import type { Status } from "../engine/api";

// All on a square of 24, drawn with lines of 1.75 in the colour of the text.
const paths = {
  search: "M11 4a7 7 0 1 1 0 14 7 7 0 0 1 0-14Zm5 12 4.5 4.5",
  close: "M6 6l12 12M18 6 6 18",
  back: "M15 5l-7 7 7 7",
  down: "M6 9l6 6 6-6",
  up: "M6 15l6-6 6 6",
  send: "M5 12h13M12 5l7 7-7 7",
  attach: "M20 11.5l-8 8a5 5 0 0 1-7-7l8.5-8.5a3.3 3.3 0 0 1 4.7 4.7L9.7 17.2a1.6 1.6 0 0 1-2.4-2.4l7.7-7.7",
  people: "M9 11a3.5 3.5 0 1 0 0-7 3.5 3.5 0 0 0 0 7Zm-6.5 9c.5-3.7 3-5.5 6.5-5.5s6 1.8 6.5 5.5M16 4.3a3.5 3.5 0 0 1 0 6.4M18 15c2 .8 3.2 2.5 3.5 5",
  person: "M12 11.5a4 4 0 1 0 0-8 4 4 0 0 0 0 8ZM4.5 20.5c.6-4 3.4-6 7.5-6s6.9 2 7.5 6",
  chat: "M5 4.5h14a2 2 0 0 1 2 2v9a2 2 0 0 1-2 2h-7l-4.5 3.5v-3.5H5a2 2 0 0 1-2-2v-9a2 2 0 0 1 2-2Z",
  more: "M5.5 12h.01M12 12h.01M18.5 12h.01",
  smile: "M12 3.5a8.5 8.5 0 1 1 0 17 8.5 8.5 0 0 1 0-17ZM8.5 14c.8 1.4 2 2 3.5 2s2.7-.6 3.5-2M9 9.5h.01M15 9.5h.01",
  reply: "M9 6l-5 5 5 5M4.5 11H14a6 6 0 0 1 6 6v1.5",
  edit: "M4 20l1-4.5L16.5 4a2 2 0 0 1 3 0l.5.5a2 2 0 0 1 0 3L8.5 19 4 20Z",
  trash: "M5 7h14M10 7V4.5h4V7M6.5 7l1 13h9l1-13M10.5 11v5.5M13.5 11v5.5",
  copy: "M9 9h10v11H9V9Zm-4 6V4h10",
  file: "M6.5 3.5h7L18.5 8.5v12h-12v-17Zm7 0v5h5",
  mute: "M6 15.5V11a6 6 0 0 1 9.5-4.9M18 11v4.5l1.5 2H7M10 20.5h4M4 4l16 16",
  bell: "M6 15.5V11a6 6 0 0 1 12 0v4.5l1.5 2h-15L6 15.5ZM10 20.5h4",
  sound: "M4 9.5v5h3.5l5 4v-13l-5 4H4ZM16 9a4.2 4.2 0 0 1 0 6M18.5 6.5a8 8 0 0 1 0 11",
  silent: "M4 9.5v5h3.5l5 4v-13l-5 4H4ZM16.5 9.5l5 5M21.5 9.5l-5 5",
  moon: "M19.5 14.5A8 8 0 0 1 9.5 4.5a8 8 0 1 0 10 10Z",
  globe: "M12 3.5a8.5 8.5 0 1 1 0 17 8.5 8.5 0 0 1 0-17ZM3.5 12h17M12 3.5c3 3 3 14 0 17M12 3.5c-3 3-3 14 0 17",
  out: "M14 4H5v16h9M10.5 12H20M16.5 8l4 4-4 4",
  eye: "M2.5 12c2.5-4.5 5.7-6.5 9.5-6.5s7 2 9.5 6.5c-2.5 4.5-5.7 6.5-9.5 6.5s-7-2-9.5-6.5ZM12 9a3 3 0 1 1 0 6 3 3 0 0 1 0-6Z",
  check: "M5 12.5l4.5 4.5L19 7",
  clock: "M12 4a8 8 0 1 1 0 16 8 8 0 0 1 0-16Zm0 3.5V12l3 2",
  alert: "M12 4 2.8 19.5h18.4L12 4Zm0 6v4.5M12 17h.01",
  off: "M4 4l16 16M5 12.5a10 10 0 0 1 4-2.4M2.5 9a14 14 0 0 1 4.5-2.9M19 12.5a10 10 0 0 0-4-2.4M21.5 9A14.5 14.5 0 0 0 11 5.2M9 16a5 5 0 0 1 6 0M12 19.5h.01",
  lock: "M6 10.5h12v9.5H6v-9.5Zm2.5 0V8a3.5 3.5 0 0 1 7 0v2.5",
  at: "M16 8v5.5a2.5 2.5 0 0 0 5 0V12a9 9 0 1 0-3.5 7.1M16 12a4 4 0 1 1-8 0 4 4 0 0 1 8 0Z",
} as const;

/** IconName names one of the icons. */
export type IconName = keyof typeof paths;

/** Icon is a picture beside a text, or in a button that has a label. */
export function Icon({ name, size = 20 }: { name: IconName; size?: number }) {
  const thick = name === "more";
  return (
    <svg class="icon" width={size} height={size} viewBox="0 0 24 24" aria-hidden="true" fill="none" stroke="currentColor"
      stroke-width={thick ? 2.6 : 1.75} stroke-linecap="round" stroke-linejoin="round">
      <path d={paths[name]} />
    </svg>
  );
}

/** Dot shows a status by colour and by shape. */
export function Dot({ status, size = 12 }: { status: Status; size?: number }) {
  return (
    <svg class={`dot ${status}`} width={size} height={size} viewBox="0 0 12 12" aria-hidden="true">
      <circle cx="6" cy="6" r={status === "offline" ? 4.5 : 6} />
      {status === "dnd" && <path d="M3.5 6h5" />}
      {status === "away" && <path d="M6 3.2V6l1.9 1.3" />}
    </svg>
  );
}

/** Ticks show how far a message got. */
export function Ticks({ twice }: { twice: boolean }) {
  return (
    <svg class="icon" width="17" height="12" viewBox="0 0 17 12" aria-hidden="true" fill="none" stroke="currentColor" stroke-width="1.6"
      stroke-linecap="round" stroke-linejoin="round">
      <path d={twice ? "M1 6.5l3.2 3.2L10.5 3M7.5 9.3l.5.4L14.5 3" : "M3.5 6.5l3.2 3.2L13 3"} />
    </svg>
  );
}
