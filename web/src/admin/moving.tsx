import { useState } from "preact/hooks";
import { at, query, upload } from "./api";
import { bytes, number, t } from "./i18n";
import { movedSaid as said } from "./i18n/moved";
import { Drop } from "./parts/drop";
import { Check } from "./parts/field";
import { Card, Screen, Tabs } from "./parts/frame";
import { Trouble } from "./parts/problem";
import { Shown } from "./parts/shown";
import { link } from "./route";
import { domain, domains, serverAdmin } from "./session";
import { steps, type Step } from "./movingwords";
import type { Moved, Progress } from "./types";

/** MovingTabs lead between the ways in which accounts come and go. */
export function MovingTabs({ current }: { current: "import" | "move" | "export" }) {
  const texts = t.value;
  return <Tabs label={texts.importTitle} items={[
    { text: texts.moveCSV, path: ["accounts", "import"], current: current === "import" },
    { text: texts.moveIn, path: ["accounts", "move"], current: current === "move" },
    { text: texts.moveOut, path: ["accounts", "export"], current: current === "export" },
  ]} />;
}

/** MoveIn takes over accounts from a file of another server. First the file is tried; what would come of it is seen before anything is written. */
export function MoveIn() {
  const texts = t.value;
  const [file, setFile] = useState<File>();
  const [merge, setMerge] = useState(false);
  const [step, setStep] = useState<Step>();
  const [problem, setProblem] = useState<unknown>();
  const [told, setTold] = useState<Moved>();
  const busy = step !== undefined;
  const other = (): void => { setTold(undefined); setProblem(undefined); };
  const tried = told?.dry_run === true;
  const submit = async (e: Event): Promise<void> => {
    e.preventDefault();
    if (!file || busy) return;
    other();
    setStep({ stage: "sending", done: 0, total: file.size });
    try {
      setTold(await upload<Moved, Progress>(`/import${query({ merge, dry_run: !tried })}`, file,
        (sent) => setStep({ stage: "sending", done: sent, total: file.size }), (p) => setStep({ ...p, trial: !tried })));
    } catch (e) {
      setProblem(e);
    } finally {
      setStep(undefined);
    }
  };
  return (
    <Screen title={texts.importTitle} back={["accounts"]} tabs={<MovingTabs current="move" />}>
      <form class="form" onSubmit={(e) => void submit(e)} aria-busy={busy}>
        <p class="note">{texts.moveHint}</p>
        <Card>
          <Drop text={texts.moveDrop} name={file ? `${file.name} · ${bytes(file.size)}` : ""} accept=".xml,text/xml,application/xml" busy={busy} take={(f) => { setFile(f); other(); }} />
          <Check label={texts.moveMerge} hint={texts.moveMergeHint} value={merge} set={(on) => { setMerge(on); other(); }} disabled={busy} />
        </Card>
        {problem !== undefined && <Shown><Trouble e={problem} /></Shown>}
        {step && <Shown><Bar step={step} /></Shown>}
        {told && <Shown key={String(tried)}><Report r={told} /></Shown>}
        <div class="form-end">
          {told && !tried ? <a class="primary" href={link("accounts")}>{texts.moveToAccounts}</a>
            : <button type="submit" class="primary" disabled={busy || !file}>{tried ? texts.importDo : texts.moveTry}</button>}
          {!told && <span class="hint">{texts.moveTryHint}</span>}
        </div>
      </form>
    </Screen>
  );
}

function Bar({ step }: { step: Step }) {
  const texts = t.value;
  const s = steps(step);
  const name = { sending: texts.stageSending, checking: texts.stageChecking, importing: texts.stageImporting }[s.name];
  return (
    <Card>
      <p role="status">{name}</p>
      <progress max={1} {...(s.part === undefined ? {} : { value: s.part })} aria-label={texts.importTitle} />
      {s.name !== "checking" && <p class="hint" aria-hidden="true">{s.name === "sending" ? `${bytes(step.done)} / ${bytes(step.total)}` : `${number(step.done)} / ${number(step.total)}`}</p>}
    </Card>
  );
}

