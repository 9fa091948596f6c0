import type { ComponentChildren } from "preact";
import { useEffect, useState } from "preact/hooks";
import { domainOf, isLocal } from "./addresses";
import { at, call, Problem } from "./api";
import { differing, draftOf, faults, fieldsAgain, fieldsOf, fresh, withEveryone, type Draft, type Posting } from "./draft";
import { all, t } from "./i18n";
import { base64 } from "./image";
import { Effective, summary, usePreview } from "./members";
import { ask } from "./parts/dialog";
import { Check, Choice, Select, Text } from "./parts/field";
import { Card } from "./parts/frame";
import { Glyph } from "./parts/glyph";
import { Picker } from "./parts/picker";
import { telling, Trouble } from "./parts/problem";
import { NewPicture } from "./picture";
import { say } from "./parts/toast";
import { go, kept } from "./route";
import { domain, domains } from "./session";
import type { Alias } from "./types";

interface Props {
  address: string; // "": a new one
  before: Alias | undefined;
  tag: string; // the version of before
  reload(): void;
  aside?: ComponentChildren; // what else there is of it
}

/** useForm is a draft with what it began as. Leaving asks while they differ. */
function useDraft(first: Draft): [Draft, (change: Partial<Draft>) => void, boolean] {
  const [draft, set] = useState(first);
  const changed = differing(first, draft).length > 0;
  useEffect(() => {
    if (!changed) return;
    const texts = t.value;
    kept.value = (leave) => ask({ title: texts.leaveTitle, body: texts.leaveText, yes: texts.leave, no: texts.stay, danger: true, run: leave });
    return () => { kept.value = undefined; };
  }, [changed]);
  return [draft, (change) => set((d) => ({ ...d, ...change })), changed];
}

/** AliasForm is the form of an alias, with its fields in the order in which an administrator thinks of them. */
export function AliasForm({ address, before, tag, reload, aside }: Props) {
  const texts = t.value;
  const isNew = address === "";
  const first = before ? draftOf(before) : fresh;
  const [draft, change, changed] = useDraft(first);
  const [local, setLocal] = useState("");
  const [host, setHost] = useState(isNew ? domain.value || (domains.value[0] ?? "") : domainOf(address));
  const [tried, setTried] = useState(false);
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState<unknown>();
  const [picture, setPicture] = useState<Blob>(); // of a new one
  const [theirs, setTheirs] = useState<{ alias: Alias; tag: string }>();
  const wrong = faults(draft, isNew ? local : undefined);
  const target = isNew ? `${local.trim().normalize("NFC").toLowerCase()}@${host}` : address;
  const preview = usePreview(isNew && !isLocal(local.trim()) ? "" : target, draft);

  const put = async (tag: string): Promise<void> => {
    setBusy(true);
    setProblem(undefined);
    try {
      const avatar = draft.groupChat && picture ? { avatar: await base64(picture) } : {};
      const answer = await call<Alias>("PUT", `/aliases/${at(target)}`, { ...fieldsOf(draft), ...avatar }, isNew ? { fresh: true } : { tag });
      setTheirs(undefined);
      kept.value = undefined;
      say(isNew ? texts.created(target) : texts.saved, undo(target, before, answer.tag, reload));
      if (isNew) go("aliases", target);
      else reload();
    } catch (e) {
      if (e instanceof Problem && e.kind === "changed" && !isNew) setTheirs(await read(target));
      else setProblem(e instanceof Problem && e.kind === "changed" ? new Problem(409, "conflict", texts.addressTaken(target)) : e);
    } finally {
      setBusy(false);
    }
  };
  const submit = (e: Event): void => {
    e.preventDefault();
    setTried(true);
    if (Object.keys(wrong).length === 0) return void put(tag);
    requestAnimationFrame(() => (e.target as HTMLElement).querySelector<HTMLElement>("[aria-invalid=true]")?.focus());
  };
  return (
    <div class="with-aside">
      <form class="form" onSubmit={submit} noValidate aria-busy={busy}>
        {theirs && <Conflict theirs={draftOf(theirs.alias)} first={first} take={() => { kept.value = undefined; setTheirs(undefined); reload(); }} keep={() => void put(theirs.tag)} />}
        <Card>
          {isNew && <AddressField local={local} setLocal={setLocal} host={host} setHost={setHost} error={tried ? wrong.local : undefined} />}
          <Text id="name" label={texts.name} hint={texts.nameHint} value={draft.name} set={(name) => change({ name })} />
          <Text id="description" label={texts.description} rows={2} value={draft.description} set={(description) => change({ description })} />
          <Picker label={texts.targets} add={texts.addTarget} hint={texts.targetsHint} domain={host} value={draft.targets} set={(targets) => change({ targets })}
            error={tried && wrong.targets ? texts.targetsMissing : undefined} />
          <Check label={texts.groupChat} hint={texts.groupChatHint} value={draft.groupChat} set={(groupChat) => change({ groupChat })} />
          <Check label={texts.internalOnly} hint={texts.internalOnlyHint} value={draft.internalOnly} set={(internalOnly) => change({ internalOnly })} />
          <Check label={texts.inAddressList} value={draft.listed} set={(listed) => change({ listed })} />
          <Check label={texts.everyone} hint={texts.everyoneHint} value={draft.everyone} set={(on) => change(withEveryone(draft, on))} />
        </Card>
        {draft.groupChat && <GroupFields draft={draft} change={change} host={host} wrong={tried && wrong.retention === "invalid"} />}
        <Trouble e={problem} />
        <div class="form-end">
          <button type="submit" class="primary" disabled={busy || (!isNew && !changed)}>{busy ? texts.saving : isNew ? texts.create : texts.save}</button>
          {preview && <span class="hint sum" aria-hidden="true">{summary(preview)}</span>}
        </div>
      </form>
      <div class="form-aside">{aside}
        {isNew && draft.groupChat && <NewPicture name={draft.name || local || texts.groupChat} picture={picture} set={setPicture} />}{preview && <Effective preview={preview} />}</div>
    </div>
  );
}

