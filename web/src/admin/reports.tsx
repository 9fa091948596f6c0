import { at, call, Problem, query } from "./api";
import { domainOf } from "./addresses";
import { moment, t } from "./i18n";
import { ask } from "./parts/dialog";
import { Card, Chip, Empty, Missing, Screen } from "./parts/frame";
import { Glyph } from "./parts/glyph";
import { List } from "./parts/list";
import { useLoad, usePages } from "./parts/load";
import { Trouble } from "./parts/problem";
import { say } from "./parts/toast";
import { Waiting } from "./overview";
import { bodyOf, reasonName } from "./reportwords";
import { go, link } from "./route";
import { domain, domains } from "./session";
import type { Report } from "./types";

/** Reports lists what users have reported, the newest first. */
export function Reports() {
  const texts = t.value;
  const pages = usePages<Report>(`/reports${query({ domain: domain.value })}`);
  return (
    <Screen title={texts.reports} back={[]} narrow>
      <List pages={pages} label={texts.reports} id={(r) => r.id} empty={<Empty icon="flag" title={texts.noReports} hint={texts.noReportsHint} />} row={(r) => (
        <a class="entry" href={link("reports", r.id)}>
          <span class="entry-icon"><Glyph name="flag" /></span>
          <span class="who"><strong>{r.reported}</strong><span class="hint">{[moment(r.at), texts.reportBy(r.reporter), texts.reportMessages(r.count)].join(" · ")}</span></span>
          <Chip kind="bad">{reasonName(r.reason)}</Chip>
          <Glyph name="next" size={18} />
        </a>
      )} />
    </Screen>
  );
}

/** ReportScreen is one report, with the messages that it names. */
export function ReportScreen({ id }: { id: string }) {
  const texts = t.value;
  const report = useLoad<Report>(`/reports/${at(id)}`);
  const r = report.data;
  if (report.problem instanceof Problem && report.problem.kind === "not-found") return <Missing />;
  const close = (): void => ask({
    title: texts.reportCloseTitle, body: texts.reportCloseText, yes: texts.reportClose, danger: true, run: async () => {
      await call("DELETE", `/reports/${at(id)}`);
      go("reports");
      say(texts.reportClosed);
    },
  });
  return (
    <Screen title={r?.reported ?? texts.reports} {...(r ? { hint: reasonName(r.reason) } : {})} back={["reports"]}>
      <Trouble e={report.problem} />
      {!r && report.problem === undefined && <Waiting />}
      {r && (
        <div class="form">
          <Card title={texts.report}>
            <dl class="facts">
              <dt>{texts.reported}</dt><dd><Who address={r.reported} /></dd>
              <dt>{texts.reporter}</dt><dd><Who address={r.reporter} /></dd>
              <dt>{texts.reportedOn}</dt><dd><time dateTime={r.at}>{moment(r.at)}</time></dd>
              {r.text !== undefined && <><dt>{texts.reportText}</dt><dd class="said-text">{r.text}</dd></>}
            </dl>
            <div class="card-end"><button type="button" class="secondary" onClick={close}>{texts.reportClose}</button></div>
          </Card>
          {r.messages && r.messages.length > 0 && (
            <Card title={texts.messages}>
              <ul class="plain">{r.messages.map((m, i) => <li key={i}><p class="hint">{m.from} · {moment(m.at)}</p><p class="said-text">{bodyOf(m.stanza)}</p></li>)}</ul>
            </Card>
          )}
        </div>
      )}
    </Screen>
  );
}

/** Who is an address, with its account where it is one that the user administers. */
function Who({ address }: { address: string }) {
  const bare = address.split("/")[0] ?? "";
  return bare.includes("@") && domains.value.includes(domainOf(bare)) ? <a href={link("accounts", bare)}>{address}</a> : <>{address}</>;
}