function Report({ r }: { r: Moved }) {
  const texts = t.value;
  const sums: readonly (readonly [string, number])[] = [[r.dry_run ? texts.moveNew : texts.moveMade, r.created], [texts.moveMerged, r.merged], [texts.moveSkipped, r.skipped],
    [texts.moveRefused, r.refused]];
  return (
    <Card title={r.dry_run ? texts.moveWould : texts.moveDone} hint={<span role="status">{texts.moveAccounts(r.accounts)}</span>}>
      <dl class="numbers">{sums.map(([label, n]) => <div class="number" key={label}><dt>{label}</dt><dd>{number(n)}</dd></div>)}</dl>
      {r.contents.length > 0 && (
        <table class="sums">
          <thead><tr><th>{texts.moveWhat}</th><th>{texts.moveAdded}</th><th>{texts.moveKept}</th><th>{texts.moveRefused}</th></tr></thead>
          <tbody>{r.contents.map((c) => <tr key={c.kind}><th scope="row" lang={said(c.kind).lang}>{said(c.kind).text}</th>
            <td>{number(c.added)}</td><td>{number(c.kept)}</td><td>{number(c.refused)}</td></tr>)}</tbody>
        </table>
      )}
      {r.locked && r.locked.length > 0 && <Locked list={r.locked} links={!r.dry_run} />}
      {r.misfits.length > 0 && <Misfits r={r} />}
      {r.unknown && <details><summary>{texts.moveUnknown(Object.keys(r.unknown).length)}</summary>
        <ul class="plain">{Object.entries(r.unknown).map(([name, n]) => <li key={name}><code>{name}</code> · {number(n)}</li>)}</ul></details>}
      {r.notes?.map((n) => <p key={n} class="hint" lang={said(n).lang}>{said(n).text}</p>)}
    </Card>
  );
}

const most = 20; // of accounts that are listed

/** Locked are accounts of which the file has no password. */
function Locked({ list, links }: { list: readonly string[]; links: boolean }) {
  const texts = t.value;
  return (
    <div class="locked">
      <p>{texts.moveLocked(list.length)}</p>
      <ul class="plain">{list.slice(0, most).map((a) => <li key={a}>{links ? <a href={link("accounts", a)}>{a}</a> : a}</li>)}</ul>
      {list.length > most && <p class="hint">{texts.andMore(list.length - most)}</p>}
    </div>
  );
}

function Misfits({ r }: { r: Moved }) {
  const texts = t.value;
  return (
    <div class="refusals" role="alert" tabIndex={0}>
      <strong>{texts.moveMisfits(r.misfits.length + (r.more ?? 0))}</strong>
      <ul class="misfits">
        {r.misfits.map((m, i) => {
          const where = said(m.place);
          const why = said(m.reason, m);
          return <li key={i}><span class="hint"><span lang={where.lang}>{where.text}</span>{m.address && ` · ${m.address}`}</span><span lang={why.lang}>{why.text}</span></li>;
        })}
      </ul>
      {r.more !== undefined && <p class="hint">{texts.andMore(r.more)}</p>}
    </div>
  );
}

/** MoveOut hands out files of all accounts of a domain. */
export function MoveOut() {
  const texts = t.value;
  const list = domain.value === "" ? domains.value : [domain.value];
  return (
    <Screen title={texts.importTitle} back={["accounts"]} tabs={<MovingTabs current="export" />}>
      <div class="form">
        <p class="note">{texts.moveOutHint}{!serverAdmin.value && ` ${texts.moveOutWithout}`}</p>
        {list.map((d) => (
          <Card key={d} title={d}>
            <ul class="acts">
              <li><div><strong>{texts.moveAll}</strong><p class="hint">{texts.exportHint}</p></div>
                <a class="secondary" href={`/api/v1/domains/${at(d)}/export`} download aria-label={`${texts.exportDo}: ${texts.moveAll}, ${d}`}>{texts.exportDo}</a></li>
              <li><div><strong>{texts.moveAllFiles}</strong><p class="hint">{texts.exportFilesHint}</p></div>
                <a class="secondary" href={`/api/v1/domains/${at(d)}/export?files=true`} download aria-label={`${texts.exportDo}: ${texts.moveAllFiles}, ${d}`}>{texts.exportDo}</a></li>
            </ul>
          </Card>
        ))}
      </div>
    </Screen>
  );
}
