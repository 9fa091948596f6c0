import { useEffect, useRef, useState } from "preact/hooks";
import type { Photo } from "../engine/api";
import { t } from "../i18n";
import { newID } from "../xmpp/id";
import { Avatar } from "./avatar";
import { tell } from "./bridge";
import { chats, choosing, me } from "./state";

const side = 256; // px
const most = 20_000_000; // bytes of a file that is looked at

/** squared cuts the middle of a picture to a square, as a PNG of the size that clients want (XEP-0084 § 4.1). */
async function squared(file: Blob): Promise<Blob> {
  if (file.size > most) throw new Error("too large");
  const picture = await createImageBitmap(file);
  const from = Math.min(picture.width, picture.height);
  const canvas = document.createElement("canvas");
  canvas.width = canvas.height = Math.max(96, Math.min(side, from));
  const c = canvas.getContext("2d");
  if (!c) throw new Error("no canvas");
  c.imageSmoothingQuality = "high";
  c.drawImage(picture, (picture.width - from) / 2, (picture.height - from) / 2, from, from, 0, 0, canvas.width, canvas.height);
  picture.close();
  return new Promise((resolve, reject) => canvas.toBlob((b) => (b ? resolve(b) : reject(new Error("no picture"))), "image/png"));
}

/** PhotoDialog shows the user's photo, or a group's, and lets them choose another one. */
export function PhotoDialog() {
  const texts = t.value;
  const box = useRef<HTMLDialogElement>(null);
  const picker = useRef<HTMLInputElement>(null);
  const [chosen, setChosen] = useState<Photo | undefined>(undefined);
  const [problem, setProblem] = useState("");
  useEffect(() => { box.current?.showModal(); }, []);
  const jid = choosing.value ?? "";
  const room = jid === "" ? undefined : chats.value.get(jid);
  const now = room ? room.photo : me.value.photo;
  const close = (): void => { choosing.value = undefined; };
  const take = (file: File | undefined): void => {
    setProblem("");
    if (file) squared(file).then((blob) => setChosen({ hash: newID(), blob }), () => setProblem(texts.photoUnreadable));
  };
  const save = (png: Blob | undefined): void => {
    tell({ t: "photo", jid, png });
    close();
  };
  return (
    <dialog ref={box} class="photo-dialog" aria-labelledby="photo-title" onClose={close} onClick={(e) => { if (e.target === box.current) close(); }}>
      <h2 id="photo-title">{room ? texts.groupPhoto : texts.photo}</h2>
      <Avatar name={room?.name ?? me.value.name} group={!!room} photo={chosen ?? now} size={128} />
      <p class="hint">{room ? texts.groupPhotoHint : texts.photoHint}</p>
      <p class="complaint" role="alert">{problem}</p>
      <input ref={picker} type="file" accept="image/*" hidden tabIndex={-1} aria-label={texts.photoChoose} onChange={(e) => { take(e.currentTarget.files?.[0]); e.currentTarget.value = ""; }} />
      <button type="button" class="secondary" onClick={() => picker.current?.click()}>{texts.photoChoose}</button>
      <div class="dialog-buttons">
        {now && !chosen && <button type="button" class="secondary danger" onClick={() => save(undefined)}>{texts.photoRemove}</button>}
        <button type="button" class="secondary" onClick={close}>{texts.cancel}</button>
        {chosen && <button type="button" class="primary" onClick={() => save(chosen.blob)}>{texts.save}</button>}
      </div>
    </dialog>
  );
}
