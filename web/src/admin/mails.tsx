import { useState } from "preact/hooks";
import { at, call } from "./api";
import { t } from "./i18n";
import { Select } from "./parts/field";
import { Card } from "./parts/frame";
import { Trouble } from "./parts/problem";
import { say } from "./parts/toast";
import type { AccountDetail } from "./types";

const rhythms = ["default", "off", "15m", "1h", "daily"] as const;

/** Mails is how often an account is told by mail what it has missed in groups: what is chosen counts at once, and can be undone. */
export function Mails({ detail, locked, again }: { detail: AccountDetail | undefined; locked: boolean; again(): void }) {
  const texts = t.value;
  const [problem, setProblem] = useState<unknown>();
  if (!detail) return null;
  const put = async (digest: string): Promise<void> => {
    await call("PATCH", `/accounts/${at(detail.address)}`, { digest });
    setProblem(undefined);
    again();
  };
  const choose = (digest: string): void => {
    put(digest).then(() => say(texts.saved, () => void put(detail.digest).then(() => say(t.value.undone), setProblem)), setProblem);
  };
  return (
    <Card title={texts.mails} hint={texts.mailsHint}>
      <Select label={texts.mailsAfter} value={detail.digest} set={choose} disabled={locked} options={rhythms.map((r) => [r, texts.mailsRhythm[r]] as const)} />
      <Trouble e={problem} />
    </Card>
  );
}
