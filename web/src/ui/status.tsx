import type { Status } from "../engine/api";
import { language, otherLanguage, t } from "../i18n";
import { mayAsk } from "./alerts";
import { look } from "./attention";
import { Avatar } from "./avatar";
import { tell } from "./bridge";
import { confirmed } from "./confirm";
import { Dot } from "./icons";
import { Menu, type Item } from "./menu";
import { sounds, toggleSounds } from "./sound";
import { choosing, me } from "./state";
import { theme, themes, type Theme } from "./theme";

const statuses: readonly Status[] = ["available", "away", "dnd", "offline"];

/** signOut asks first where something that was written would be lost. */
function signOut(): void {
  const leave = (): void => tell({ t: "signOut" });
  const { waiting } = me.value;
  if (waiting > 0) confirmed(t.value.signOutAsk(waiting), t.value.signOut, leave);
  else leave();
}

/** MyMenu shows who is signed in, and lets them choose how they are seen. */
export function MyMenu() {
  const m = me.value;
  const texts = t.value;
  const seen = m.phase === "online" ? m.status : "offline";
  const names: Record<Theme, string> = { auto: texts.themeAuto, light: texts.themeLight, dark: texts.themeDark };
  const items = (): Item[] => [
    ...statuses.map((s): Item => ({
      label: s === "offline" ? texts.appearOffline : texts[s], mark: <Dot status={s} />, checked: m.status === s, run: () => tell({ t: "status", status: s }),
    })),
    { label: texts.photo, icon: "person", rule: true, run: () => { choosing.value = ""; } },
    { label: texts.sounds, icon: sounds.value ? "sound" : "silent", checked: sounds.value, box: true, run: toggleSounds },
    ...(mayAsk() ? [{ label: texts.notifications, icon: "bell" as const, run: () => void Notification.requestPermission().then(look) }] : []),
    ...themes.map((name, i): Item => ({
      label: names[name], ...(i === 0 ? { icon: "moon" as const, rule: true } : {}), checked: theme.value === name, run: () => { theme.value = name; },
    })),
    { label: texts.language, icon: "globe", rule: true, run: otherLanguage },
    { label: texts.signOut, icon: "out", run: signOut },
  ];
  return (
    <Menu label={texts.myStatus} named buttonClass="me" items={items} key={language.value} button={<>
      <Avatar name={m.name} status={seen} photo={m.photo} size={40} />
      <span class="who"><strong>{m.name}</strong><span class="hint">{m.phase === "online" || m.phase === "ended" ? texts[seen] : texts.connecting}</span></span>
      <span class="chevron" aria-hidden="true" />
    </>} />
  );
}
