import { useState } from "preact/hooks";
import { Avatar } from "../ui/avatar";
import { Dot } from "../ui/icons";
import { at, call, query } from "./api";
import { moment, t } from "./i18n";
import { ask } from "./parts/dialog";
import { Empty, Screen } from "./parts/frame";
import { List } from "./parts/list";
import { useLater, usePages } from "./parts/load";
import { Search } from "./parts/search";
import { say } from "./parts/toast";
import { link } from "./route";
import { domain } from "./session";
import type { AccountSession, Session } from "./types";

/** Sessions lists all clients that are signed in. */
export function Sessions() {
  const texts = t.value;
  const [typed, type] = useState("");
  const search = useLater(typed.trim(), 250);
  const pages = usePages<AccountSession>(`/sessions${query({ domain: domain.value, search })}`);
  const empty = search !== "" ? <Empty icon="search" title={texts.noneFound(search)} hint={texts.noneFoundHint} /> : <Empty icon="device" title={texts.noSessions} />;
  return (
    <Screen title={texts.sessions} back={[]} narrow>
      <Search label={texts.searchSessions} value={typed} set={type} />
      <List pages={pages} label={texts.sessions} id={(s) => `${s.address}/${s.resource}`} empty={empty} row={(s) => (
        <div class="entry">
          <Avatar name={s.name || s.address} status={s.status} size={40} />
          <span class="who"><a class="entry-link" href={link("accounts", s.address)}><strong>{s.name || s.address}</strong></a><About session={s} /></span>
          <EndButton address={s.address} resource={s.resource} again={pages.again} />
        </div>
      )} />
    </Screen>
  );
}

/** SessionList is the clients of one account. */
export function SessionList({ address, sessions, again, locked }: { address: string; sessions: readonly Session[]; again(): void; locked: boolean }) {
  const texts = t.value;
  if (sessions.length === 0) return <p class="hint">{texts.noSessions}</p>;
  const all = (): void => ask({
    title: texts.endAllTitle(address), body: texts.endText, yes: texts.endAll, danger: true, run: async () => {
      await call("POST", `/accounts/${at(address)}/kick`, {});
      again();
      say(texts.endedAll);
    },
  });
  return (
    <>
      <ul class="clients" aria-label={texts.sessions}>
        {sessions.map((s) => (
          <li key={s.resource}><Dot status={s.status} /><span class="who"><span>{s.resource}</span><About session={s} /></span>
            {!locked && <EndButton address={address} resource={s.resource} again={again} />}</li>
        ))}
      </ul>
      {!locked && sessions.length > 1 && <button type="button" class="secondary wide" onClick={all}>{texts.endAll}</button>}
    </>
  );
}

function About({ session: s }: { session: Session }) {
  const texts = t.value;
  const status = s.status === "available" ? texts.available : s.status === "away" ? texts.away : s.status === "dnd" ? texts.dnd : texts.offline;
  return <span class="hint">{[status, s.transport, s.remote, texts.since(moment(s.since))].filter(Boolean).join(" · ")}</span>;
}

function EndButton({ address, resource, again }: { address: string; resource: string; again(): void }) {
  const texts = t.value;
  const run = (): void => ask({
    title: texts.endTitle(address), body: texts.endText, yes: texts.endOne, danger: true, run: async () => {
      await call("DELETE", `/accounts/${at(address)}/sessions/${at(resource)}`);
      again();
      say(texts.endedOne);
    },
  });
  return <button type="button" class="secondary" aria-label={`${texts.endOne}: ${address}, ${resource}`} onClick={run}>{texts.endOne}</button>;
}
