import { effect, signal } from "@preact/signals";
import { t } from "../i18n";
import { confirmed } from "./confirm";
import { choosing, me } from "./state";

/** Later is a part of the page of which the code comes when it is wanted. */
export class Later<T> {
  readonly code = signal<T | undefined>(undefined);
  /** failed: it did not come. */
  readonly failed = signal(false);
  private coming = false;
  private tried = false; // once more

  constructor(private readonly load: () => Promise<T>) {}

  /** want brings the code. */
  want(): void {
    if (this.coming || this.code.value) return;
    this.coming = true;
    this.failed.value = false;
    this.load().then((code) => { this.code.value = code; }, () => { this.failed.value = true; }).finally(() => { this.coming = false; });
  }

  /** again tries once more. A page that is older than the server does not find it there any more, and has to be a new one. */
  again(): void {
    if (this.tried && me.value.phase === "online") location.reload();
    this.tried = true;
    this.want();
  }
}

/** talk is where conversations are shown. */
export const talk = new Later(() => import("./conversation"));

/** portrait is where a photo is chosen. */
export const portrait = new Later(() => import("./photo"));

/** portraying brings the code when a photo is to be chosen, until it is stopped. Where it does not come, the user may try once more. */
export function portraying(): () => void {
  const wanted = effect(() => { if (choosing.value !== undefined) portrait.want(); });
  const failed = effect(() => {
    const jid = choosing.peek();
    if (!portrait.failed.value || jid === undefined) return;
    choosing.value = undefined;
    confirmed(t.peek().notLoaded, t.peek().retry, () => {
      portrait.again();
      choosing.value = jid;
    });
  });
  return () => {
    wanted();
    failed();
  };
}
