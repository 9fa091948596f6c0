import { useEffect, useRef, useState } from "preact/hooks";
import { Problem } from "./api";
import { language, otherLanguage, t } from "./i18n";
import { Glyph } from "./parts/glyph";
import { saying } from "./parts/problem";
import { ended, signIn } from "./session";

/** SignIn asks an administrator for address and password. */
export function SignIn() {
  const texts = t.value;
  const [address, setAddress] = useState("");
  const [password, setPassword] = useState("");
  const [shown, setShown] = useState(false);
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState<unknown>();
  const first = useRef<HTMLInputElement>(null);
  const second = useRef<HTMLInputElement>(null);
  useEffect(() => first.current?.focus(), []);
  useEffect(() => { document.title = texts.title; }, [texts]);
  const complaint = problem !== undefined ? wrong(problem) : ended.value && !busy ? texts.ended : window.isSecureContext ? "" : texts.problemEncryption;
  const submit = async (e: Event): Promise<void> => {
    e.preventDefault();
    if (address.trim() === "") return first.current?.focus();
    if (password === "") return second.current?.focus();
    setBusy(true);
    setProblem(undefined);
    try {
      await signIn(address.trim().normalize("NFC").toLowerCase(), password);
    } catch (problem) {
      setProblem(problem);
      setBusy(false);
      second.current?.focus();
      second.current?.select();
    }
  };
  return (
    <main class="signin">
      <form onSubmit={(e) => void submit(e)} noValidate aria-busy={busy}>
        <img src="/favicon.svg" alt="" width="56" height="56" />
        <h1>{texts.title}</h1>
        <p class="hint">{texts.signInHint}</p>
        <label for="address">{texts.address}</label>
        <input id="address" ref={first} type="text" inputMode="email" name="username" autocomplete="username" autocapitalize="none" spellcheck={false}
          value={address} aria-describedby="complaint" onInput={(e) => setAddress(e.currentTarget.value)} />
        <label for="password">{texts.password}</label>
        <span class="with-button">
          <input id="password" ref={second} {...(shown ? { type: "text" as const } : { type: "password" as const })} name="password" autocomplete="current-password"
            value={password} aria-describedby="complaint" onInput={(e) => setPassword(e.currentTarget.value)} />
          <button type="button" class="iconic" aria-pressed={shown} aria-label={shown ? texts.hidePassword : texts.showPassword}
            title={shown ? texts.hidePassword : texts.showPassword} onClick={() => setShown(!shown)}><Glyph name="eye" /></button>
        </span>
        <p id="complaint" class="complaint" role="alert">{complaint}</p>
        <button type="submit" class="primary" disabled={busy}>{busy ? texts.signingIn : texts.signIn}</button>
      </form>
      <button type="button" class="quiet" lang={language.value === "vi" ? "en" : "vi"} onClick={otherLanguage}>{texts.language}</button>
    </main>
  );
}

function wrong(e: unknown): string {
  const kind = e instanceof Problem ? e.kind : "";
  if (kind === "unauthorized") return t.value.problemWrong;
  return kind === "forbidden" ? t.value.problemNobody : saying(e);
}
