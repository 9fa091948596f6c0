import { signal } from "@preact/signals";
import { useEffect, useId, useRef, useState } from "preact/hooks";
import { Avatar } from "../../ui/avatar";
import { clean, domainOf, isAddress, several } from "../addresses";
import { call, query } from "../api";
import { t } from "../i18n";
import { domains } from "../session";
import type { Account, Alias, Page } from "../types";
import { About } from "./field";
import { Glyph } from "./glyph";

interface Found {
  address: string;
  name: string;
  group: boolean;
}

// The names of addresses that were seen, so that a chip says more than an address.
const names = signal<ReadonlyMap<string, Found>>(new Map());

/** learn remembers what addresses are called. */
export function learn(list: readonly Found[]): void {
  const all = new Map(names.peek());
  for (const f of list) all.set(f.address, f);
  names.value = all;
}

/** nameOf is what an address is called, as far as that was learnt. */
export function nameOf(address: string): string {
  return names.value.get(address)?.name ?? "";
}

/** Kind is what is looked for: both where nothing is said. */
type Kind = "all" | "people" | "aliases";

async function find(text: string, domain: string, kind: Kind, stop: AbortSignal): Promise<Found[]> {
  const q = { search: text, domain, limit: 8 };
  const [accounts, aliases] = await Promise.all([
    kind === "aliases" ? undefined : call<Page<Account>>("GET", `/accounts${query(q)}`, undefined, { signal: stop }),
    kind === "people" ? undefined : call<Page<Alias>>("GET", `/aliases${query(q)}`, undefined, { signal: stop }),
  ]);
  const list = [
    ...(accounts?.data.items ?? []).map((a) => ({ address: a.address, name: a.name ?? "", group: false })),
    ...(aliases?.data.items ?? []).map((a) => ({ address: a.address, name: a.name ?? "", group: true })),
  ];
  learn(list);
  return list;
}

interface Props {
  label: string;
  add: string;
  hint?: string;
  error?: string | undefined;
  domain: string;
  people?: boolean; // accounts only
  aliases?: boolean; // aliases only
  value: readonly string[];
  set(value: string[]): void;
}

/** Picker is a list of addresses, to which others are added by searching for them (ARIA's combobox with a list). */
export function Picker({ label, add, hint, error, domain, people = false, aliases = false, value, set }: Props) {
  const texts = t.value;
  const id = useId();
  const [typed, type] = useState("");
  const [found, setFound] = useState<readonly Found[]>([]);
  const [chosen, choose] = useState(-1);
  const [wrong, setWrong] = useState("");
  const input = useRef<HTMLInputElement>(null);
  const kind: Kind = people ? "people" : aliases ? "aliases" : "all";
  useEffect(() => {
    choose(-1);
    if (typed.trim() === "") return setFound([]);
    const stop = new AbortController();
    const wait = setTimeout(() => {
      find(typed.trim(), domain, kind, stop.signal).then((list) => setFound(list), () => undefined); // an address can be typed whole
    }, 150);
    return () => {
      clearTimeout(wait);
      stop.abort();
    };
  }, [typed, domain, kind]);
  const offered = found.filter((f) => !value.includes(f.address)).slice(0, 8);
  const take = (list: readonly string[]): void => {
    const fresh = list.filter((a) => !value.includes(a));
    if (fresh.length > 0) set([...value, ...new Set(fresh)]);
    type("");
    setWrong("");
  };
  const enter = (): void => {
    const f = offered[chosen] ?? (isAddress(typed.trim()) ? undefined : offered[0]);
    const a = f?.address ?? clean(typed, typed.includes("@") ? "" : domain || (domains.value[0] ?? ""));
    if (a === "") return;
    if (!isAddress(a)) return setWrong(texts.noAddress(typed.trim()));
    take([a]);
  };
  const keys = (e: KeyboardEvent): void => {
    if (e.isComposing) return;
    if (e.key === "ArrowDown" || e.key === "ArrowUp") {
      const n = offered.length;
      if (n > 0) choose((chosen + (e.key === "ArrowDown" ? 1 : -1) + n + (chosen < 0 && e.key === "ArrowUp" ? 1 : 0)) % n);
    } else if (e.key === "Enter" || ((e.key === "," || e.key === ";") && typed.trim() !== "")) enter();
    else if (e.key === "Escape" && typed !== "") type("");
    else if (e.key === "Backspace" && typed === "" && value.length > 0) return set(value.slice(0, -1));
    else return;
    e.preventDefault();
    e.stopPropagation();
  };
  const paste = (e: ClipboardEvent): void => {
    const list = several(e.clipboardData?.getData("text") ?? "");
    if (list.length < 2) return;
    e.preventDefault();
    take(list);
  };
  const message = wrong || error;
  return (
    <div class={`field picker${message ? " wrong" : ""}`}>
      <label for={id}>{label}</label>
      <div class="picked">
        {value.length > 0 && <ul aria-label={label}>{value.map((a) => <Chosen key={a} address={a} domain={domain} remove={() => { set(value.filter((x) => x !== a)); input.current?.focus(); }} />)}</ul>}
        <span class="picker-input">
          <Glyph name="plus" size={18} />
          <input id={id} ref={input} type="text" role="combobox" autocomplete="off" autocapitalize="none" spellcheck={false} aria-expanded={offered.length > 0}
            aria-controls={`${id}-list`} aria-autocomplete="list" aria-activedescendant={chosen >= 0 ? `${id}-${chosen}` : undefined} placeholder={add}
            aria-describedby={[hint !== undefined && `${id}-hint`, message && `${id}-error`].filter(Boolean).join(" ") || undefined} aria-invalid={message ? true : undefined}
            value={typed} onInput={(e) => { type(e.currentTarget.value); setWrong(""); }} onKeyDown={keys} onPaste={paste}
            onBlur={() => { if (isAddress(typed.trim())) enter(); else setFound([]); }} />
        </span>
        <ul class="offered" id={`${id}-list`} role="listbox" aria-label={add} hidden={offered.length === 0}>
          {offered.map((f, i) => (
            <li key={f.address} id={`${id}-${i}`} role="option" aria-selected={i === chosen} onPointerDown={(e) => { e.preventDefault(); take([f.address]); }}>
              <Avatar name={f.name || f.address} group={f.group} size={32} />
              <span class="who"><span>{f.name || f.address}</span>{f.name !== "" && <span class="hint">{f.address}</span>}</span>
            </li>
          ))}
        </ul>
      </div>
      <About name={id} hint={hint} error={message} />
    </div>
  );
}

/** Chosen is an address that was chosen. */
function Chosen({ address, domain, remove }: { address: string; domain: string; remove(): void }) {
  const f = names.value.get(address);
  const outside = !domains.value.includes(domainOf(address));
  const name = f?.name || (domainOf(address) === domain ? address.slice(0, address.lastIndexOf("@")) : address);
  return (
    <li class={outside ? "outside" : ""} title={address}>
      <Avatar name={name} group={f?.group ?? false} size={28} />
      <span class="chosen-name">{name}</span>
      <button type="button" class="iconic" aria-label={t.value.removeOne(f?.name ? `${f.name}, ${address}` : address)} onClick={remove}><Glyph name="close" size={16} /></button>
    </li>
  );
}
