import type { ComponentChildren } from "preact";
import { useEffect, useRef, useState } from "preact/hooks";
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
  const image = hash !== "" && <img class="picture-image" src={`/api/v1${path}`} width={64} height={64} alt={texts.picture} />;
  return <Choose name={alias.name || alias.address} image={image} busy={busy} problem={problem} wrong={setProblem}
    take={async (b) => put(await base64(b), texts.pictureSaved)} remove={() => put("", texts.pictureGone)} />;
}

/** NewPicture is that of a group that is not made yet: it is kept with the rest of the form. */
export function NewPicture({ name, picture, set }: { name: string; picture: Blob | undefined; set(picture: Blob | undefined): void }) {
  const [problem, setProblem] = useState<unknown>();
  return <Choose name={name} image={picture && <Drawn picture={picture} />} problem={problem} wrong={setProblem}
    take={(b) => { setProblem(undefined); set(b); }} remove={() => set(undefined)} />;
}

/** Drawn shows a picture that no address has: the page loads images of its own server only. */
function Drawn({ picture }: { picture: Blob }) {
  const canvas = useRef<HTMLCanvasElement>(null);
  useEffect(() => {
    void createImageBitmap(picture).then((image) => {
      canvas.current?.getContext("2d")?.drawImage(image, 0, 0, 128, 128);
      image.close();
    });
  }, [picture]);
  return <canvas ref={canvas} class="picture-image" width={128} height={128} role="img" aria-label={t.value.picture} />;
}

interface Props {
  name: string;
  image: ComponentChildren; // false: there is none
  busy?: boolean;
  problem: unknown;
  wrong(e: unknown): void;
  take(image: Blob): void | Promise<void>;
  remove(): void | Promise<void>;
}

function Choose({ name, image, busy = false, problem, wrong, take, remove }: Props) {
  const texts = t.value;
  const input = useRef<HTMLInputElement>(null);
  const read = async (f: File | undefined): Promise<void> => {
    if (!f) return;
    const made = await small(f);
    if (!made) return wrong(new Error(texts.pictureWrong));
    await take(made);
  };
  return (
    <Card title={texts.picture}>
      <div class="picture" aria-busy={busy}>
        {image || <Avatar name={name} group size={64} />}
        <div class="picture-acts">
          <button type="button" class="secondary" disabled={busy} onClick={() => input.current?.click()}>{texts.pictureChoose}</button>
          {image && <button type="button" class="secondary" disabled={busy} onClick={() => void remove()}>{texts.remove}</button>}
        </div>
        <input ref={input} type="file" accept="image/png,image/jpeg,image/webp,image/gif" hidden aria-label={texts.pictureChoose}
          onChange={(e) => { void read(e.currentTarget.files?.[0]); e.currentTarget.value = ""; }} />
      </div>
      <Trouble e={problem} />
    </Card>
  );
}
