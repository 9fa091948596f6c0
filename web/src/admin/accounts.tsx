import { useState } from "preact/hooks";
import { Avatar } from "../ui/avatar";
import { DirectoryTabs } from "./aliases";
import { query } from "./api";
import { t } from "./i18n";
import { Chip, Empty, Screen } from "./parts/frame";
import { Glyph } from "./parts/glyph";
import { List } from "./parts/list";
import { useLater, usePages } from "./parts/load";
import { Search } from "./parts/search";
import { link } from "./route";
import { domain } from "./session";
import type { Account, Role } from "./types";

/** Accounts lists the accounts of a domain. */
export function Accounts() {
  const texts = t.value;
  const [typed, type] = useState("");
  const search = useLater(typed.trim(), 250);
  const pages = usePages<Account>(`/accounts${query({ domain: domain.value, search })}`);
  const actions = (
    <>
      <a class="secondary only-wide" href={link("accounts", "import")}><Glyph name="upload" size={18} />{texts.importCSV}</a>
      <a class="iconic only-narrow" href={link("accounts", "import")} aria-label={texts.importCSV} title={texts.importCSV}><Glyph name="upload" /></a>
      <a class="primary" href={link("accounts", "new")}><Glyph name="plus" size={18} />{texts.newOne}</a>
    </>
  );
  const empty = search !== "" ? <Empty icon="search" title={texts.noneFound(search)} hint={texts.noneFoundHint} />
    : <Empty icon="person" title={texts.noAccounts} hint={texts.noAccountsHint}><a class="secondary" href={link("accounts", "new")}>{texts.newAccount}</a></Empty>;
  return (
    <Screen title={texts.accounts} back={[]} narrow actions={actions} tabs={<DirectoryTabs current="accounts" />}>
      <Search label={texts.searchAccounts} value={typed} set={type} />
      <List pages={pages} label={texts.accounts} id={(a) => a.address} empty={empty} row={(a) => <Row account={a} />} />
    </Screen>
  );
}

/** roleName is a role in a word. */
export function roleName(role: Role): string {
  return role === "server" ? t.value.roleServer : role === "domain" ? t.value.roleDomain : t.value.roleUser;
}

function Row({ account: a }: { account: Account }) {
  const texts = t.value;
  return (
    <a class={`entry${a.disabled ? " off" : ""}`} href={link("accounts", a.address)}>
      <Avatar name={a.name || a.address} status={a.disabled ? undefined : (a.online ?? 0) > 0 ? "available" : "offline"} size={40} />
      <span class="who"><strong>{a.name || a.address}</strong><span class="hint">{[a.name && a.address, a.department].filter(Boolean).join(" · ")}</span></span>
      {!a.disabled && <span class="aside">, {(a.online ?? 0) > 0 ? texts.online : texts.offline}</span>}
      {a.role && <Chip kind="good">{roleName(a.role)}</Chip>}
      {a.chat_off && <Chip>{texts.kindMail}</Chip>}
      {a.disabled && <Chip kind="bad">{texts.kindDisabled}</Chip>}
      <Glyph name="next" size={18} />
    </a>
  );
}
