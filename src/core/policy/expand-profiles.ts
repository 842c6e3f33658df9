// `jit-nmap @web-quick 10.20.0.5`: a profile's words in the place of its name, before nmap's rules read the line.
import { escapeText } from "../escape.ts";
import type { Problem, Result } from "../result.ts";
import { err, ok } from "../result.ts";
import { nearest } from "./nearest.ts";
import type { Policy } from "./policy.ts";

export interface ExpandedLine {
  readonly words: readonly string[];
  /** Set where the line is this one profile and targets, nothing beside: what a rule's `profiles` asks for. */
  readonly profile?: string;
}

/** Whether the line has a word that names a profile: only then the policy is needed to read it. */
export const namesProfile = (words: readonly string[]): boolean => before(words).some(isName);

const isName = (word: string): boolean => word.startsWith("@") && word.length > 1;

/** What follows `--` is targets for nmap, whatever it looks like. */
function before(words: readonly string[]): readonly string[] {
  const end = words.indexOf("--");
  return end < 0 ? words : words.slice(0, end);
}

/** Every `@name` before `--` replaced by the words it stands for. A name that no policy defines is an error (64). */
export function expandProfiles(
  words: readonly string[],
  { profiles }: Pick<Policy, "profiles">,
): Result<ExpandedLine, Problem<"unknown-profile">> {
  const readable = before(words);
  const names = readable.filter(isName).map((word) => word.slice(1));
  const unknown = names.find((name) => !profiles.has(name));
  if (unknown !== undefined) {
    const near = nearest(unknown, profiles.keys());
    const hint = near === undefined ? "profiles are defined in the policy" : `did you mean @${near}?`;
    return err({ code: "unknown-profile", message: `the policy has no profile ${escapeText(unknown)}`, hint });
  }
  const expanded = readable.flatMap((word) => (isName(word) ? (profiles.get(word.slice(1)) ?? []) : [word]));
  const rest = words.slice(readable.length);
  const [only] = names;
  const alone = names.length === 1 && readable.every((word) => isName(word) || !word.startsWith("-"));
  return ok({ words: [...expanded, ...rest], ...(alone && only !== undefined ? { profile: only } : {}) });
}
