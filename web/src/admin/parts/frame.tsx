import type { ComponentChildren } from "preact";
import { useEffect, useRef } from "preact/hooks";
import { t } from "../i18n";
import { link } from "../route";
import { Glyph, type GlyphName } from "./glyph";

interface ScreenProps {
  title: string;
  hint?: ComponentChildren;
  back: readonly string[]; // the path of what is above
  narrow?: boolean; // the way back is shown on narrow pages only
  actions?: ComponentChildren;
  tabs?: ComponentChildren;
  children: ComponentChildren;
}

/** Screen is one page of the administration: its title, what can be done, and its content. */
export function Screen({ title, hint, back, narrow, actions, tabs, children }: ScreenProps) {
  const head = useRef<HTMLHeadingElement>(null);
  useEffect(() => {
    document.title = `${title} · ${t.value.title}`;
  }, [title, t.value]);
  useEffect(() => head.current?.focus({ preventScroll: true }), []); // who listens to the page hears that it is another one
  return (
    <>
      <header class="head">
        <a class={`iconic${narrow ? " only-narrow" : ""}`} href={link(...back)} aria-label={t.value.back} title={t.value.back}><Glyph name="back" /></a>
        <div class="head-text">
          <h1 ref={head} tabIndex={-1}>{title}</h1>
          {hint !== undefined && <p class="hint">{hint}</p>}
        </div>
        {actions}
      </header>
      {tabs}
      <div class="content" tabIndex={0} role="region" aria-label={title}><div class="content-inner">{children}</div></div>
    </>
  );
}

/** Card is a part of a screen with a heading of its own. */
export function Card({ title, hint, actions, children }: { title?: string; hint?: ComponentChildren; actions?: ComponentChildren; children: ComponentChildren }) {
  return (
    <section class="card">
      {title !== undefined && <div class="card-head"><div><h2>{title}</h2>{hint !== undefined && <p class="hint">{hint}</p>}</div>{actions}</div>}
      {children}
    </section>
  );
}

/** Empty says why there is nothing, and what can be done. */
export function Empty({ icon, title, hint, children }: { icon: GlyphName; title: string; hint?: string; children?: ComponentChildren }) {
  return (
    <div class="empty">
      <span class="empty-icon"><Glyph name={icon} size={28} /></span>
      <p class="empty-title">{title}</p>
      {hint !== undefined && <p class="hint">{hint}</p>}
      {children}
    </div>
  );
}

/** Tabs are links between screens that belong together. */
export function Tabs({ label, items }: { label: string; items: readonly { text: string; path: readonly string[]; current: boolean }[] }) {
  return (
    <nav class="tabs" aria-label={label}>
      {items.map((i) => <a key={i.text} href={link(...i.path)} aria-current={i.current ? "page" : undefined}>{i.text}</a>)}
    </nav>
  );
}

/** Chip is a word about something. */
export function Chip({ children, kind = "" }: { children: ComponentChildren; kind?: "" | "good" | "bad" | "strong" }) {
  return <span class={`chip ${kind}`}>{children}</span>;
}

/** Missing is what an address shows that names nothing. */
export function Missing() {
  const texts = t.value;
  return <Screen title={texts.notThere} back={[]}><Empty icon="search" title={texts.notThere} hint={texts.notThereHint} /></Screen>;
}
