import { language, t } from "./i18n";
import { remedies } from "./i18n/findings";
import { said } from "./i18n/said";
import { Card } from "./parts/frame";
import type { Check, Health } from "./types";

/** HealthCard says how the parts of the server are. What is not well comes first. */
export function HealthCard({ health }: { health: Health }) {
  const texts = t.value;
  const order = ["red", "amber", "green"];
  const list = [...health.checks].sort((x, y) => order.indexOf(x.lamp) - order.indexOf(y.lamp));
  return (
    <Card title={texts.health} hint={<Lamp lamp={health.lamp} text={texts.healthIs[health.lamp]} />}>
      <ul class="checks" aria-label={texts.health}>{list.map((c) => <li key={`${c.part} ${c.of ?? ""}`}><One c={c} /></li>)}</ul>
    </Card>
  );
}

function One({ c }: { c: Check }) {
  const texts = t.value;
  const names: Readonly<Record<string, string>> = texts.healthParts;
  const kinds: Readonly<Record<string, string>> = texts.healthDisks;
  const found = said(c.text, c);
  const remedy = language.value === "en" ? c.do : remedies[c.code ?? ""];
  return (
    <>
      <Lamp lamp={c.lamp} text={<strong>{names[c.part] ?? c.part}{c.of !== undefined && <span class="hint"> {kinds[c.of] ?? c.of}</span>}</strong>} word={texts.healthLamps[c.lamp]} />
      <p class="check-found" lang={found.lang}>{found.text}</p>
      {remedy !== undefined && c.lamp !== "green" && <p class="check-do">{remedy}</p>}
    </>
  );
}

/** Lamp is a colour with what it means in a word. */
function Lamp({ lamp, text, word = "" }: { lamp: Check["lamp"]; text: preact.ComponentChildren; word?: string }) {
  return <span class={`health ${lamp}`}><span class="lamp" aria-hidden="true" />{text}{word !== "" && <span class="chip lamp-word">{word}</span>}</span>;
}
