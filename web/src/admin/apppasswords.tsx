import { useState } from "preact/hooks";
import { at, call } from "./api";
import { day, moment, t } from "./i18n";
import { ask } from "./parts/dialog";
import { Text } from "./parts/field";
import { Card } from "./parts/frame";
import { useLoad } from "./parts/load";
import { Secret } from "./parts/secret";
import { say } from "./parts/toast";
import type { AppPassword, Page } from "./types";

/** AppPasswords are the passwords for one program or device of an account. */
export function AppPasswords({ address, locked, again }: { address: string; locked: boolean; again(): void }) {
  const texts = t.value;
  const list = useLoad<Page<AppPassword>>(`/accounts/${at(address)}/app-passwords`);
  const items = list.data?.items ?? [];
  const revoke = (p: AppPassword): void => ask({
    title: texts.revokeTitle(p.label), body: texts.appRevokeText, yes: texts.revoke, danger: true, run: async () => {
      await call("DELETE", `/accounts/${at(address)}/app-passwords/${at(p.id)}`);
      list.again();
      again();
      say(texts.revoked);
    },
  });
  return (
    <Card title={texts.appPasswords} hint={texts.appHint}
      actions={!locked && <button type="button" class="secondary" onClick={() => create(address, list.again)}>{texts.newOne}</button>}>
      {items.length > 0 && (
        <ul class="clients" aria-label={texts.appPasswords}>
          {items.map((p) => (
            <li key={p.id}><span class="who"><span>{p.label}</span>
              <span class="hint">{texts.appMade(day(p.created))} · {p.used ? texts.appUsed(moment(p.used)) : texts.appUnused}</span></span>
              {!locked && <button type="button" class="secondary" aria-label={`${texts.revoke}: ${p.label}`} onClick={() => revoke(p)}>{texts.revoke}</button>}</li>
          ))}
        </ul>
      )}
    </Card>
  );
}

/** create asks what a password is for, and shows it. */
function create(address: string, again: () => void): void {
  const texts = t.value;
  const wanted = { label: "" };
  ask({
    title: texts.appNew, body: <What wanted={wanted} />, yes: texts.create, run: async () => {
      if (wanted.label.trim() === "") throw new Error(texts.appLabelMissing);
      const { data } = await call<AppPassword & { password: string }>("POST", `/accounts/${at(address)}/app-passwords`, { label: wanted.label.trim().normalize("NFC") });
      again();
      ask({ title: texts.passwordIs(`${data.label}, ${address}`), body: <Secret text={data.password} hint={texts.passwordOnce} />, yes: texts.close, no: "", run: () => undefined });
    },
  });
}

function What({ wanted }: { wanted: { label: string } }) {
  const [label, set] = useState("");
  return <Text id="label" label={t.value.appLabel} hint={t.value.appLabelHint} value={label} set={(s) => { wanted.label = s; set(s); }} autocomplete="off" />;
}
