import type { ComponentChildren } from "preact";
import { t } from "../i18n";
import { Waiting } from "../overview";
import type { Pages } from "./load";
import { Trouble } from "./problem";

interface Props<T> {
  pages: Pages<T>;
  label: string;
  id(item: T): string;
  row(item: T): ComponentChildren;
  empty: ComponentChildren; // what stands where there is nothing
}

/** List shows as much of a list as somebody wants to see. */
export function List<T>({ pages, label, id, row, empty }: Props<T>) {
  const texts = t.value;
  if (pages.problem !== undefined) return <><Trouble e={pages.problem} /><button type="button" class="secondary" onClick={pages.again}>{texts.retry}</button></>;
  if (!pages.items) return <Waiting />;
  if (pages.items.length === 0) return pages.busy ? <Waiting /> : <>{empty}</>;
  return (
    <>
      <ul class="entries" aria-label={label} aria-busy={pages.busy}>{pages.items.map((i) => <li key={id(i)}>{row(i)}</li>)}</ul>
      {pages.more && <button type="button" class="secondary wide" onClick={pages.more}>{texts.more}</button>}
    </>
  );
}
