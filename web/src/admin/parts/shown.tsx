import type { ComponentChildren } from "preact";
import { useEffect, useRef } from "preact/hooks";

/** Shown comes into sight when it appears: on a phone what was done may show below the screen. */
export function Shown({ children }: { children: ComponentChildren }) {
  const box = useRef<HTMLDivElement>(null);
  useEffect(() => {
    const e = box.current;
    e?.scrollIntoView({ block: e.offsetHeight > window.innerHeight / 2 ? "start" : "nearest" }); // what is long is read from its beginning
  }, []);
  return <div ref={box} class="shown">{children}</div>;
}
