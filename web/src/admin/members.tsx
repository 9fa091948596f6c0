import { useEffect, useState } from "preact/hooks";
import { Avatar } from "../ui/avatar";
import { at, call } from "./api";
import { fieldsOf, type Draft } from "./draft";
import { all, t } from "./i18n";
import { said, type Reason } from "./i18n/said";
import { Card, Chip } from "./parts/frame";
import { Glyph } from "./parts/glyph";
import { learn, nameOf } from "./parts/picker";
import type { Member, Preview } from "./types";

/** usePreview asks the server what a draft would come to, whenever it has rested. undefined: it is not known yet. */
export function usePreview(address: string, draft: Draft): Preview | undefined {
  const [preview, set] = useState<Preview>();
  const fields = JSON.stringify(fieldsOf(draft));
  useEffect(() => {
    if (address === "") return set(undefined);
    const stop = new AbortController();
    const wait = setTimeout(() => {
      call<Preview>("POST", `/aliases/${at(address)}/preview`, JSON.parse(fields), { signal: stop.signal })
        .then(({ data }) => {
          learn(Object.entries(data.names ?? {}).map(([address, name]) => ({ address, name, group: data.groups?.includes(address) ?? false })));
          set(data);
        }, () => { if (!stop.signal.aborted) set(undefined); }); // saving tells what is wrong
    }, 250);
    return () => {
      clearTimeout(wait);
      stop.abort();
    };
  }, [address, fields]);
  return preview;
}

/** Effective says who would belong to an alias in the end, and why. */
export function Effective({ preview: p }: { preview: Preview }) {
  const texts = t.value;
  return (
    <Card title={texts.membersTitle} hint={<span class="preview" role="status">{summary(p)}</span>}>
      {(p.problems?.length ?? 0) > 0 && <Notes list={p.problems ?? []} reasons={p.reasons} kind="bad" />}
      {(p.warnings?.length ?? 0) > 0 && <Notes list={p.warnings ?? []} kind="" />}
      <ul class="members" aria-label={texts.membersTitle}>{p.members.map((m) => <li key={m.address}><One m={m} /></li>)}</ul>
      {(p.more ?? 0) > 0 && <p class="hint">{texts.andMore(p.more ?? 0)}</p>}
    </Card>
  );
}

/** summary is a preview in a line: "23 people will see this group; 2 get mail only; 1 loop ignored". */
export function summary(p: Preview): string {
  const texts = t.value;
  const { left = 0, disabled = 0 } = p;
  return [
    p.group ? texts.willSee(p.chat) : texts.getMail(p.chat + p.mail), p.group && p.mail > 0 && texts.mailOnly(p.mail), p.group && left > 0 && texts.left(left),
    disabled > 0 && texts.inactive(disabled), p.loops > 0 && texts.loops(p.loops),
  ].filter((s) => s !== false).join("; ");
}

/** Notes are what the server has to say. */
function Notes({ list, kind, reasons = [] }: { list: readonly string[]; kind: string; reasons?: readonly Reason[] | undefined }) {
  return (
    <ul class={`notes ${kind}`}>
      {list.map((w, i) => {
        const s = said(w, reasons[i]);
        return <li key={w} lang={s.lang}><Glyph name="alert" size={16} />{s.text}</li>;
      })}
    </ul>
  );
}

function One({ m }: { m: Member }) {
  const texts = t.value;
  const name = nameOf(m.address);
  const about = [name !== "" && m.address, m.via && m.via.length > 0 && texts.via(all(m.via))].filter(Boolean).join(" · ");
  const kinds = { chat: "", mail: texts.kindMail, left: texts.kindLeft, disabled: texts.kindDisabled, external: texts.kindExternal };
  return (
    <>
      <Avatar name={name || m.address} size={32} />
      <span class="who"><span>{name || m.address}</span>{about !== "" && <span class="hint">{about}</span>}</span>
      {m.lead && <Chip kind="good">{texts.lead}</Chip>}
      {kinds[m.kind] !== "" && <Chip>{kinds[m.kind]}</Chip>}
    </>
  );
}
