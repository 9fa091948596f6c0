import { useRef, useState } from "preact/hooks";
import { Avatar } from "../ui/avatar";
import { at, call, file } from "./api";
import { t } from "./i18n";
import { base64, small } from "./image";
import { Card } from "./parts/frame";
import { useLoad } from "./parts/load";
import { Trouble } from "./parts/problem";
import { say } from "./parts/toast";
import type { Alias, AliasDetail } from "./types";

/** Picture is that of a group: it is chosen, and taken away, at once. */
export function Picture({ alias }: { alias: Alias }) {
  const texts = t.value;
  const detail = useLoad<AliasDetail>(`/aliases/${at(alias.address)}/details`);
  const [problem, setProblem] = useState<unknown>();
  const [busy, setBusy] = useState(false);
  const input = useRef<HTMLInputElement>(null);
  const hash = detail.data?.picture ?? "";
  const path = `/aliases/${at(alias.address)}/avatar?v=${hash}`;
  const put = async (avatar: string, done: string): Promise<void> => {
    setBusy(true);
    setProblem(undefined);
    try {
      const before = hash === "" ? "" : await base64(await file(path));
      await call("PATCH", `/aliases/${at(alias.address)}`, { avatar });
      detail.again();
      say(done, () => void call("PATCH", `/aliases/${at(alias.address)}`, { avatar: before }).then(() => { detail.again(); say(t.value.undone); }, setProblem));
    } catch (e) {
      setProblem(e);
    } finally {
      setBusy(false);
    }
  };
  const take = async (f: File | undefined): Promise<void> => {
    if (!f) return;
    const image = await small(f);
    if (!image) return setProblem(new Error(texts.pictureWrong));
    await put(await base64(image), texts.pictureSaved);
  };
  return (
    <Card title={texts.picture}>
      <div class="picture" aria-busy={busy}>
        {hash === "" ? <Avatar name={alias.name || alias.address} group size={64} /> : <img class="picture-image" src={`/api/v1${path}`} width={64} height={64} alt={texts.picture} />}
        <div class="picture-acts">
          <button type="button" class="secondary" disabled={busy} onClick={() => input.current?.click()}>{texts.pictureChoose}</button>
          {hash !== "" && <button type="button" class="secondary" disabled={busy} onClick={() => void put("", texts.pictureGone)}>{texts.remove}</button>}
        </div>
        <input ref={input} type="file" accept="image/png,image/jpeg,image/webp,image/gif" hidden aria-label={texts.pictureChoose}
          onChange={(e) => { void take(e.currentTarget.files?.[0]); e.currentTarget.value = ""; }} />
      </div>
      <Trouble e={problem} />
    </Card>
  );
}
