import { useState } from "preact/hooks";
import { at, call } from "./api";
import { bytes, moment, number, t } from "./i18n";
import { PasswordChoice } from "./newaccount";
import { ask } from "./parts/dialog";
import { Card } from "./parts/frame";
import { QR } from "./parts/qr";
import { Secret } from "./parts/secret";
import { say } from "./parts/toast";
import { go } from "./route";
import { me } from "./session";
import type { Account, Holdings, ResetLink } from "./types";

/** Password is how an account gets another one. */
export function Password({ account: a, again }: { account: Account; again(): void }) {
  const texts = t.value;
  return (
    <Card title={texts.password}>
      <ul class="acts">
        <li><div><strong>{texts.passwordNew}</strong><p class="hint">{texts.passwordHint}</p></div>
          <button type="button" class="secondary" onClick={() => setPassword(a.address, again)}>{texts.passwordSet}</button></li>
        <li><div><strong>{texts.resetLink}</strong><p class="hint">{a.disabled ? texts.resetDisabled : texts.resetHint}</p></div>
          <button type="button" class="secondary" disabled={a.disabled} onClick={() => makeLink(a.address)}>{texts.resetMake}</button></li>
      </ul>
    </Card>
  );
}

/** makeLink makes a link by which somebody sets another password, and shows it once. */
function makeLink(address: string): void {
  const texts = t.value;
  ask({
    title: texts.resetTitle(address), body: <p>{texts.resetText}</p>, yes: texts.resetMake, run: async () => {
      const { data } = await call<ResetLink>("POST", `/accounts/${at(address)}/reset-link`);
      ask({
        title: texts.resetFor(address), yes: texts.close, no: "", run: () => undefined,
        body: <><Secret text={data.page ?? data.code} hint={texts.resetOnce(moment(data.until))} />{data.page && <QR text={data.page} label={texts.resetQR} />}</>,
      });
    },
  });
}

/** setPassword asks for another password, and shows one that was made. */
function setPassword(address: string, again: () => void): void {
  const texts = t.value;
  const chosen = { generate: true, password: "" };
  ask({
    title: texts.passwordFor(address), body: <Choose chosen={chosen} />, yes: texts.passwordSet, run: async () => {
      const { data } = await call<{ password?: string }>("POST", `/accounts/${at(address)}/password`, chosen.generate ? { generate: true } : { password: chosen.password });
      again();
      if (!data.password) return say(texts.passwordDone);
      const made = data.password;
      ask({ title: texts.passwordIs(address), body: <Secret text={made} hint={texts.passwordOnce} />, yes: texts.close, no: "", run: () => undefined });
    },
  });
}

function Choose({ chosen }: { chosen: { generate: boolean; password: string } }) {
  const texts = t.value;
  const [generate, setGenerate] = useState(true);
  const [password, set] = useState("");
  return (
    <>
      <p>{texts.passwordEnds}</p>
      <PasswordChoice generate={generate} setGenerate={(on) => { chosen.generate = on; setGenerate(on); }} password={password} setPassword={(s) => { chosen.password = s; set(s); }} />
    </>
  );
}

/** Danger is what ends an account, for a while or for good. */
export function Danger({ account: a, again }: { account: Account; again(): void }) {
  const texts = t.value;
  const own = me.value?.address === a.address;
  const disable = (): void => ask({
    title: texts.disableTitle(a.address), body: texts.disableText, yes: texts.disable, danger: true, run: async () => {
      await call("POST", `/accounts/${at(a.address)}/disable`);
      again();
      say(texts.disabledNow(a.address), () => void enable());
    },
  });
  const enable = async (): Promise<void> => {
    await call("POST", `/accounts/${at(a.address)}/enable`);
    again();
    say(texts.enabledNow(a.address));
  };
  return (
    <Card title={texts.endOfAccount}>
      <ul class="acts">
        <li><div><strong>{a.disabled ? texts.enable : texts.disable}</strong><p class="hint">{a.disabled ? texts.enableHint : texts.disableHint}</p></div>
          {a.disabled ? <button type="button" class="secondary" onClick={() => void enable()}>{texts.enable}</button>
            : <button type="button" class="secondary" disabled={own} onClick={disable}>{texts.disable}</button>}</li>
        <li><div><strong>{texts.exportAccount}</strong><p class="hint">{texts.exportHint}</p></div>
          <a class="secondary" href={`/api/v1/accounts/${at(a.address)}/export`} download>{texts.exportDo}</a></li>
        <li><div><strong>{texts.exportFiles}</strong><p class="hint">{texts.exportFilesHint}</p></div>
          <a class="secondary" href={`/api/v1/accounts/${at(a.address)}/export?files=true`} download>{texts.exportDo}</a></li>
        <li><div><strong>{texts.erase}</strong><p class="hint">{own ? texts.ownAccount : texts.eraseHint}</p></div>
          <button type="button" class="secondary danger" disabled={own} onClick={() => void erase(a)}>{texts.erase}</button></li>
      </ul>
    </Card>
  );
}

/** erase asks after it has shown what goes with the account. The address has to be typed. */
async function erase(a: Account): Promise<void> {
  const texts = t.value;
  const typed = { address: "" };
  const { data: h } = await call<Holdings>("GET", `/accounts/${at(a.address)}/holdings`);
  ask({
    title: texts.eraseTitle(a.address), yes: texts.erase, danger: true,
    body: <Held h={h} typed={typed} />, run: async () => {
      if (typed.address.trim().toLowerCase() !== a.address) throw new Error(texts.eraseTyped);
      await call("DELETE", `/accounts/${at(a.address)}`);
      go("accounts");
      say(texts.erased(a.address));
    },
  });
}

function Held({ h, typed }: { h: Holdings; typed: { address: string } }) {
  const texts = t.value;
  return (
    <>
      <p>{texts.eraseText}</p>
      <ul class="held">
        <li>{texts.heldMessages(number(h.messages))}</li>
        <li>{texts.heldFiles(number(h.files), bytes(h.bytes))}</li>
        {h.aliases && <li>{texts.heldAliases(h.aliases.join(", "))}</li>}
        {h.rooms && <li>{texts.heldRooms(number(h.rooms.length))}</li>}
      </ul>
      <div class="field"><label for="typed">{texts.eraseType(h.address)}</label>
        <span class="input"><input id="typed" autocomplete="off" autocapitalize="none" spellcheck={false} onInput={(e) => { typed.address = e.currentTarget.value; }} /></span></div>
    </>
  );
}
