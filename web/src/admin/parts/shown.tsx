import type { ComponentChildren } from "preact";
import { useEffect, useRef } from "preact/hooks";

/** Shown comes into sight when it appears: on a phone what was done may show below the screen. */
export function Shown({ children }: { children: ComponentChildren }) {
  const box = useRef<HTMLDivElement>(null);
  useEffect(() => box.current?.scrollIntoView({ block: "nearest" }), []);
  return <div ref={box} class="shown">{children}</div>;
}
