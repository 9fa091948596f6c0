import { Check, Select, Text } from "./parts/field";
import { roleName } from "./accounts";
import { t } from "./i18n";
import { serverAdmin } from "./session";
import type { Account, Role } from "./types";

/** Person is an account as the form has it. */
export interface Person {
  name: string;
  department: string;
  lang: string;
  role: Role;
  chat: boolean;
}

/** personOf is the draft of what there is. */
export function personOf(a: Account | undefined): Person {
  return { name: a?.name ?? "", department: a?.department ?? "", lang: a?.lang ?? "", role: a?.role ?? "", chat: !a?.chat_off };
}

/** fieldsOf is what is sent. A role that the user may not give is not. */
export function fieldsOf(p: Person): Record<string, unknown> {
  return { name: p.name.trim().normalize("NFC"), department: p.department.trim().normalize("NFC"), lang: p.lang, role: p.role, chat_off: !p.chat };
}

/** PersonFields is what is decided about a person. */
export function PersonFields({ person, change, locked = false }: { person: Person; change(c: Partial<Person>): void; locked?: boolean }) {
  const texts = t.value;
  const langs: (readonly [string, string])[] = [["", texts.langDevice], ["vi", "Tiếng Việt"], ["en", "English"]];
  if (!langs.some(([l]) => l === person.lang)) langs.push([person.lang, person.lang]);
  const roles: Role[] = serverAdmin.value || person.role === "server" ? ["", "domain", "server"] : ["", "domain"];
  return (
    <>
      <Text id="name" label={texts.name} value={person.name} set={(name) => change({ name })} disabled={locked} />
      <Text id="department" label={texts.department} hint={texts.departmentHint} value={person.department} set={(department) => change({ department })} disabled={locked} />
      <Select label={texts.lang} value={person.lang} set={(lang) => change({ lang })} options={langs} disabled={locked} />
      <Select label={texts.role} value={person.role} set={(role) => change({ role })} options={roles.map((r) => [r, roleName(r)] as const)} disabled={locked} />
      <Check label={texts.chatOn} hint={texts.chatOnHint} value={person.chat} set={(chat) => change({ chat })} disabled={locked} />
    </>
  );
}
