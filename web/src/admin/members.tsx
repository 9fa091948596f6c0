import { Avatar } from "../ui/avatar";
import { counted } from "./draft";
import { all, t } from "./i18n";
import { Card, Chip } from "./parts/frame";
import { Glyph } from "./parts/glyph";
import { nameOf } from "./parts/picker";
import type { Member, Resolution } from "./types";

/** Effective says who belongs to an alias in the end, and why. */
export function Effective({ resolution: r }: { resolution: Resolution; domain: string }) {
  const texts = t.value;
  return (
    <Card title={texts.membersTitle} hint={<Summary resolution={r} group />}>
      <ul class="members" aria-label={texts.membersTitle}>{r.members.slice(0, 200).map((m) => <li key={m.address}><One m={m} /></li>)}</ul>
      {r.members.length > 200 && <p class="hint">… {texts.shown(r.members.length)}</p>}
    </Card>
  );
}

/** Summary is the sum of a resolution in a line: "23 people will see this group; 2 get mail only; 1 loop ignored". */
export function Summary({ resolution, group }: { resolution: Resolution; group: boolean }) {
  const texts = t.value;
  const c = counted(resolution);
  const list = [
    group ? texts.willSee(c.chat) : texts.getMail(c.chat + c.mail),
    group && c.mail > 0 && texts.mailOnly(c.mail), c.external > 0 && texts.outside(c.external), c.left > 0 && texts.left(c.left),
    c.disabled > 0 && texts.inactive(c.disabled), c.loops > 0 && texts.loops(c.loops), c.other > 0 && texts.warnings(c.other),
  ].filter((s) => s !== false);
  return <>{list.join("; ")}</>;
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

/** Warnings lists what was ignored, in the server's words. */
export function Warnings({ resolution }: { resolution: Resolution }) {
  if (!resolution.warnings?.length) return null;
  return <ul class="warnings" lang="en">{resolution.warnings.map((w) => <li key={w}><Glyph name="alert" size={16} />{w}</li>)}</ul>;
}
