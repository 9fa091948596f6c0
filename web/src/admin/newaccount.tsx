import { useState } from "preact/hooks";
import { isLocal } from "./addresses";
import { AddressField } from "./aliasform";
import { call } from "./api";
import { fieldsOf, PersonFields, personOf } from "./accountform";
import { t } from "./i18n";
import { said } from "./i18n/said";
import { Choice, Text } from "./parts/field";
import { Card, Screen } from "./parts/frame";
import { Trouble } from "./parts/problem";
import { Secret } from "./parts/secret";
import { say } from "./parts/toast";
import { go, link } from "./route";
import { domain, domains } from "./session";
import type { Account } from "./types";

interface Created extends Account {
  password?: string;
  note?: string;
}

/** NewAccount makes an account. */
export function NewAccount() {
  const texts = t.value;
  const [local, setLocal] = useState("");
  const [host, setHost] = useState(domain.value || (domains.value[0] ?? ""));
  const [person, set] = useState(personOf(undefined));
  const [generate, setGenerate] = useState(true);
  const [password, setPassword] = useState("");
  const [tried, setTried] = useState(false);
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState<unknown>();
  const [made, setMade] = useState<Created>();
  const wrong = local.trim() === "" ? "missing" : isLocal(local.trim()) ? undefined : "invalid";
  const submit = async (e: Event): Promise<void> => {
    e.preventDefault();
    setTried(true);
    if (wrong || (!generate && password === "")) return;
    setBusy(true);
    setProblem(undefined);
    try {
      const address = `${local.trim().normalize("NFC").toLowerCase()}@${host}`;
      const { data } = await call<Created>("POST", "/accounts", { address, ...fieldsOf(person), ...(generate ? { generate } : { password }) });
      say(texts.created(data.address));
      if (data.password || data.note) setMade(data);
      else go("accounts", data.address);
    } catch (e) {
      setProblem(e);
    } finally {
      setBusy(false);
    }
  };
  if (made) return <Made made={made} again={() => { setMade(undefined); setLocal(""); set(personOf(undefined)); setTried(false); }} />;
  return (
    <Screen title={texts.newAccount} back={["accounts"]}>
      <form class="form" onSubmit={(e) => void submit(e)} noValidate aria-busy={busy}>
        <Card>
          <AddressField local={local} setLocal={setLocal} host={host} setHost={setHost} error={tried ? wrong : undefined} />
          <PersonFields person={person} change={(c) => set({ ...person, ...c })} />
        </Card>
        <Card title={texts.password}>
          <PasswordChoice generate={generate} setGenerate={setGenerate} password={password} setPassword={setPassword} error={tried && password === "" ? texts.passwordMissing : undefined} />
        </Card>
        <Trouble e={problem} />
        <div class="form-end"><button type="submit" class="primary" disabled={busy}>{busy ? texts.saving : texts.create}</button></div>
      </form>
    </Screen>
  );
}

/** PasswordChoice lets an administrator have a password made, or type one. */
export function PasswordChoice({ generate, setGenerate, password, setPassword, error }: {
  generate: boolean; setGenerate(on: boolean): void; password: string; setPassword(s: string): void; error?: string | undefined;
}) {
  const texts = t.value;
  return (
    <>
      <Choice label={texts.passwordHow} value={generate ? "make" : "type"} set={(v) => setGenerate(v === "make")}
        options={[["make", texts.passwordMake], ["type", texts.passwordType]]} />
      {!generate && <Text label={texts.password} type="password" autocomplete="new-password" value={password} set={setPassword} error={error} />}
    </>
  );
}

function Made({ made, again }: { made: Created; again(): void }) {
  const texts = t.value;
  return (
    <Screen title={made.address} back={["accounts"]}>
      <Card title={texts.created(made.address)}>
        {made.password && <Secret text={made.password} hint={texts.passwordOnce} />}
        {made.note && <p class="hint" lang={said(made.note).lang}>{said(made.note).text}</p>}
        <div class="card-end">
          <a class="primary" href={link("accounts", made.address)}>{texts.toAccount}</a>
          <button type="button" class="secondary" onClick={again}>{texts.another}</button>
        </div>
      </Card>
    </Screen>
  );
}
