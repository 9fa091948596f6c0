import { useEffect, useState } from "preact/hooks";
import { domainOf } from "./addresses";
import { at, call, Problem } from "./api";
import { AliasForm } from "./aliasform";
import { Effective } from "./members";
import { t } from "./i18n";
import { Missing, Screen } from "./parts/frame";
import { Glyph } from "./parts/glyph";
import { ask } from "./parts/dialog";
import { useLoad } from "./parts/load";
import { learn } from "./parts/picker";
import { Trouble } from "./parts/problem";
import { say } from "./parts/toast";
import { Waiting } from "./overview";
import { go } from "./route";
import type { Account, Alias, Page, Resolution } from "./types";

/** AliasScreen is one alias, or with "" a new one. */
export function AliasScreen({ address }: { address: string }) {
  const texts = t.value;
  const alias = useLoad<Alias>(address === "" ? undefined : `/aliases/${at(address)}`);
  const members = useLoad<Resolution>(address === "" ? undefined : `/aliases/${at(address)}/members`);
  useNames(members.data);
  if (alias.problem instanceof Problem && alias.problem.kind === "not-found") return <Missing />;
  const a = alias.data;
  const title = address === "" ? texts.newAlias : a?.name || address;
  const reload = (): void => { alias.again(); members.again(); };
  const actions = a && !a.deleted && (
    <button type="button" class="iconic" aria-label={texts.deleteAlias} title={texts.deleteAlias} onClick={() => remove(a, alias.tag)}><Glyph name="trash" /></button>
  );
  return (
    <Screen title={title} {...(a?.name ? { hint: a.address } : {})} back={["aliases"]} actions={actions}>
      <Trouble e={alias.problem} />
      {address !== "" && !a && alias.problem === undefined && <Waiting />}
      {(address === "" || a) && (
        <AliasForm key={alias.tag} address={address} before={a} tag={alias.tag} reload={reload}
          aside={a && members.data && <Effective resolution={members.data} domain={domainOf(address)} />} />
      )}
    </Screen>
  );
}

/** useNames learns what members are called, so that the chips of the form say it. */
function useNames(r: Resolution | undefined): void {
  const [done, set] = useState(false);
  useEffect(() => {
    const domain = domainOf(r?.members[0]?.address ?? "");
    if (done || domain === "") return;
    set(true);
    void (async () => {
      try {
        const [people, aliases] = await Promise.all([
          call<Page<Account>>("GET", `/accounts?limit=500&domain=${at(domain)}`), call<Page<Alias>>("GET", `/aliases?limit=500&domain=${at(domain)}`),
        ]);
        learn([...people.data.items.map((x) => ({ address: x.address, name: x.name ?? "", group: false })),
          ...aliases.data.items.map((x) => ({ address: x.address, name: x.name ?? "", group: true }))]);
      } catch { // an address says it, too
      }
    })();
  }, [r, done]);
}

function remove(a: Alias, tag: string): void {
  const texts = t.value;
  ask({
    title: texts.deleteAliasTitle(a.address), body: texts.deleteAliasText, yes: texts.deleteAlias, danger: true, run: async () => {
      await call("DELETE", `/aliases/${at(a.address)}`, undefined, { tag });
      go("aliases");
      say(texts.deleted(a.address), () => void (async () => {
        try {
          await call("POST", `/aliases/${at(a.address)}/restore`);
          say(texts.restored(a.address));
          go("aliases", a.address);
        } catch (e) {
          if (!(e instanceof Problem)) throw e;
          say(e.detail || texts.problemConflict);
        }
      })());
    },
  });
}
