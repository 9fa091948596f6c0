import { useState } from "preact/hooks";
import { at, call, Problem, type Answer } from "./api";
import { t } from "./i18n";
import { asConflict, ask } from "./parts/dialog";
import { Choice, Text } from "./parts/field";
import { kindOf, policyName, sayValue, typed, written } from "./policywords";
import { telling } from "./parts/problem";
import { say } from "./parts/toast";
import type { Policy } from "./types";

/** change asks for another value of an option of a domain, and puts it in use. It can be undone. */
export async function change(domain: string, listed: Policy, again: () => void): Promise<void> {
  const texts = t.value;
  try {
    const { data: p, tag } = await call<Policy>("GET", path(domain, listed)); // the list may be old
    const wanted = { text: typed(p) };
    ask({
      title: policyName(p), body: <Value p={p} wanted={wanted} />, yes: texts.save, run: async () => {
        const value = written(p, wanted.text);
        if (value === undefined) throw new Error(texts.policyWrong);
        await decide(domain, p, value, tag, again);
      },
    });
  } catch (e) {
    say(telling(e));
  }
}

/** reset has an option be what the configuration says. */
export async function reset(domain: string, listed: Policy, again: () => void): Promise<void> {
  try {
    const { data: p, tag } = await call<Policy>("GET", path(domain, listed));
    await decide(domain, p, undefined, tag, again);
  } catch (e) {
    say(telling(e));
  }
}

/** decide puts a value in use, undefined for that of the configuration, unless somebody else was faster: then it says what they did, and asks. */
async function decide(domain: string, before: Policy, value: string | undefined, tag: string, again: () => void): Promise<void> {
  const texts = t.value;
  try {
    const { data, tag: now } = await put(domain, before, value, tag);
    again();
    const back = before.source === "page" ? before.value : undefined;
    say(value === undefined ? texts.policyIs(policyName(data), sayValue(data)) : texts.saved,
      () => void put(domain, before, back, now).then(() => { again(); say(t.value.undone); }, (e: unknown) => say(telling(e))));
  } catch (e) {
    if (!(e instanceof Problem) || e.kind !== "changed") throw e;
    const theirs = await call<Policy>("GET", path(domain, before));
    again();
    asConflict(texts.policyIs(policyName(theirs.data), sayValue(theirs.data)), () => decide(domain, theirs.data, value, theirs.tag, again));
  }
}

const path = (domain: string, p: Policy): string => `/domains/${at(domain)}/policies/${at(p.key)}`;

/** put sets or resets an option; the answer has the version that it is now. */
async function put(domain: string, p: Policy, value: string | undefined, tag: string): Promise<Answer<Policy>> {
  if (value !== undefined) return call<Policy>("PUT", path(domain, p), { value }, { tag });
  const { data } = await call<Policy>("DELETE", path(domain, p), undefined, { tag });
  return { data, tag: "" }; // whoever undoes it has seen what it is
}

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
