// Pictures that only the admin page has, drawn as those of the chat: on a square of 24, with lines of 1.75.
const paths = {
  gauge: "M4 18a9 9 0 1 1 16 0M12 15l4-5M12 15.5h.01",
  person: "M12 11.5a4 4 0 1 0 0-8 4 4 0 0 0 0 8ZM4.5 20.5c.6-4 3.4-6 7.5-6s6.9 2 7.5 6",
  people: "M9 11a3.5 3.5 0 1 0 0-7 3.5 3.5 0 0 0 0 7Zm-6.5 9c.5-3.7 3-5.5 6.5-5.5s6 1.8 6.5 5.5M16 4.3a3.5 3.5 0 0 1 0 6.4M18 15c2 .8 3.2 2.5 3.5 5",
  sliders: "M4 7h9M17 7h3M4 17h3M11 17h9M15 4.8v4.4M9 14.8v4.4",
  device: "M4.5 5h15v10.5h-15V5Zm-2 14h19M12 15.5V19",
  book: "M6 4h12v16H6V4Zm3 4.5h6M9 12h6M9 15.5h4",
  mail: "M3.5 6h17v12.5h-17V6Zm.5.5 8 6.5 8-6.5",
  plus: "M12 5v14M5 12h14",
  search: "M11 4a7 7 0 1 1 0 14 7 7 0 0 1 0-14Zm5 12 4.5 4.5",
  close: "M6 6l12 12M18 6 6 18",
  back: "M15 5l-7 7 7 7",
  alert: "M12 4 2.8 19.5h18.4L12 4Zm0 6v4.5M12 17h.01",
  check: "M5 12.5l4.5 4.5L19 7",
  at: "M16 8v5.5a2.5 2.5 0 0 0 5 0V12a9 9 0 1 0-3.5 7.1M16 12a4 4 0 1 1-8 0 4 4 0 0 1 8 0Z",
  eye: "M2.5 12c2.5-4.5 5.7-6.5 9.5-6.5s7 2 9.5 6.5c-2.5 4.5-5.7 6.5-9.5 6.5s-7-2-9.5-6.5ZM12 9a3 3 0 1 1 0 6 3 3 0 0 1 0-6Z",
  trash: "M5 7h14M10 7V4.5h4V7M6.5 7l1 13h9l1-13M10.5 11v5.5M13.5 11v5.5",
  upload: "M12 16V4.5M7 9l5-5 5 5M4.5 15.5v4h15v-4",
  download: "M12 4.5V16M7 11.5l5 5 5-5M4.5 15.5v4h15v-4",
  lock: "M6 10.5h12v9.5H6v-9.5Zm2.5 0V8a3.5 3.5 0 0 1 7 0v2.5",
  next: "M9 5l7 7-7 7",
  key: "M8 10.5a4.5 4.5 0 1 1 0 9 4.5 4.5 0 0 1 0-9ZM11.5 12 20 3.5M16 7.5l3 3",
  flag: "M6 21V4M6 4.5h12l-3 4 3 4H6",
  horn: "M4 10v4h3l9 4.5v-13L7 10H4Zm4 4.5 1.5 5h2.5l-1-4M19 10a3 3 0 0 1 0 4",
  globe: "M12 3.5a8.5 8.5 0 1 1 0 17 8.5 8.5 0 0 1 0-17ZM3.5 12h17M12 3.5c3 3 3 14 0 17M12 3.5c-3 3-3 14 0 17",
} as const;

/** GlyphName names one of the pictures. */
export type GlyphName = keyof typeof paths;

/** Glyph is a picture beside a text, or in a button that has a label. */
export function Glyph({ name, size = 20 }: { name: GlyphName; size?: number }) {
  return (
    <svg class="icon" width={size} height={size} viewBox="0 0 24 24" aria-hidden="true" fill="none" stroke="currentColor" stroke-width="1.75"
      stroke-linecap="round" stroke-linejoin="round">
      <path d={paths[name]} />
    </svg>
  );
}
