import type { ComponentType } from "preact";
import { useEffect, useState } from "preact/hooks";
import { Problem } from "../api";
import { t } from "../i18n";
import { Waiting } from "../overview";
import { Trouble } from "./problem";

/** Later is a screen whose script is loaded when somebody wants to see it. */
export function Later({ load }: { load(): Promise<ComponentType> }) {
  const [loaded, set] = useState<{ Part: ComponentType }>();
  const [problem, setProblem] = useState<unknown>();
  const [round, again] = useState(0);
  useEffect(() => {
    let gone = false;
    setProblem(undefined);
    load().then((Part) => { if (!gone) set({ Part }); }, () => { if (!gone) setProblem(new Problem(0, "offline", "")); });
    return () => { gone = true; };
  }, [round]);
  if (loaded) return <loaded.Part />;
  if (problem === undefined) return <Waiting />;
  return <><Trouble e={problem} /><button type="button" class="secondary" onClick={() => again((n) => n + 1)}>{t.value.retry}</button></>;
}
