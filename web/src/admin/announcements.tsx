import { useEffect, useState } from "preact/hooks";
import { at, call, Problem, type Answer } from "./api";
import { number, t } from "./i18n";
import { asConflict, ask } from "./parts/dialog";
import { Check, Text } from "./parts/field";
import { Card, Empty, Screen } from "./parts/frame";
import { useLoad } from "./parts/load";
import { saying, telling, Trouble } from "./parts/problem";
import { say } from "./parts/toast";
import { Waiting } from "./overview";
import { kept } from "./route";
import { domain, domains } from "./session";
import type { HostStatus, Message } from "./types";

/** Announcements is what the administrators of a domain have to say to its people. */
export function Announcements() {
  const texts = t.value;
  const one = domain.value || (domains.value.length === 1 ? domains.value[0] ?? "" : "");
  return (
    <Screen title={texts.announcements} {...(one === "" ? {} : { hint: one })} back={[]} narrow>
      {one === "" ? <Empty icon="horn" title={texts.chooseDomain} hint={texts.announceChoose} /> : (
        <div class="form">
          <Now domain={one} />
          <Standing domain={one} what="motd" title={texts.motd} hint={texts.motdHint} />
          <Standing domain={one} what="welcome" title={texts.welcome} hint={texts.welcomeHint} />
        </div>
      )}
    </Screen>
  );
}

/** Now tells everybody who is signed in. */
function Now({ domain }: { domain: string }) {
  const texts = t.value;
  const [text, set] = useState("");
  const [tried, setTried] = useState(false);
  const [problem, setProblem] = useState<unknown>();
  const submit = async (e: Event): Promise<void> => {
    e.preventDefault();
    setTried(true);
    const said = text.trim().normalize("NFC");
    if (said === "") return;
    try {
      const { data } = await call<HostStatus>("GET", `/domains/${at(domain)}`);
      setProblem(undefined);
      ask({
        title: texts.announceTitle(number(data.online)), body: <p class="said-text">{said}</p>, yes: texts.announceSend, run: async () => {
          const done = await call<{ accounts: number }>("POST", `/domains/${at(domain)}/announcements`, { text: said });
          set("");
          setTried(false);
          say(texts.announced(number(done.data.accounts)));
        },
      });
    } catch (e) {
      setProblem(e);
    }
  };
  return (
    <form onSubmit={(e) => void submit(e)} noValidate>
      <Card title={texts.announceNow} hint={texts.announceHint}>
        <Text id="announce" label={texts.announceText} rows={3} value={text} set={set} error={tried && text.trim() === "" ? texts.announceMissing : undefined} />
        <Trouble e={problem} />
        <div class="card-end"><button type="submit" class="primary">{texts.announceSend}</button></div>
      </Card>
    </form>
  );
}

/** Standing is a message that is told to those who come. */
function Standing({ domain, what, title, hint }: { domain: string; what: "motd" | "welcome"; title: string; hint: string }) {
  const path = `/domains/${at(domain)}/${what}`;
  const now = useLoad<Message>(path);
  return (
    <Card title={title} hint={hint}>
      <Trouble e={now.problem} />
      {!now.data && now.problem === undefined && <Waiting />}
      {now.data && <Edit key={now.tag} path={path} title={title} before={now.data.text} tag={now.tag} again={now.again} correctable={what === "motd"} />}
    </Card>
  );
}

interface EditProps {
  path: string;
  title: string;
  before: string;
  tag: string;
  again(): void;
  correctable: boolean; // who was told need not be told again
}

function Edit({ path, title, before, tag, again, correctable }: EditProps) {
  const texts = t.value;
  const [text, set] = useState(before);
  const [correct, setCorrect] = useState(false);
  const [problem, setProblem] = useState<unknown>();
  const changed = text.trim() !== before;
  useEffect(() => {
    if (!changed) return;
    kept.value = (leave) => ask({ title: t.value.leaveTitle, body: t.value.leaveText, yes: t.value.leave, no: t.value.stay, danger: true, run: leave });
    return () => { kept.value = undefined; };
  }, [changed]);
  const put = async (said: string, tag: string): Promise<void> => {
    const answer = await write(path, said, tag, correctable && correct && before !== "");
    kept.value = undefined;
    again();
    say(said === "" ? texts.removed : texts.saved, () => void write(path, before, answer.tag, true).then(() => { again(); say(t.value.undone); }, (e: unknown) => say(telling(e))));
  };
  const save = async (said: string): Promise<void> => {
    setProblem(undefined);
    try {
      await put(said, tag);
    } catch (e) {
      if (!(e instanceof Problem) || e.kind !== "changed") return setProblem(e);
      try {
        const theirs = await call<Message>("GET", path);
        asConflict(texts.policyIs(title, theirs.data.text || texts.none), () => put(said, theirs.tag));
      } catch (e) {
        say(saying(e));
      }
    }
  };
  return (
    <form onSubmit={(e) => { e.preventDefault(); void save(text.trim().normalize("NFC")); }} noValidate>
      <Text label={texts.announceText} rows={3} value={text} set={set} />
      {correctable && before !== "" && <Check label={texts.motdCorrect} hint={texts.motdCorrectHint} value={correct} set={setCorrect} />}
      <Trouble e={problem} />
      <div class="card-end">
        <button type="submit" class="primary" disabled={!changed}>{texts.save}</button>
        {before !== "" && <button type="button" class="secondary" onClick={() => void save("")}>{texts.remove}</button>}
      </div>
    </form>
  );
}

/** write sets a message, or removes it with no text; the answer has the version that it is now. */
async function write(path: string, text: string, tag: string, correct: boolean): Promise<Answer<Message>> {
  return text === "" ? call<Message>("DELETE", path, undefined, { tag }) : call<Message>("PUT", path, { text, ...(correct ? { correct } : {}) }, { tag });
}
