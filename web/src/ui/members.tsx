import type { Occupant, Status } from "../engine/api";
import { t } from "../i18n";
import { Avatar } from "./avatar";
import { Icon } from "./icons";
import { membersShown } from "./conversation";
import { chats, current, me, occupants, open, people } from "./state";
import { VirtualList } from "./virtual";

/** Members are who is in the group, and how they are seen. */
export function Members() {
  const texts = t.value;
  const status = (o: Occupant): Status => (o.jid === me.value.jid ? me.value.status : people.value.get(o.jid)?.status ?? o.status);
  const list = [...occupants.value].sort((a, b) => Number(lead(b)) - Number(lead(a)) || Number(status(a) === "offline") - Number(status(b) === "offline") || a.nick.localeCompare(b.nick, "vi"));
  const moderated = chats.value.get(current.value)?.room?.moderated ?? false;
  return (
    <aside class="members" aria-label={texts.membersTitle}>
      <header><h3>{texts.membersTitle} <span class="hint">{list.length}</span></h3>
        <button type="button" class="iconic" aria-label={texts.close} title={texts.close} onClick={() => { membersShown.value = false; }}><Icon name="close" /></button></header>
      <VirtualList items={list} height={56} label={texts.membersTitle} id={(o) => o.jid || o.nick} row={(o) => (
        <button type="button" class={`row${status(o) === "offline" ? " is-offline" : ""}`} disabled={o.jid === "" || o.jid === me.value.jid} onClick={() => { if (window.innerWidth < 900) membersShown.value = false; open(o.jid); }}>
          <Avatar name={o.nick} status={status(o)} photo={people.value.get(o.jid)?.photo} size={36} />
          <span class="row-text"><span class="row-top"><span class="row-title">{o.nick}</span></span>
            <span class="row-bottom"><span class="row-last">{texts[status(o)]}{lead(o) ? ` · ${texts.lead}` : moderated && o.role === "visitor" ? ` · ${texts.readerOnly}` : ""}</span></span></span>
        </button>
      )} />
    </aside>
  );
}

const lead = (o: Occupant): boolean => o.affiliation === "admin" || o.affiliation === "owner";