/** AddressField asks for the address of something new. */
export function AddressField({ local, setLocal, host, setHost, error }: {
  local: string; setLocal(s: string): void; host: string; setHost(s: string): void; error: "missing" | "invalid" | undefined;
}) {
  const texts = t.value;
  const many = domains.value.length > 1;
  return (
    <div class={`address${many ? " with-hosts" : ""}`}>
      <Text id="local" label={texts.address} value={local} set={setLocal} type="text" autocomplete="off" after={many ? undefined : `@${host}`}
        error={error === "missing" ? texts.addressMissing : error === "invalid" ? texts.addressInvalid : undefined} />
      {many && <Select label={texts.domain} value={host} set={setHost} options={domains.value.map((d) => [d, `@${d}`] as const)} />}
    </div>
  );
}

/** GroupFields is what is decided about the group. */
function GroupFields({ draft, change, host, wrong }: { draft: Draft; change(c: Partial<Draft>): void; host: string; wrong: boolean }) {
  const texts = t.value;
  const posting: readonly (readonly [Posting, string])[] = [["everyone", texts.postEveryone], ["leads", texts.postLeads], ["list", texts.postList]];
  return (
    <Card title={texts.groupChat}>
      <Choice label={texts.whoPosts} value={draft.posting} options={posting} set={(posting) => change({ posting })} />
      {draft.posting === "list" && <Picker label={texts.posters} add={texts.addPoster} domain={host} people value={draft.posters} set={(posters) => change({ posters })} />}
      <Picker label={texts.leads} add={texts.addLead} hint={texts.leadsHint} domain={host} people value={draft.leads} set={(leads) => change({ leads })} />
      <Select label={texts.membership} value={draft.membership} set={(membership) => change({ membership })}
        options={[["hide", texts.memberHide], ["leave", texts.memberLeave], ["mandatory", texts.memberMandatory]]} />
      <Select label={texts.history} value={draft.history} set={(history) => change({ history })}
        options={[["all", texts.historyAll], ["30d", texts.history30], ["join", texts.historyJoin]]} />
      <Text label={texts.retention} hint={texts.retentionHint} type="number" min={0} max={36500} value={draft.retention} set={(retention) => change({ retention })}
        error={wrong ? texts.retentionWrong : undefined} />
      <Check label={texts.files} value={draft.files} set={(files) => change({ files })} />
      <Check label={texts.mentionAll} value={draft.mentionAll} set={(mentionAll) => change({ mentionAll })} />
    </Card>
  );
}

/** Conflict says that somebody else has saved meanwhile, and what is different by that. */
function Conflict({ theirs, first, take, keep }: { theirs: Draft; first: Draft; take(): void; keep(): void }) {
  const texts = t.value;
  const names: Record<keyof Draft, string> = {
    name: texts.name, description: texts.description, targets: texts.targets, groupChat: texts.groupChat, internalOnly: texts.internalOnly, listed: texts.inAddressList,
    everyone: texts.everyone, posting: texts.whoPosts, posters: texts.posters, leads: texts.leads, membership: texts.membership, history: texts.history,
    retention: texts.retention, files: texts.files, mentionAll: texts.mentionAll,
  };
  const what = differing(first, theirs).map((k) => names[k]);
  return (
    <div class="conflict" role="alert">
      <Glyph name="alert" />
      <div>
        <strong>{texts.changedTitle}</strong>
        <p>{what.length > 0 ? texts.changedText(all(what)) : texts.changedSame}</p>
        <div class="conflict-buttons">
          <button type="button" class="secondary" onClick={take}>{texts.takeTheirs}</button>
          <button type="button" class="secondary" onClick={keep}>{texts.keepMine}</button>
        </div>
      </div>
    </div>
  );
}

async function read(address: string): Promise<{ alias: Alias; tag: string }> {
  const a = await call<Alias>("GET", `/aliases/${at(address)}`);
  return { alias: a.data, tag: a.tag };
}

/** undo takes a change back, unless somebody else has changed it since. */
function undo(address: string, before: Alias | undefined, tag: string, reload: () => void): () => void {
  return () => void (async () => {
    const texts = t.value;
    try {
      if (before) {
        await call("PUT", `/aliases/${at(address)}`, fieldsAgain(before), { tag });
        reload();
      } else {
        await call("DELETE", `/aliases/${at(address)}`, undefined, { tag });
        go("aliases");
      }
      say(texts.undone);
    } catch (e) {
      if (!(e instanceof Problem)) throw e;
      say(e.kind === "changed" ? texts.changedTitle : telling(e));
    }
  })();
}
