import type { ComponentChildren } from "preact";
import { useEffect, useLayoutEffect, useRef, useState } from "preact/hooks";
import { Icon, type IconName } from "./icons";

/** Item is an entry of a menu. */
export interface Item {
  label: string;
  icon?: IconName;
  mark?: ComponentChildren; // instead of an icon
  checked?: boolean; // one of several that exclude each other
  box?: boolean; // checked, but by itself
  danger?: boolean;
  rule?: boolean; // a line stands above
  run(): void;
}

interface Props {
  label: string;
  button: ComponentChildren;
  buttonClass?: string;
  named?: boolean; // the button has a text that says what it is
  items: () => Item[];
  head?: ((close: () => void) => ComponentChildren) | undefined;
  align?: "left" | "right";
  buttonTab?: number;
}

/** Menu is a button that opens a list of things to do (ARIA's menu button). */
export function Menu({ label, button, buttonClass = "iconic", named, items, head, align = "left", buttonTab }: Props) {
  const [open, setOpen] = useState(false);
  const root = useRef<HTMLDivElement>(null);
  const close = (): void => {
    setOpen(false);
    root.current?.querySelector<HTMLElement>("button")?.focus();
  };
  useEffect(() => {
    if (!open) return;
    const outside = (e: Event): void => { if (!root.current?.contains(e.target as Node)) setOpen(false); };
    document.addEventListener("pointerdown", outside);
    return () => document.removeEventListener("pointerdown", outside);
  }, [open]);
  useLayoutEffect(() => {
    if (!open) return;
    const list = root.current?.querySelector<HTMLElement>(".menu");
    if (!list) return;
    const at = list.getBoundingClientRect();
    list.classList.toggle("above", at.bottom > window.innerHeight - 8);
    const right = Math.min(0, window.innerWidth - 8 - at.right);
    list.style.translate = `${at.left + right < 8 ? 8 - at.left : right}px`; // it does not stick out of a narrow page
    list.querySelector<HTMLElement>("[role^=menuitem]")?.focus({ preventScroll: true });
  }, [open]);
  return (
    <div class={`menu-root${open ? " is-open" : ""}`} ref={root} onKeyDown={(e) => open && keys(e, root.current, close)}>
      <button type="button" class={buttonClass} aria-haspopup="menu" aria-expanded={open} aria-label={named ? undefined : label} title={label} tabIndex={buttonTab ?? 0}
        onClick={() => setOpen(!open)}>{button}</button>
      {open && (
        <div class={`menu ${align}`} role="menu" aria-label={label}>
          {head?.(close)}
          {items().map((i) => (
            <button type="button" key={i.label} role={i.checked === undefined ? "menuitem" : i.box ? "menuitemcheckbox" : "menuitemradio"} aria-checked={i.checked} tabIndex={-1}
              class={`${i.danger ? "danger" : ""}${i.rule ? " rule" : ""}`} onClick={() => { close(); i.run(); }}>
              <span class="menu-mark">{i.mark ?? (i.icon && <Icon name={i.icon} size={18} />)}</span>
              <span class="menu-label">{i.label}</span>
              {i.checked && <Icon name="check" size={16} />}
            </button>
          ))}
        </div>
      )}
    </div>
  );
}

function keys(e: KeyboardEvent, root: HTMLElement | null, close: () => void): void {
  const list = [...(root?.querySelectorAll<HTMLElement>(".menu [role^=menuitem]") ?? [])];
  const at = list.indexOf(document.activeElement as HTMLElement);
  const to = { ArrowDown: at + 1, ArrowRight: at + 1, ArrowUp: at - 1, ArrowLeft: at - 1, Home: 0, End: list.length - 1 }[e.key];
  if (to !== undefined) list[(to + list.length) % list.length]?.focus();
  else if (e.key === "Escape" || e.key === "Tab") close();
  else return;
  e.preventDefault();
  e.stopPropagation();
}
