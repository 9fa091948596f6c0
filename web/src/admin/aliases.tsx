import { useState } from "preact/hooks";
import { Avatar } from "../ui/avatar";
import { at, call, query } from "./api";
import { keptUntil } from "./draft";
import { day, t } from "./i18n";
import { ask } from "./parts/dialog";
import { Chip, Empty, Screen, Tabs } from "./parts/frame";
import { Glyph } from "./parts/glyph";
import { List } from "./parts/list";
import { useLater, usePages, type Pages } from "./parts/load";
import { Search } from "./parts/search";
import { say } from "./parts/toast";
import { link } from "./route";
import { domain } from "./session";
import type { Alias } from "./types";

/** DirectoryTabs lead between accounts and aliases: Domain settings › Accounts › Alias. */
export function DirectoryTabs({ current }: { current: "accounts" | "aliases" | "deleted" }) {
  const texts = t.value;
  return <Tabs label={texts.settings} items={[
    { text: texts.accounts, path: ["accounts"], current: current === "accounts" },
    { text: texts.aliasTab, path: ["aliases"], current: current === "aliases" },
    { text: texts.deletedAliases, path: ["aliases", "deleted"], current: current === "deleted" },
  ]} />;
}

/** Aliases lists aliases, or the deleted ones. */
export function Aliases({ deleted }: { deleted: boolean }) {
  const texts = t.value;
  const [typed, type] = useState("");
  const search = useLater(typed.trim(), 250);
  const pages = usePages<Alias>(`/aliases${query({ domain: domain.value, search, deleted })}`);
  const make = <a class="primary" href={link("aliases", "new")}><Glyph name="plus" size={18} />{texts.newOne}</a>;
  const empty = search !== "" ? <Empty icon="search" title={texts.noneFound(search)} hint={texts.noneFoundHint} />
    : deleted ? <Empty icon="trash" title={texts.noDeleted} hint={texts.noDeletedHint} />
      : <Empty icon="people" title={texts.noAliases} hint={texts.noAliasesHint}><a class="secondary" href={link("aliases", "new")}>{texts.newAlias}</a></Empty>;
  return (
    <Screen title={texts.aliases} back={[]} narrow actions={make} tabs={<DirectoryTabs current={deleted ? "deleted" : "aliases"} />}>
      <Search label={texts.searchAliases} value={typed} set={type} />
      <List pages={pages} label={texts.aliases} id={(a) => a.address} empty={empty}
        row={(a) => (deleted ? <Gone alias={a} pages={pages} /> : <Row alias={a} />)} />
    </Screen>
  );
}

function Row({ alias: a }: { alias: Alias }) {
  const texts = t.value;
  return (
    <a class="entry" href={link("aliases", a.address)}>
      <Avatar name={a.name || a.address} group={a.group_chat} size={40} />
      <span class="who"><strong>{a.name || a.address}</strong><span class="hint">{a.name ? a.address : a.description}</span></span>
      {a.everyone && <Chip>{texts.everyone}</Chip>}
      {a.group_chat && <Chip kind="good">{texts.groupChat}</Chip>}
      <Glyph name="next" size={18} />
    </a>
  );
}

/** Gone is a deleted alias, which can be brought back. */
function Gone({ alias: a, pages }: { alias: Alias; pages: Pages<Alias> }) {
  const texts = t.value;
  const until = keptUntil(a);
  const back = (): void => ask({
    title: `${texts.restore}: ${a.address}`, yes: texts.restore, run: async () => {
      await call("POST", `/aliases/${at(a.address)}/restore`);
      say(texts.restored(a.address));
      pages.again();
    },
  });
  const purge = (): void => ask({
    title: texts.purgeTitle(a.address), body: texts.purgeText, yes: texts.purge, danger: true, run: async () => {
      await call("DELETE", `/aliases/${at(a.address)}?purge=true`);
      pages.again();
    },
  });
  return (
    <div class="entry gone">
      <Avatar name={a.name || a.address} group={a.group_chat} size={40} />
      <span class="who"><strong>{a.name || a.address}</strong>
        <span class="hint">{a.name ? `${a.address} · ` : ""}{a.deleted && texts.deletedOn(day(a.deleted))}{until && ` · ${texts.untilWhen(day(until.toISOString()))}`}</span></span>
      <span class="entry-actions">
        <button type="button" class="secondary" onClick={back}>{texts.restore}</button>
        <button type="button" class="iconic" aria-label={`${texts.purge}: ${a.address}`} title={texts.purge} onClick={purge}><Glyph name="trash" /></button>
      </span>
    </div>
  );
}
