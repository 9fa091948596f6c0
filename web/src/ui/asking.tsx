import type { Asking } from "../engine/api";
import { t } from "../i18n";
import { Avatar } from "./avatar";
import { tell } from "./bridge";
import { me, query } from "./state";

/** Requests are the people who want to be contacts. A name is what a stranger says; the address is who it is. */
export function Requests() {
  const list = me.value.asking;
  if (list.length === 0 || query.value !== "") return null;
  return (
    <section class="requests" aria-labelledby="requests">
      <h2 id="requests">{t.value.requests}</h2>
      <ul>{list.map((a) => <Request key={a.jid} asking={a} />)}</ul>
    </section>
  );
}

function Request({ asking: a }: { asking: Asking }) {
  const texts = t.value;
  const answer = (wanted: boolean): void => tell({ t: "contact", jid: a.jid, wanted });
  return (
    <li class="request">
      <Avatar name={a.name || a.jid} size={36} />
      <span class="row-text"><span class="row-title">{a.name || a.jid}</span><span class="row-last" title={a.jid}>{a.name === "" ? texts.wantsContact : a.jid}</span></span>
      <span class="request-answers">
        <button type="button" class="secondary" aria-label={`${texts.decline}: ${a.jid}`} onClick={() => answer(false)}>{texts.decline}</button>
        <button type="button" class="primary" aria-label={`${texts.accept}: ${a.jid}`} onClick={() => answer(true)}>{texts.accept}</button>
      </span>
    </li>
  );
}
