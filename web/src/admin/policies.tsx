import { at } from "./api";
import { change, reset } from "./policyform";
import { groupsOf, policyName, sayValue } from "./policywords";
import { t } from "./i18n";
import { Card, Chip, Empty, Screen } from "./parts/frame";
import { useLoad } from "./parts/load";
import { Trouble } from "./parts/problem";
import { Waiting } from "./overview";
import { domain, domains } from "./session";
import type { Page, Policy } from "./types";

/** Policies shows the options of a domain, as they are in use. */
export function Policies() {
  const texts = t.value;
  const one = domain.value || (domains.value.length === 1 ? domains.value[0] ?? "" : "");
  const list = useLoad<Page<Policy>>(one === "" ? undefined : `/domains/${at(one)}/policies`);
  return (
    <Screen title={texts.policies} {...(one === "" ? {} : { hint: one })} back={[]} narrow>
      {one === "" && <Empty icon="sliders" title={texts.chooseDomain} hint={texts.chooseDomainHint} />}
      <Trouble e={list.problem} />
      {one !== "" && !list.data && list.problem === undefined && <Waiting />}
      {list.data && <p class="note">{texts.policiesHint}</p>}
      {list.data && groupsOf(list.data.items).map((g) => (
        <Card key={g.section} title={texts.policyGroups[g.section as keyof typeof texts.policyGroups] ?? g.section}>
          <dl class="policies">{g.items.map((p) => <One key={p.key} p={p} domain={one} again={list.again} />)}</dl>
        </Card>
      ))}
    </Screen>
  );
}

function One({ p, domain, again }: { p: Policy; domain: string; again(): void }) {
  const texts = t.value;
  const name = policyName(p);
  return (
    <div class="policy">
      <dt>{name === p.key ? <code>{p.key}</code> : <>{name}<code class="hint">{p.key}</code></>}</dt>
      <dd>
        <span class="policy-value"><strong>{sayValue(p)}</strong>
          {p.source === "domain" && <Chip kind="good">{texts.sourceDomain}</Chip>}{p.source === "server" && <Chip>{texts.sourceServer}</Chip>}
          {p.source === "page" && <Chip kind="good">{texts.sourcePage}</Chip>}</span>
        {p.editable && (
          <span class="policy-acts">
            {p.source === "page" && <button type="button" class="secondary" aria-label={`${texts.policyReset}: ${name}`} onClick={() => void reset(domain, p, again)}>{texts.policyReset}</button>}
            <button type="button" class="secondary" aria-label={`${texts.policyChange}: ${name}`} onClick={() => void change(domain, p, again)}>{texts.policyChange}</button>
          </span>
        )}
      </dd>
    </div>
  );
}
