import { useState } from "preact/hooks";
import { Problem, stream, type Refused } from "./api";
import { number, t } from "./i18n";
import { said } from "./i18n/said";
import { Drop } from "./parts/drop";
import { Check, Text } from "./parts/field";
import { Card, Screen } from "./parts/frame";
import { Glyph } from "./parts/glyph";
import { MovingTabs } from "./moving";
import { Trouble } from "./parts/problem";
import { Shown } from "./parts/shown";
import type { Progress } from "./types";

interface Imported {
  lines: number;
  created: number;
  skipped: number;
  refused: Refused[];
  passwords?: { address: string; password: string }[];
  notes?: string[];
}

const largest = 4_000_000; // bytes of a file

/** Import makes many accounts of a CSV file. */
export function Import() {
  const texts = t.value;
  const [csv, setCSV] = useState("");
  const [name, setName] = useState("");
  const [generate, setGenerate] = useState(true);
  const [skip, setSkip] = useState(true);
  const [partial, setPartial] = useState(false);
  const [progress, setProgress] = useState<Progress>();
  const [problem, setProblem] = useState<unknown>();
  const [done, setDone] = useState<Imported>();
  const take = async (f: File): Promise<void> => {
    if (f.size > largest) return setProblem(new Problem(413, "too-large", ""));
    setProblem(undefined);
    setName(f.name);
    setCSV(await f.text());
  };
  const submit = async (e: Event): Promise<void> => {
    e.preventDefault();
    if (csv.trim() === "") return;
    setProblem(undefined);
    setDone(undefined);
    setProgress({ stage: "checking", done: 0, total: 0 });
    try {
      setDone(await stream<Imported, Progress>("/accounts/import", { csv, generate, skip_existing: skip, partial }, setProgress));
    } catch (e) {
      setProblem(e);
    } finally {
      setProgress(undefined);
    }
  };
  const refused = problem instanceof Problem ? problem.refused : [];
  return (
    <Screen title={texts.importTitle} back={["accounts"]} tabs={<MovingTabs current="import" />}>
      <form class="form" onSubmit={(e) => void submit(e)} aria-busy={progress !== undefined}>
        <Card>
          <Drop text={texts.importDrop} name={name} accept=".csv,text/csv,text/plain" busy={progress !== undefined} take={(f) => void take(f)} />
          <Text id="csv" label={texts.importText} hint={texts.importFormat} rows={6} value={csv} set={setCSV} />
          <Check label={texts.importGenerate} value={generate} set={setGenerate} />
          <Check label={texts.importSkip} value={skip} set={setSkip} />
          <Check label={texts.importPartial} hint={texts.importPartialHint} value={partial} set={setPartial} />
        </Card>
        {problem !== undefined && <Shown>{refused.length > 0 ? <Refusals list={refused} title={texts.importNothing} /> : <Trouble e={problem} />}</Shown>}
        {progress && <Shown><Bar p={progress} /></Shown>}
        {done && <Shown><Report r={done} /></Shown>}
        <div class="form-end"><button type="submit" class="primary" disabled={progress !== undefined || csv.trim() === ""}>{texts.importDo}</button></div>
      </form>
    </Screen>
  );
}

function Bar({ p }: { p: Progress }) {
  const texts = t.value;
  const stage = p.stage === "hashing passwords" ? texts.stageHashing : p.stage === "writing" ? texts.stageWriting : texts.stageChecking;
  return (
    <Card>
      <p role="status">{stage}{p.total > 0 && p.stage === "hashing passwords" && ` · ${number(p.done)} / ${number(p.total)}`}</p>
      <progress max={Math.max(1, p.total)} value={p.stage === "writing" ? p.total : p.stage === "checking" ? 0 : p.done} aria-label={texts.importTitle} />
    </Card>
  );
}

function Report({ r }: { r: Imported }) {
  const texts = t.value;
  return (
    <Card title={texts.importReport}>
      <p role="status">{texts.importCreated(r.created)}{r.skipped > 0 && ` ${texts.importSkipped(r.skipped)}`}</p>
      {r.notes?.map((n) => <p key={n} class="hint" lang={said(n).lang}>{said(n).text}</p>)}
      {r.passwords && r.passwords.length > 0 && <Passwords list={r.passwords} />}
      {r.refused.length > 0 && <Refusals list={r.refused} title={texts.importRefused(r.refused.length)} />}
    </Card>
  );
}

/** Passwords are those that were made: they are told once, as a file. */
function Passwords({ list }: { list: readonly { address: string; password: string }[] }) {
  const texts = t.value;
  const save = (): void => {
    const url = URL.createObjectURL(new Blob([`address,password\n${list.map((p) => `${p.address},${p.password}`).join("\n")}\n`], { type: "text/csv" }));
    const a = document.createElement("a");
    a.href = url;
    a.download = "passwords.csv";
    a.click();
    URL.revokeObjectURL(url);
  };
  return (
    <div class="secret">
      <p>{texts.importPasswords(list.length)}</p>
      <button type="button" class="secondary" onClick={save}><Glyph name="download" size={18} />{texts.importSave}</button>
      <p class="hint">{texts.passwordOnce}</p>
    </div>
  );
}

function Refusals({ list, title }: { list: readonly Refused[]; title: string }) {
  const texts = t.value;
  return (
    <div class="refusals" role="alert">
      <strong>{title}</strong>
      <table>
        <thead><tr><th>{texts.importLine}</th><th>{texts.address}</th><th>{texts.importReason}</th></tr></thead>
        <tbody>{list.slice(0, 200).map((r) => <tr key={r.line}><td>{r.line}</td><td>{r.address}</td><Why r={r} /></tr>)}</tbody>
      </table>
      {list.length > 200 && <p class="hint">{texts.andMore(list.length - 200)}</p>}
    </div>
  );
}

function Why({ r }: { r: Refused }) {
  const s = said(r.reason, r);
  return <td lang={s.lang}>{s.text}</td>;
}
