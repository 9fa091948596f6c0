import { t } from "../i18n";
import { say } from "./toast";

/** Secret shows a password that is told once, and copies it. */
export function Secret({ text, hint }: { text: string; hint: string }) {
  const copy = async (): Promise<void> => {
    await navigator.clipboard.writeText(text);
    say(t.value.copied);
  };
  return (
    <div class="secret">
      <code>{text}</code>
      {navigator.clipboard !== undefined && <button type="button" class="secondary" onClick={() => void copy()}>{t.value.copy}</button>}
      <p class="hint">{hint}</p>
    </div>
  );
}
