import { mkdirSync } from "node:fs";
import { join } from "node:path";
import type { Person } from "./stage";

/** picture keeps what somebody sees in the folder that STORY_PICTURES names, for people to look at. */
export async function picture(p: Person, name: string): Promise<void> {
  const folder = process.env["STORY_PICTURES"];
  if (!folder) return;
  mkdirSync(folder, { recursive: true });
  await p.page.screenshot({ path: join(folder, `${name.replace(/[^a-z0-9-]+/gi, "-")}.png`) });
}
