import type { ComponentType } from "preact";
import { useEffect, useState } from "preact/hooks";
import { Problem } from "../api";
import { Waiting } from "../overview";
import { Trouble } from "./problem";

/** Later is a screen whose script is loaded when somebody wants to see it. */
export function Later({ load }: { load(): Promise<ComponentType> }) {
  const [loaded, set] = useState<{ Part: ComponentType }>();
  const [problem, setProblem] = useState<unknown>();
  useEffect(() => {
    let gone = false;
    load().then((Part) => { if (!gone) set({ Part }); }, () => { if (!gone) setProblem(new Problem(0, "offline", "")); });
    return () => { gone = true; };
  }, []);
  if (loaded) return <loaded.Part />;
  return problem === undefined ? <Waiting /> : <Trouble e={problem} />;
}
