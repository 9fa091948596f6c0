import { useEffect } from "preact/hooks";
import { Avatar } from "../ui/avatar";
import { Menu, type Item } from "../ui/menu";
import { theme, themes, type Theme } from "../ui/theme";
import { AccountScreen } from "./account";
import { Accounts } from "./accounts";
import { AliasScreen } from "./alias";
import { Aliases } from "./aliases";
import { Announcements } from "./announcements";
import { Audit } from "./audit";
import { language, otherLanguage, t } from "./i18n";
import { Invites } from "./invites";
import { Keys } from "./keys";
import { NewInvite } from "./newinvite";
import { NewAccount } from "./newaccount";
import { Dialog } from "./parts/dialog";
import { Select } from "./parts/field";
import { Missing } from "./parts/frame";
import { Glyph, type GlyphName } from "./parts/glyph";
import { Later } from "./parts/later";
import { Toasts } from "./parts/toast";
import { Policies } from "./policies";
import { Reports, ReportScreen } from "./reports";
import { link, route } from "./route";
import { domain, domains, me, phase, serverAdmin, signOut } from "./session";
import { Sessions } from "./sessions";
import { SignIn } from "./signin";
import { Overview } from "./overview";

/** App is the whole page. */
export function App() {
  const texts = t.value;
  useEffect(() => { document.documentElement.lang = language.value; }, [language.value]);
  if (phase.value === "asking") return <main class="signin" aria-busy="true"><span class="spinner" role="status" aria-label={texts.loading} /></main>;
  if (phase.value === "out") return <SignIn />;
  const open = route.value.length > 0;
  return (
    <div class={`shell admin${open ? " is-open" : ""}`}>
      <a class="skip" href="#content" onClick={(e) => { e.preventDefault(); document.querySelector<HTMLElement>(".stage h1")?.focus(); }}>{texts.skip}</a>
      <div class="columns">
        <Sidebar />
        <main class="stage" id="content" key={domain.value}><Stage /></main>
      </div>
      <Toasts />
      <Dialog />
    </div>
  );
}

/** Stage is the screen that the address names. */
function Stage() {
  const [what = "overview", which] = route.value;
  const key = route.value.join("/");
  switch (what) {
    case "overview": return <Overview />;
    case "accounts":
      if (which === undefined) return <Accounts />;
      if (which === "import") return <Later key={which} load={async () => (await import("./import")).Import} />;
      if (which === "move") return <Later key={which} load={async () => (await import("./moving")).MoveIn} />;
      if (which === "export") return <Later key={which} load={async () => (await import("./moving")).MoveOut} />;
      return which === "new" ? <NewAccount /> : <AccountScreen key={which} address={which} />;
    case "sessions": return <Sessions />;
    case "audit": return <Audit />;
    case "invites": return which === "new" ? <NewInvite /> : which === undefined ? <Invites /> : <Missing />;
    case "policies": return <Policies />;
    case "announcements": return <Announcements />;
    case "keys": return <Keys />;
    case "reports": return which === undefined ? <Reports /> : <ReportScreen key={which} id={which} />;
    case "aliases":
      if (which === undefined || which === "deleted") return <Aliases key={key} deleted={which === "deleted"} />;
      return <AliasScreen key={which} address={which === "new" ? "" : which} />;
    default: return <Missing />;
  }
}

function Sidebar() {
  const texts = t.value;
  const one = domain.value;
  return (
    <nav class="sidebar" aria-label={texts.title}>
      <header><MyMenu /></header>
      {serverAdmin.value && domains.value.length > 1
        ? <div class="domain-choice"><Select label={texts.domain} aside value={one} set={(d) => { domain.value = d; }}
          options={[["", texts.allDomains] as const, ...domains.value.map((d) => [d, d] as const)]} /></div>
        : <p class="domain-name">{one}</p>}
      <ul class="places">
        <Place to="overview" icon="gauge" text={texts.overview} />
        <li class="places-head" aria-hidden="true">{texts.settings}</li>
        <Place to="accounts" icon="person" text={texts.accounts} />
        <Place to="aliases" icon="people" text={texts.aliases} />
        <Place to="invites" icon="mail" text={texts.invites} />
        <Place to="announcements" icon="horn" text={texts.announcements} />
        <Place to="policies" icon="sliders" text={texts.policies} />
        <Place to="keys" icon="key" text={texts.keys} />
        <li class="places-head" aria-hidden="true">{texts.watching}</li>
        <Place to="sessions" icon="device" text={texts.sessions} />
        <Place to="reports" icon="flag" text={texts.reports} />
        <Place to="audit" icon="book" text={texts.audit} />
      </ul>
    </nav>
  );
}

function Place({ to, icon, text }: { to: string; icon: GlyphName; text: string }) {
  const here = (route.value[0] ?? "overview") === to;
  return <li><a class="place" href={link(to)} aria-current={here ? "page" : undefined}><Glyph name={icon} /><span>{text}</span></a></li>;
}

function MyMenu() {
  const texts = t.value;
  const m = me.value;
  if (!m) return null;
  const name = m.name || m.address;
  const shades: Record<Theme, string> = { auto: texts.themeAuto, light: texts.themeLight, dark: texts.themeDark };
  const items = (): Item[] => [
    ...themes.map((x, i): Item => ({ label: shades[x], ...(i === 0 ? { icon: "moon" as const } : {}), checked: theme.value === x, run: () => { theme.value = x; } })),
    { label: texts.language, icon: "globe", rule: true, run: otherLanguage },
    { label: texts.toChat, icon: "chat", run: () => location.assign("/") },
    { label: texts.signOut, icon: "out", rule: true, run: () => void signOut() },
  ];
  return (
    <Menu label={texts.myMenu} named buttonClass="me" items={items} key={language.value} button={<>
      <Avatar name={name} size={40} />
      <span class="who"><strong>{name}</strong><span class="hint">{m.role === "server" ? texts.roleServer : texts.roleDomain}</span></span>
      <span class="chevron" aria-hidden="true" />
    </>} />
  );
}
