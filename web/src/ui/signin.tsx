import { signal } from "@preact/signals";
import { useEffect, useRef, useState } from "preact/hooks";
import { language, otherLanguage, t } from "../i18n";
import { tell } from "./bridge";
import { Icon } from "./icons";
import { me } from "./state";

/** hosts are the mail domains of the server. */
export const hosts = signal<readonly string[]>([]);

/** signingIn: somebody has handed in a password, and waits. */
export const signingIn = signal(false);

/** complaint says why signing in, or staying signed in, did not work. */
function complaint(problem: string): string {
  const texts = t.value;
  switch (problem) {
    case "": return "";
    case "account-disabled": return texts.disabled;
    case "credentials-expired": return texts.expired;
    case "token-needed": return "";
    case "policy-violation": case "conflict": return texts.kicked;
    case "host-unknown": return texts.unknownHost;
    case "not-authorized": return signingIn.value || tried ? texts.wrongPassword : texts.kicked;
    default: return texts.noServer;
  }
}

let tried = false;

/** SignIn asks for address and password. */
export function SignIn() {
  const [address, setAddress] = useState("");
  const [password, setPassword] = useState("");
  const [keep, setKeep] = useState(true);
  const [shown, setShown] = useState(false);
  const [missing, setMissing] = useState("");
  const first = useRef<HTMLInputElement>(null);
  const second = useRef<HTMLInputElement>(null);
  useEffect(() => first.current?.focus(), []);
  const busy = signingIn.value;
  const { phase, problem } = me.value;
  const texts = t.value;
  const error = missing || (busy ? (phase === "waiting" ? texts.noServer : "") : window.isSecureContext ? complaint(problem) : texts.insecure);
  const submit = (e: Event): void => {
    e.preventDefault();
    const jid = complete(address);
    const lacks = jid === "" ? texts.addressNeeded : password === "" ? texts.passwordNeeded : "";
    setMissing(lacks);
    if (lacks !== "") return (jid === "" ? first : second).current?.focus();
    tried = true;
    signingIn.value = true;
    tell({ t: "signIn", jid, password, keep });
  };
  return (
    <main class="signin">
      <form onSubmit={submit} noValidate aria-busy={busy}>
        <img src="/favicon.svg" alt="" width="56" height="56" />
        <h1>{texts.signInTo}</h1>
        <p class="hint">{texts.signInHint}</p>
        <label for="address">{texts.address}</label>
        <input id="address" ref={first} type="text" inputMode="email" name="username" autocomplete="username" autocapitalize="none" spellcheck={false}
          placeholder={`lan@${hosts.value[0] ?? "example.com"}`} value={address} aria-describedby="complaint"
          onInput={(e) => setAddress(e.currentTarget.value)} />
        <label for="password">{texts.password}</label>
        <span class="with-button">
          <input id="password" ref={second} {...(shown ? { type: "text" as const } : { type: "password" as const })} name="password" autocomplete="current-password" value={password}
            aria-describedby="complaint" onInput={(e) => setPassword(e.currentTarget.value)} />
          <button type="button" class="iconic" aria-pressed={shown} aria-label={shown ? texts.hidePassword : texts.showPassword}
            title={shown ? texts.hidePassword : texts.showPassword} onClick={() => setShown(!shown)}><Icon name="eye" /></button>
        </span>
        <label class="check"><input type="checkbox" checked={keep} onChange={(e) => setKeep(e.currentTarget.checked)} />{texts.keepSignedIn}</label>
        <p id="complaint" class="complaint" role="alert">{error}</p>
        <button type="submit" class="primary" disabled={busy}>{busy ? texts.signingIn : texts.signIn}</button>
        {busy && phase === "waiting" && <button type="button" class="quiet" onClick={giveUp}>{texts.cancel}</button>}
      </form>
      <button type="button" class="quiet" lang={language.value === "vi" ? "en" : "vi"} onClick={otherLanguage}>{texts.language}</button>
    </main>
  );
}

function giveUp(): void {
  signingIn.value = false;
  tell({ t: "signOut" });
}

/** complete adds the domain to an address without one, where there is only one. "" is no address. */
function complete(typed: string): string {
  const a = typed.trim().normalize("NFC").toLowerCase();
  const full = a.includes("@") || a === "" || hosts.value.length !== 1 ? a : `${a}@${hosts.value[0] ?? ""}`;
  return /^[^@/\s]+@[^@/\s]+$/.test(full) ? full : "";
}
