import { useEffect, useState } from "preact/hooks";
import { at, call, Problem } from "./api";
import { fieldsOf, PersonFields, personOf, type Person } from "./accountform";
import { Danger, Password } from "./accountacts";
import { AppPasswords } from "./apppasswords";
import { moment, t } from "./i18n";
import { Waiting } from "./overview";
import { Mails } from "./mails";
import { ask } from "./parts/dialog";
import { Card, Chip, Missing, Screen } from "./parts/frame";
import { Glyph } from "./parts/glyph";
import { useLoad } from "./parts/load";
import { Trouble } from "./parts/problem";
import { say } from "./parts/toast";
import { kept, link } from "./route";
import { serverAdmin } from "./session";
import { SessionList } from "./sessions";
import type { Account, AccountDetail } from "./types";

/** AccountScreen is one account. */
export function AccountScreen({ address }: { address: string }) {
  const texts = t.value;
  const account = useLoad<Account>(`/accounts/${at(address)}`);
  const detail = useLoad<AccountDetail>(`/accounts/${at(address)}/details`, 15);
  const a = account.data;
  if (account.problem instanceof Problem && account.problem.kind === "not-found") return <Missing />;
  const again = (): void => { account.again(); detail.again(); };
  const locked = a?.role === "server" && !serverAdmin.value;
  return (
    <Screen title={a?.name || address} {...(a?.name ? { hint: address } : {})} back={["accounts"]} actions={a?.disabled && <Chip kind="bad">{texts.kindDisabled}</Chip>}>
      <Trouble e={account.problem} />
      {!a && account.problem === undefined && <Waiting />}
      {a && (
        <div class="with-aside">
          <div class="form">
            {locked && <p class="note"><Glyph name="lock" size={18} />{texts.lockedAccount}</p>}
            <Facts key={account.tag} account={a} tag={account.tag} locked={locked} again={again} />
            {!locked && <Password account={a} again={again} />}
            {!locked && <Danger account={a} again={again} />}
          </div>
          <div class="form-aside">
            <Card title={texts.sessions} {...(detail.data?.last_seen ? { hint: texts.lastSeen(moment(detail.data.last_seen)) } : {})}>
              <SessionList address={address} sessions={detail.data?.sessions ?? []} again={detail.again} locked={locked} />
            </Card>
            <Mails detail={detail.data} locked={locked} again={detail.again} />
            <AppPasswords address={address} locked={locked} again={detail.again} />
            <Belongs detail={detail.data} />
          </div>
        </div>
      )}
    </Screen>
  );
}

/** Facts is what is kept about an account. */
function Facts({ account, tag, locked, again }: { account: Account; tag: string; locked: boolean; again(): void }) {
  const texts = t.value;
  const first = personOf(account);
  const [person, set] = useState<Person>(first);
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState<unknown>();
  const changed = JSON.stringify(person) !== JSON.stringify(first);
  useEffect(() => {
    if (!changed) return;
    kept.value = (leave) => ask({ title: t.value.leaveTitle, body: t.value.leaveText, yes: t.value.leave, no: t.value.stay, danger: true, run: leave });
    return () => { kept.value = undefined; };
  }, [changed]);
  const put = async (what: Person, tag: string, undo?: Person): Promise<void> => {
    const before = fieldsOf(undo ?? first);
    const fields = Object.fromEntries(Object.entries(fieldsOf(what)).filter(([k, v]) => before[k] !== v));
    const answer = await call<Account>("PATCH", `/accounts/${at(account.address)}`, fields, { tag });
    kept.value = undefined;
    again();
    if (undo) return say(texts.undone);
    say(texts.saved, () => void put(first, answer.tag, what).catch((e: unknown) => say(e instanceof Problem && e.kind === "changed" ? texts.changedTitle : texts.problemInternal)));
  };
  const submit = async (e: Event): Promise<void> => {
    e.preventDefault();
    setBusy(true);
    setProblem(undefined);
    try {
      await put(person, tag);
    } catch (e) {
      setProblem(e);
    } finally {
      setBusy(false);
    }
  };
  const stale = problem instanceof Problem && problem.kind === "changed";
  return (
    <form onSubmit={(e) => void submit(e)} noValidate aria-busy={busy}>
      <Card>
        <PersonFields person={person} change={(c) => set({ ...person, ...c })} locked={locked} />
        {stale ? (
          <div class="conflict" role="alert"><Glyph name="alert" /><div><strong>{texts.changedTitle}</strong>
            <div class="conflict-buttons">
              <button type="button" class="secondary" onClick={() => { kept.value = undefined; again(); }}>{texts.takeTheirs}</button>
              <button type="button" class="secondary" onClick={() => void put(person, "*").catch(setProblem)}>{texts.keepMine}</button>
            </div></div></div>
        ) : <Trouble e={problem} />}
        {!locked && <div class="card-end"><button type="submit" class="primary" disabled={busy || !changed}>{busy ? texts.saving : texts.save}</button></div>}
      </Card>
    </form>
  );
}

/** Belongs lists the aliases and rooms of an account. */
function Belongs({ detail }: { detail: AccountDetail | undefined }) {
  const texts = t.value;
  if (!detail || !detail.aliases?.length && !detail.rooms?.length) return null;
  return (
    <Card title={texts.belongs}>
      <ul class="plain">
        {detail.aliases?.map((a) => <li key={a}><a href={link("aliases", a)}>{a}</a></li>)}
        {detail.rooms?.map((r) => <li key={r} class="hint">{r}</li>)}
      </ul>
    </Card>
  );
}
