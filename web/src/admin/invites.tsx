import { useState } from "preact/hooks";
import { at, call, query } from "./api";
import { day, t } from "./i18n";
import { ask } from "./parts/dialog";
import { Chip, Empty, Screen } from "./parts/frame";
import { Glyph } from "./parts/glyph";
import { List } from "./parts/list";
import { useLater, usePages } from "./parts/load";
import { saying } from "./parts/problem";
import { Search } from "./parts/search";
import { say } from "./parts/toast";
import { link } from "./route";
import { domain, domains } from "./session";
import type { Invite } from "./types";

/** Invites lists invitations: those that can be used, and for a while those that cannot any more. */
export function Invites() {
  const texts = t.value;
  const [typed, type] = useState("");
  const search = useLater(typed.trim(), 250);
  const pages = usePages<Invite>(`/invites${query({ domain: domain.value, search })}`);
  const make = <a class="primary" href={link("invites", "new")}><Glyph name="plus" size={18} />{texts.newOne}</a>;
  const empty = search !== "" ? <Empty icon="search" title={texts.noneFound(search)} hint={texts.noneFoundHint} />
    : <Empty icon="mail" title={texts.noInvites} hint={texts.noInvitesHint}><a class="secondary" href={link("invites", "new")}>{texts.newInvite}</a></Empty>;
  return (
    <Screen title={texts.invites} back={[]} narrow actions={make}>
      <Search label={texts.searchInvites} value={typed} set={type} />
      <List pages={pages} label={texts.invites} id={(i) => i.id} empty={empty} row={(i) => <Row i={i} again={pages.again} />} />
    </Screen>
  );
}

function Row({ i, again }: { i: Invite; again(): void }) {
  const texts = t.value;
  const who = i.account || i.note || (domains.value.length > 1 ? i.domain : texts.inviteAnybody);
  const about = [i.account ? i.note : "", i.uses_allowed > 1 && texts.inviteUsed(i.uses, i.uses_allowed), i.groups?.join(", "),
    i.state === "expired" ? texts.inviteEnded(day(i.expires)) : texts.inviteUntil(day(i.expires)), texts.inviteBy(i.by)].filter(Boolean).join(" · ");
  const act = i.state === "open" ? texts.revoke : texts.remove;
  const take = async (): Promise<void> => {
    await call("DELETE", `/invites/${at(i.id)}`);
    again();
    say(i.state === "open" ? texts.revoked : texts.inviteRemoved);
  };
  const revoke = (): void => (i.state === "open" ? ask({ title: texts.revokeTitle(who), body: texts.revokeInviteText, yes: act, danger: true, run: take })
    : void take().catch((e: unknown) => say(saying(e))));
  return (
    <div class={`entry${i.state === "open" ? "" : " off"}`}>
      <span class="entry-icon"><Glyph name="mail" /></span>
      <span class="who"><strong>{who}</strong><span class="hint">{about}</span></span>
      {i.state === "used" && <Chip>{texts.inviteIsUsed}</Chip>}
      {i.state === "expired" && <Chip kind="bad">{texts.inviteIsOver}</Chip>}
      <button type="button" class="secondary" aria-label={`${act}: ${who}`} onClick={revoke}>{act}</button>
    </div>
  );
}
