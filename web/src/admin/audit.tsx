import { useState } from "preact/hooks";
import { query } from "./api";
import { actionName, changesOf, doorName } from "./auditwords";
import { moment, t } from "./i18n";
import { Empty, Screen } from "./parts/frame";
import { List } from "./parts/list";
import { useLater, usePages } from "./parts/load";
import { Search } from "./parts/search";
import { link } from "./route";
import { domain } from "./session";
import type { AuditLine } from "./types";

/** Audit lists what administrators have changed, the newest first. */
export function Audit() {
  const texts = t.value;
  const [typed, type] = useState("");
  const search = useLater(typed.trim(), 250);
  const pages = usePages<AuditLine>(`/audit${query({ domain: domain.value, search })}`);
  const empty = search !== "" ? <Empty icon="search" title={texts.noneFound(search)} hint={texts.searchAuditHint} /> : <Empty icon="book" title={texts.noAudit} />;
  return (
    <Screen title={texts.audit} back={[]} narrow>
      <Search label={texts.searchAudit} value={typed} set={type} />
      <List pages={pages} label={texts.audit} id={(l) => l.at} empty={empty} row={(l) => <Line l={l} />} />
    </Screen>
  );
}

function Line({ l }: { l: AuditLine }) {
  const texts = t.value;
  const changes = changesOf(l.change);
  const to = l.object.includes("@") && l.action !== "account.delete" && l.action !== "alias.purge"
    ? link(l.action.startsWith("account.") ? "accounts" : "aliases", l.object) : undefined;
  return (
    <div class="audit">
      <p class="audit-what"><strong>{actionName(l.action)}</strong> {to && /^(account|alias|group)\./.test(l.action) ? <a href={to}>{l.object}</a> : <span>{l.object}</span>}</p>
      <p class="hint"><time dateTime={l.at}>{moment(l.at)}</time> · {l.actor === l.door ? doorName(l.door) : `${l.actor} · ${doorName(l.door)}`}</p>
      {changes.length > 0 && (
        <details>
          <summary>{texts.auditChanges(changes.length)}</summary>
          <table>
            <thead><tr><th>{texts.auditField}</th><th>{texts.auditBefore}</th><th>{texts.auditAfter}</th></tr></thead>
            <tbody>{changes.map((c) => <tr key={c.field}><th scope="row">{c.field}</th><td>{c.before}</td><td>{c.after}</td></tr>)}</tbody>
          </table>
        </details>
      )}
    </div>
  );
}
