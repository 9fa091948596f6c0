import { useState } from "preact/hooks";
import { isLocal } from "./addresses";
import { AddressField } from "./aliasform";
import { call } from "./api";
import { day, t } from "./i18n";
import { Choice, Select, Text } from "./parts/field";
import { Card, Screen } from "./parts/frame";
import { Picker } from "./parts/picker";
import { Trouble } from "./parts/problem";
import { QR } from "./parts/qr";
import { Secret } from "./parts/secret";
import { link } from "./route";
import { domain, domains } from "./session";
import type { Invite } from "./types";

interface Created extends Invite {
  uri: string;
  page?: string;
}

type Whom = "named" | "one" | "many";

/** whole reads a number that may be left out; undefined: it is none that can be. */
export function whole(text: string, most: number): number | undefined {
  const s = text.trim();
  if (s === "") return 0;
  const n = Number(s);
  return /^\d+$/.test(s) && n >= 1 && n <= most ? n : undefined;
}

/** NewInvite makes an invitation, and shows its link once. */
export function NewInvite() {
  const texts = t.value;
  const [whom, setWhom] = useState<Whom>("named");
  const [local, setLocal] = useState("");
  const [host, setHost] = useState(domain.value || (domains.value[0] ?? ""));
  const [groups, setGroups] = useState<readonly string[]>([]);
  const [note, setNote] = useState("");
  const [days, setDays] = useState("");
  const [uses, setUses] = useState("20");
  const [tried, setTried] = useState(false);
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState<unknown>();
  const [made, setMade] = useState<Created>();
  const wrong = whom !== "named" || isLocal(local.trim()) ? undefined : local.trim() === "" ? "missing" : "invalid";
  const forDays = whole(days, 365);
  const times = whole(uses, 10_000);
  const submit = async (e: Event): Promise<void> => {
    e.preventDefault();
    setTried(true);
    if (wrong || forDays === undefined || (whom === "many" && !times)) return;
    setBusy(true);
    setProblem(undefined);
    try {
      const { data } = await call<Created>("POST", "/invites", {
        ...(whom === "named" ? { account: `${local.trim().normalize("NFC").toLowerCase()}@${host}` } : { domain: host }), groups: [...groups], note: note.trim().normalize("NFC"),
        ...(forDays > 0 ? { days: forDays } : {}), ...(whom === "many" ? { uses: times } : {}),
      });
      setMade(data);
    } catch (e) {
      setProblem(e);
    } finally {
      setBusy(false);
    }
  };
  const whoms: readonly (readonly [Whom, string])[] = [["named", texts.inviteNamed], ["one", texts.inviteOne], ["many", texts.inviteMany]];
  if (made) return <Made made={made} again={() => { setMade(undefined); setLocal(""); setNote(""); setTried(false); }} />;
  return (
    <Screen title={texts.newInvite} back={["invites"]}>
      <form class="form" onSubmit={(e) => void submit(e)} noValidate aria-busy={busy}>
        <p class="note">{texts.inviteHint}</p>
        <Card>
          <Choice label={texts.inviteWhom} value={whom} set={(w) => setWhom(w)} options={whoms} />
          {whom === "named"
            ? <AddressField local={local} setLocal={setLocal} host={host} setHost={setHost} error={tried ? wrong : undefined} />
            : domains.value.length > 1 && <Select label={texts.domain} value={host} set={setHost} options={domains.value.map((d) => [d, d] as const)} />}
          {whom === "many" && <Text label={texts.inviteUses} type="number" min={1} max={10_000} value={uses} set={setUses} error={tried && !times ? texts.inviteUsesWrong : undefined} />}
          <Picker label={texts.inviteGroups} add={texts.inviteAddGroup} hint={texts.inviteGroupsHint} domain={host} aliases value={groups} set={setGroups} />
          <Text label={texts.inviteNote} hint={texts.inviteNoteHint} value={note} set={setNote} />
          <Text label={texts.inviteDays} hint={texts.inviteDaysHint} type="number" min={1} max={365} value={days} set={setDays}
            error={tried && forDays === undefined ? texts.inviteDaysWrong : undefined} />
        </Card>
        <Trouble e={problem} />
        <div class="form-end"><button type="submit" class="primary" disabled={busy}>{busy ? texts.saving : texts.create}</button></div>
      </form>
    </Screen>
  );
}

function Made({ made, again }: { made: Created; again(): void }) {
  const texts = t.value;
  const text = made.page ?? made.uri;
  return (
    <Screen title={texts.inviteMade} {...(made.account ? { hint: made.account } : {})} back={["invites"]}>
      <Card title={texts.inviteLink} hint={texts.inviteUntil(day(made.expires))}>
        <Secret text={text} hint={texts.inviteOnce} />
        <QR text={text} label={texts.inviteQR} />
        <div class="card-end">
          <a class="primary" href={link("invites")}>{texts.inviteDone}</a>
          <button type="button" class="secondary" onClick={again}>{texts.another}</button>
        </div>
      </Card>
    </Screen>
  );
}
