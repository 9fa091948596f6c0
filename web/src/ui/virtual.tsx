import type { ComponentChildren } from "preact";
import { useLayoutEffect, useRef, useState } from "preact/hooks";

interface Props<T> {
  items: readonly T[];
  height: number; // of a row, in px
  label: string;
  id(item: T): string;
  row(item: T): ComponentChildren;
  foot?: ComponentChildren;
}

const spare = 6; // rows beyond what is seen

/** VirtualList is a list of rows of one height, of which only those are made that are seen. The arrow keys move between rows. */
export function VirtualList<T>({ items, height, label, id, row, foot }: Props<T>) {
  const box = useRef<HTMLDivElement>(null);
  const [view, setView] = useState({ top: 0, height: 800 });
  useLayoutEffect(() => {
    const e = box.current;
    if (!e) return;
    const measure = (): void => setView({ top: e.scrollTop, height: e.clientHeight });
    const watch = new ResizeObserver(measure);
    watch.observe(e);
    e.addEventListener("scroll", measure, { passive: true });
    return () => {
      watch.disconnect();
      e.removeEventListener("scroll", measure);
    };
  }, []);
  const first = Math.max(0, Math.floor(view.top / height) - spare);
  const last = Math.min(items.length, Math.ceil((view.top + view.height) / height) + spare);
  const move = (e: KeyboardEvent): void => {
    const step = { ArrowDown: 1, ArrowUp: -1, PageDown: 8, PageUp: -8, Home: -items.length, End: items.length }[e.key];
    const at = Number((e.target as HTMLElement).closest<HTMLElement>("[data-index]")?.dataset["index"] ?? -1);
    if (step === undefined || at < 0 || !box.current) return;
    e.preventDefault();
    const to = Math.min(items.length - 1, Math.max(0, at + step));
    const list = box.current;
    if (to * height < list.scrollTop) list.scrollTop = to * height;
    if ((to + 1) * height > list.scrollTop + list.clientHeight) list.scrollTop = (to + 1) * height - list.clientHeight;
    setView({ top: list.scrollTop, height: list.clientHeight });
    requestAnimationFrame(() => list.querySelector<HTMLElement>(`[data-index="${to}"] button, [data-index="${to}"] a`)?.focus({ preventScroll: true }));
  };
  return (
    <div class="list" ref={box} onKeyDown={move}>
      <ul aria-label={label} style={{ height: `${items.length * height}px` }}>
        {items.slice(first, last).map((item, i) => (
          <li key={id(item)} data-index={first + i} aria-setsize={items.length} aria-posinset={first + i + 1}
            style={{ top: `${(first + i) * height}px`, height: `${height}px` }}>{row(item)}</li>
        ))}
      </ul>
      {foot}
    </div>
  );
}
