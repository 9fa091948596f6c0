import { newID } from "./id";
import { bare } from "./jid";
import { forwarded, type Parsed } from "./message";
import { NS } from "./ns";
import type { Wire } from "./wire";
import { el, type El } from "./xml";

/** Archived is a message with its id in the archive. */
export interface Archived {
  id: string;
  message: Parsed;
}

/** Page is a part of an archive, oldest first. */
export interface Page {
  items: Archived[];
  first: string; // the ids at its ends, "" when it is empty
  last: string;
  complete: boolean; // nothing is behind it in the direction that was asked for
}

/** Query says which part: the newest before an id ("" is the end), or the oldest after one. */
export interface Query {
  with?: string;
  before?: string;
  after?: string;
  words?: string; // that messages have to have (XEP-0431)
  max: number;
}

/** Archives reads message archives (XEP-0313). */
export class Archives {
  private readonly open = new Map<string, { by: string; items: Archived[] }>();

  constructor(private readonly wire: Wire) {}

  /** page reads from the archive of an address: our own account, or a room. */
  async page(archive: string, q: Query): Promise<Page> {
    const id = newID();
    const collecting = { by: archive, items: [] as Archived[] };
    this.open.set(id, collecting);
    const field = (name: string, value: string): El => el("field", NS.form, { var: name }, el("value", NS.form, {}, value));
    try {
      const answer = await this.wire.ask("set", archive, el("query", NS.mam, { queryid: id },
        el("x", NS.form, { type: "submit" }, field("FORM_TYPE", NS.mam), q.with !== undefined && field("with", q.with),
          q.words !== undefined && field(`{${NS.fullText}}fulltext`, q.words)),
        el("set", NS.rsm, {},
          el("max", NS.rsm, {}, String(q.max)),
          q.before !== undefined && el("before", NS.rsm, {}, q.before),
          q.after !== undefined && el("after", NS.rsm, {}, q.after))));
      const fin = answer.child("fin", NS.mam);
      const set = fin?.child("set", NS.rsm);
      return {
        items: collecting.items,
        first: set?.textOf("first") ?? "",
        last: set?.textOf("last") ?? "",
        complete: fin?.attr("complete") === "true",
      };
    } finally {
      this.open.delete(id);
    }
  }

  /** take takes a message if it is a result; one that was not asked for, or of somebody else, is dropped (XEP-0313 § 4.2). */
  take(m: El): boolean {
    const result = m.child("result", NS.mam);
    if (!result) return false;
    const query = this.open.get(result.attr("queryid"));
    const from = m.attr("from") || bare(this.wire.jid);
    const message = forwarded(result);
    if (query && message && from === query.by) query.items.push({ id: result.attr("id"), message });
    return true;
  }
}
