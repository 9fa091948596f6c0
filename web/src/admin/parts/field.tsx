import type { ComponentChildren } from "preact";
import { useId } from "preact/hooks";

interface Labelled {
  label: string;
  hint?: ComponentChildren;
  error?: string | undefined;
}

interface TextProps extends Labelled {
  id?: string;
  value: string;
  set(value: string): void;
  type?: "text" | "password" | "email" | "number";
  rows?: number; // of a text of several lines
  after?: ComponentChildren; // stands behind what is typed
  autocomplete?: string;
  placeholder?: string;
  min?: number;
  max?: number;
  disabled?: boolean;
  lang?: string;
}

/** Text is a field for a text. */
export function Text({ label, hint, error, value, set, type = "text", rows, after, id, ...rest }: TextProps) {
  const own = useId();
  const name = id ?? own;
  const about = [hint !== undefined && `${name}-hint`, error && `${name}-error`].filter(Boolean).join(" ");
  const common = {
    id: name, value, "aria-describedby": about || undefined, "aria-invalid": error ? true : undefined, spellcheck: rows !== undefined, ...rest,
  } as const;
  return (
    <div class={`field${error ? " wrong" : ""}`}>
      <label for={name}>{label}</label>
      <span class={after === undefined ? "input" : "input with-after"}>
        {rows === undefined
          ? <input {...({ type } as { type: "text" })} {...common} autocapitalize={type === "email" ? "none" : undefined} onInput={(e) => set(e.currentTarget.value)} />
          : <textarea rows={rows} {...common} onInput={(e) => set(e.currentTarget.value)} />}
        {after !== undefined && <span class="after">{after}</span>}
      </span>
      <About name={name} hint={hint} error={error} />
    </div>
  );
}

/** About stands below a field. */
export function About({ name, hint, error }: { name: string; hint?: ComponentChildren; error?: string | undefined }) {
  return (
    <>
      {error && <p class="error" id={`${name}-error`}>{error}</p>}
      {hint !== undefined && <p class="hint" id={`${name}-hint`}>{hint}</p>}
    </>
  );
}

interface CheckProps extends Labelled {
  value: boolean;
  set(value: boolean): void;
  disabled?: boolean;
}

/** Check is something that is so or is not. */
export function Check({ label, hint, value, set, disabled }: CheckProps) {
  const id = useId();
  return (
    <label class="tick">
      <input type="checkbox" checked={value} disabled={disabled} aria-describedby={hint === undefined ? undefined : id} onChange={(e) => set(e.currentTarget.checked)} />
      <span><span>{label}</span>{hint !== undefined && <span class="hint" id={id}>{hint}</span>}</span>
    </label>
  );
}

interface ChoiceProps<T extends string> extends Labelled {
  value: T;
  options: readonly (readonly [T, string])[];
  set(value: T): void;
}

/** Choice is one of a few. */
export function Choice<T extends string>({ label, hint, error, value, options, set }: ChoiceProps<T>) {
  const id = useId();
  return (
    <fieldset class="field" aria-describedby={hint === undefined ? undefined : `${id}-hint`}>
      <legend>{label}</legend>
      <div class="choices">
        {options.map(([v, text]) => (
          <label class="tick" key={v}><input type="radio" name={id} checked={value === v} onChange={() => set(v)} /><span>{text}</span></label>
        ))}
      </div>
      <About name={id} hint={hint} error={error} />
    </fieldset>
  );
}

interface SelectProps<T extends string> extends Labelled {
  value: T;
  options: readonly (readonly [T, string])[];
  set(value: T): void;
  aside?: boolean; // the label is for screen readers only
  disabled?: boolean;
}

/** Select is one of many. */
export function Select<T extends string>({ label, hint, value, options, set, aside, disabled }: SelectProps<T>) {
  const id = useId();
  return (
    <div class="field">
      <label for={id} class={aside ? "aside" : undefined}>{label}</label>
      <span class="input select">
        <select id={id} value={value} disabled={disabled} onChange={(e) => set(e.currentTarget.value as T)}>
          {options.map(([v, text]) => <option key={v} value={v}>{text}</option>)}
        </select>
        <span class="chevron" aria-hidden="true" />
      </span>
      {hint !== undefined && <p class="hint">{hint}</p>}
    </div>
  );
}
