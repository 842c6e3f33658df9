// The policy that a command of an author is about: the one in force, or one that a path names.
import { resolve } from "node:path";
import type { Policy } from "../core/policy/policy.ts";
import type { Problem } from "../core/result.ts";
import type { Effects } from "../effects.ts";
import { EXIT } from "./exit-code.ts";
import { writeErr } from "./output.ts";
import { problemLines } from "./problem-lines.ts";

/** Undefined where it can't be used: every mistake was told, and the command ends with 78. */
export async function loadDraft(
  path: string | undefined,
  fx: Pick<Effects, "policy" | "drafts">,
): Promise<Policy | undefined> {
  const loaded = await (path === undefined ? fx.policy.load() : fx.drafts.load(resolve(path)));
  if (loaded.ok) return loaded.value;
  tellMistakes(loaded.error);
  return undefined;
}

/** Every mistake with its place. @returns 78. */
export function tellMistakes(problems: readonly Problem[]): number {
  for (const line of problems.flatMap((problem) => problemLines(problem))) writeErr(line);
  return EXIT.misconfigured;
}
