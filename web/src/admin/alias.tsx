import { at, call, Problem } from "./api";
import { AliasForm } from "./aliasform";
import { Picture } from "./picture";
import { rename } from "./rename";
import { t } from "./i18n";
import { Card, Missing, Screen } from "./parts/frame";
import { Glyph } from "./parts/glyph";
import { ask } from "./parts/dialog";
import { useLoad } from "./parts/load";
import { telling, Trouble } from "./parts/problem";
import { say } from "./parts/toast";
import { Waiting } from "./overview";
import { go } from "./route";
import type { Alias } from "./types";

/** AliasScreen is one alias, or with "" a new one. */
export function AliasScreen({ address }: { address: string }) {
  const texts = t.value;
  const alias = useLoad<Alias>(address === "" ? undefined : `/aliases/${at(address)}`);
  if (alias.problem instanceof Problem && alias.problem.kind === "not-found") return <Missing />;
  const a = alias.data;
  const title = address === "" ? texts.newAlias : a?.name || address;
  const actions = a && !a.deleted && (
    <>
      <button type="button" class="iconic" aria-label={texts.renameAlias} title={texts.renameAlias} onClick={() => rename(a)}><Glyph name="at" /></button>
      <button type="button" class="iconic" aria-label={texts.deleteAlias} title={texts.deleteAlias} onClick={() => remove(a, alias.tag)}><Glyph name="trash" /></button>
    </>
  );
  return (
    <Screen title={title} {...(a?.name ? { hint: a.address } : {})} back={["aliases"]} actions={actions}>
      <Trouble e={alias.problem} />
      {address !== "" && !a && alias.problem === undefined && <Waiting />}
      {(address === "" || a) && (
        <AliasForm key={alias.tag} address={address} before={a} tag={alias.tag} reload={alias.again} aside={a?.group_chat && <><Picture alias={a} /><Files alias={a} /></>} />
      )}
    </Screen>
  );
}

/** Files is what was sent to the group of an alias. */
function Files({ alias: a }: { alias: Alias }) {
  const texts = t.value;
  const clear = (): void => ask({
    title: texts.groupFilesTitle(a.name || a.address), body: <p>{texts.groupFilesText}</p>, yes: texts.groupFilesDo, danger: true, run: async () => {
      const { data } = await call<{ files: number }>("DELETE", `/groups/${at(a.address)}/files`);
      say(texts.groupFilesGone(data.files));
    },
  });
  return <Card title={texts.groupFiles} hint={texts.groupFilesHint} actions={<button type="button" class="secondary danger" onClick={clear}>{texts.groupFilesDo}</button>}>{null}</Card>;
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
          say(telling(e));
        }
      })());
    },
  });
}
