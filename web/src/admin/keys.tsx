import { useState } from "preact/hooks";
import { at, call, query } from "./api";
import { day, t } from "./i18n";
import { ask } from "./parts/dialog";
import { Select, Text } from "./parts/field";
import { Chip, Empty, Screen } from "./parts/frame";
import { Glyph } from "./parts/glyph";
import { List } from "./parts/list";
import { usePages } from "./parts/load";
import { Secret } from "./parts/secret";
import { say } from "./parts/toast";
import { domain, domains, serverAdmin } from "./session";
import type { Key } from "./types";

/** Keys lists the keys of programs. */
export function Keys() {
  const texts = t.value;
  const pages = usePages<Key>(`/keys${query({ domain: domain.value })}`);
  const make = <button type="button" class="primary" onClick={() => create(pages.again)}><Glyph name="plus" size={18} />{texts.newOne}</button>;
  return (
    <Screen title={texts.keys} back={[]} narrow actions={make}>
      <p class="note">{texts.keysHint}</p>
      <List pages={pages} label={texts.keys} id={(k) => k.id} empty={<Empty icon="key" title={texts.noKeys} />} row={(k) => <Row k={k} again={pages.again} />} />
    </Screen>
  );
}

function Row({ k, again }: { k: Key; again(): void }) {
  const texts = t.value;
  const revoke = (): void => ask({
    title: texts.revokeTitle(k.name), body: texts.keyRevokeText, yes: texts.revoke, danger: true, run: async () => {
      await call("DELETE", `/keys/${at(k.id)}`);
      again();
      say(texts.revoked);
    },
  });
  return (
    <div class="entry">
      <span class="entry-icon"><Glyph name="key" /></span>
      <span class="who"><strong>{k.name}</strong><span class="hint">{[texts.appMade(day(k.created)), texts.inviteBy(k.by), k.id].join(" · ")}</span></span>
      <Chip kind={k.domain ? "" : "strong"}>{k.domain ?? texts.keyServer}</Chip>
      <button type="button" class="secondary" aria-label={`${texts.revoke}: ${k.name}`} onClick={revoke}>{texts.revoke}</button>
    </div>
  );
}

/** create asks what a key is for and what it may do, and shows it once. */
function create(again: () => void): void {
  const texts = t.value;
  const wanted = { name: "", domain: domain.value || (domains.value[0] ?? "") };
  ask({
    title: texts.newKey, body: <What wanted={wanted} />, yes: texts.create, run: async () => {
      const name = wanted.name.trim().normalize("NFC");
      if (name === "") throw new Error(texts.appLabelMissing);
      const { data } = await call<Key & { key: string }>("POST", "/keys", { name, ...(wanted.domain === "" ? {} : { domain: wanted.domain }) });
      again();
      ask({ title: texts.keyMade(data.name), body: <Secret text={data.key} hint={texts.keyOnce} />, yes: texts.close, no: "", run: () => undefined });
    },
  });
}

function What({ wanted }: { wanted: { name: string; domain: string } }) {
  const texts = t.value;
  const [name, setName] = useState("");
  const [scope, setScope] = useState(wanted.domain);
  const scopes = [...domains.value.map((d) => [d, d] as const), ...(serverAdmin.value ? [["", texts.keyServer] as const] : [])];
  return (
    <>
      <Text id="key-name" label={texts.appLabel} hint={texts.keyNameHint} value={name} set={(s) => { wanted.name = s; setName(s); }} autocomplete="off" />
      <Select label={texts.keyScope} value={scope} set={(s) => { wanted.domain = s; setScope(s); }} options={scopes} />
    </>
  );
}
