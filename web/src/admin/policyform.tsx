import { useState } from "preact/hooks";
import { at, call } from "./api";
import { t } from "./i18n";
import { ask } from "./parts/dialog";
import { Choice, Text } from "./parts/field";
import { kindOf, policyName, sayValue, typed, written } from "./policywords";
import { saying } from "./parts/problem";
import { say } from "./parts/toast";
import type { Policy } from "./types";

/** change asks for another value of an option of a domain, and puts it in use. It can be undone. */
export function change(domain: string, p: Policy, again: () => void): void {
  const texts = t.value;
  const wanted = { text: typed(p) };
  ask({
    title: policyName(p), body: <Value p={p} wanted={wanted} />, yes: texts.save, run: async () => {
      const value = written(p, wanted.text);
      if (value === undefined) throw new Error(texts.policyWrong);
      await put(domain, p, value);
      again();
      say(texts.saved, () => void back(domain, p).then(() => { again(); say(t.value.undone); }, (e: unknown) => say(saying(e))));
    },
  });
}

/** reset has an option be what the configuration says. */
export async function reset(domain: string, p: Policy, again: () => void): Promise<void> {
  try {
    const { data } = await call<Policy>("DELETE", path(domain, p));
    again();
    say(t.value.policyIs(policyName(p), sayValue(data)), () => void back(domain, p).then(() => { again(); say(t.value.undone); }, (e: unknown) => say(saying(e))));
  } catch (e) {
    say(saying(e));
  }
}

const path = (domain: string, p: Policy): string => `/domains/${at(domain)}/policies/${at(p.key)}`;
const put = (domain: string, p: Policy, value: string) => call<Policy>("PUT", path(domain, p), { value });
const back = (domain: string, p: Policy) => (p.source === "page" ? put(domain, p, p.value) : call<Policy>("DELETE", path(domain, p)));

/** Value is the field for a value. */
function Value({ p, wanted }: { p: Policy; wanted: { text: string } }) {
  const texts = t.value;
  const [text, setText] = useState(wanted.text);
  const set = (s: string): void => { wanted.text = s; setText(s); };
  const kind = kindOf(p);
  const words: Readonly<Record<string, string>> = texts.policyWords;
  if (kind === "words") return <Choice label={texts.policyValue} value={text} set={set} options={(p.words ?? []).map((w) => [w, words[w] ?? w] as const)} />;
  if (kind === "boolean") return <Choice label={texts.policyValue} value={text} set={set} options={[["true", texts.yes], ["false", texts.no]]} />;
  return <Text id="value" label={texts.policyValue} hint={kind === "list" ? texts.policyLines : undefined} type={kind === "number" ? "number" : "text"}
    {...(kind === "list" ? { rows: 3 } : {})} value={text} set={set} autocomplete="off" />;
}
