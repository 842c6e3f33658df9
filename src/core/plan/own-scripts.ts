// Scripts of the requester's own: `--script ./mine.nse`. What was in the file is part of the plan, so that it is judged,
// shown and approved; nmap runs a private copy of it, and never opens what was named.
import { err, ok, type Result } from "../result.ts";
import { digestOfBytes } from "./digest.ts";
import { inputText, type InputFile } from "./input-files.ts";
import { quoted, type ParseProblem } from "./parse-error.ts";
import type { OwnScript, PlannedScript } from "./scan-plan.ts";
import { reachOf } from "./script-reach.ts";

/** Bytes of all of a line's own scripts together: somebody has to read them. */
const LARGEST_OWN_SCRIPTS = 262_144;

/** The scripts in the files that were named, by name. */
export function readOwnScripts(
  paths: readonly string[],
  files: readonly InputFile[],
): Result<readonly OwnScript[], ParseProblem> {
  const scripts = new Map<string, OwnScript>();
  let bytes = 0;
  for (const path of new Set(paths)) {
    const name = path.slice(path.lastIndexOf("/") + 1, -".nse".length);
    if (!/^[A-Za-z0-9][A-Za-z0-9_.-]{0,63}$/.test(name)) {
      return err(refusal(`${quoted(path)} has a name of other characters than letters, digits, dots, dashes and _.`));
    }
    if (scripts.has(name)) return err(refusal(`two scripts are named ${quoted(name)}.`, "give each another name"));
    const text = inputText("--script", path, files);
    if (!text.ok) return text;
    bytes += Buffer.byteLength(text.value);
    if (bytes > LARGEST_OWN_SCRIPTS) {
      return err(refusal(`own scripts have more than ${LARGEST_OWN_SCRIPTS} bytes, and somebody has to read them.`));
    }
    // nmap takes such a file for a compiled program, of which nobody can see what it does.
    if (/[^\P{Cc}\t\n\r]/u.test(text.value)) {
      return err(refusal(`${quoted(path)} holds control characters, and so is no text.`));
    }
    if (text.value.trim() === "") return err(refusal(`${quoted(path)} is empty.`));
    scripts.set(name, { name, digest: digestOfBytes(Buffer.from(text.value)), text: text.value });
  }
  return ok([...scripts.values()].sort((left, right) => (left.name < right.name ? -1 : 1)));
}

/** As the plan lists them: of no category, because what they are is their author's word. */
export function plannedOwnScripts(
  own: readonly OwnScript[],
  installed: readonly { readonly name: string }[],
): Result<readonly PlannedScript[], ParseProblem> {
  const taken = own.find(({ name }) => installed.some((script) => script.name === name));
  if (taken !== undefined) {
    return err(
      refusal(
        `${quoted(taken.name)} is the name of an installed script.`,
        `write ${taken.name} for that, or rename yours`,
      ),
    );
  }
  return ok(
    own.map(({ name, digest, text }): PlannedScript => {
      const { beforeTargets, addsTargets } = reachOf(text);
      const contacts = beforeTargets || addsTargets ? { contacts: "others" as const } : {};
      return { name, categories: [], implied: false, own: true, digest, ...contacts };
    }),
  );
}

function refusal(because: string, hint?: string): ParseProblem {
  return { code: "script-file", message: `--script: ${because}`, ...(hint === undefined ? {} : { hint }) };
}
