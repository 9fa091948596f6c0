import { t, number } from "./i18n";
import { Card, Screen } from "./parts/frame";
import { useLoad } from "./parts/load";
import { Trouble } from "./parts/problem";
import { link } from "./route";
import { domain } from "./session";
import { HealthCard } from "./health";
import type { Health, HostStatus, Status } from "./types";

/** Overview says how the server and its domains are. */
export function Overview() {
  const texts = t.value;
  const status = useLoad<Status>("/status", 15);
  const health = useLoad<Health>("/health", 15);
  const hosts = (status.data?.hosts ?? []).filter((h) => domain.value === "" || h.host === domain.value);
  return (
    <Screen title={texts.overview} back={[]} narrow>
      <Trouble e={status.problem ?? health.problem} />
      {!status.data && status.problem === undefined && <Waiting />}
      {health.data && <HealthCard health={health.data} />}
      {hosts.map((h) => <Host key={h.host} h={h} />)}
    </Screen>
  );
}

function Host({ h }: { h: HostStatus }) {
  const texts = t.value;
  return (
    <Card title={h.host}>
      <dl class="numbers">
        <Number label={texts.accounts} n={h.accounts} to="accounts" after={h.disabled > 0 ? texts.disabledCount(h.disabled) : ""} />
        <Number label={texts.online} n={h.online} to="sessions" />
        <Number label={texts.aliases} n={h.aliases} to="aliases" />
        <Number label={texts.groups} n={h.groups} to="aliases" />
      </dl>
    </Card>
  );
}

function Number({ label, n, to, after = "" }: { label: string; n: number; to: string; after?: string }) {
  return (
    <div class="number">
      <dt><a href={link(to)}>{label}</a></dt>
      <dd>{number(n)}{after !== "" && <span class="hint">{after}</span>}</dd>
    </div>
  );
}

/** Waiting stands where something is on the way. */
export function Waiting() {
  return <div class="skeleton" role="status" aria-label={t.value.loading}>{[0, 1, 2, 3].map((i) => <div key={i}><span /><span /></div>)}</div>;
}
