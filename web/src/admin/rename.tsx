import { useState } from "preact/hooks";
import { domainOf, isLocal, localOf } from "./addresses";
import { at, call } from "./api";
import { t } from "./i18n";
import { ask } from "./parts/dialog";
import { Text } from "./parts/field";
import { saying } from "./parts/problem";
import { say } from "./parts/toast";
import { go } from "./route";
import type { Alias } from "./types";

/** rename asks for another address of an alias, and gives it one. The other way round it can be undone. */
export function rename(a: Alias): void {
  const texts = t.value;
  const wanted = { local: localOf(a.address) };
  ask({
    title: texts.renameAlias, body: <Where address={a.address} wanted={wanted} />, yes: texts.renameDo, run: async () => {
      const local = wanted.local.trim().normalize("NFC").toLowerCase();
      if (!isLocal(local)) throw new Error(texts.addressInvalid);
      const to = `${local}@${domainOf(a.address)}`;
      if (to === a.address) return;
      await move(a.address, to);
      say(texts.renamed(to), () => void move(to, a.address).then(() => say(t.value.undone), (e: unknown) => say(saying(e))));
    },
  });
}

async function move(from: string, to: string): Promise<void> {
  await call("POST", `/aliases/${at(from)}/rename`, { to });
  go("aliases", to);
}

function Where({ address, wanted }: { address: string; wanted: { local: string } }) {
  const texts = t.value;
  const [local, set] = useState(wanted.local);
  return (
    <>
      <p>{texts.renameText}</p>
      <Text id="rename" label={texts.address} value={local} set={(s) => { wanted.local = s; set(s); }} autocomplete="off" after={`@${domainOf(address)}`} />
    </>
  );
}
