// Takes our own `--jit-*` options out of a scan line before nmap's rules read the rest. By hand: commander would also
// interpret nmap's words, and is too heavy for the path of an allowed scan.
import { parseDuration } from "../core/time.ts";
import { err, ok, type Problem, type Result } from "../core/result.ts";
import { nearest } from "../core/policy/nearest.ts";
import { isWhen, whenHint } from "./when.ts";

export interface OwnOptions {
  readonly reason?: string;
  readonly ttlSeconds?: number;
  readonly waitSeconds?: number;
  readonly breakGlass: boolean;
  /** As typed; one that `whenOf` reads. */
  readonly notBefore?: string;
  readonly acceptsNarrower: boolean;
  readonly help: boolean;
  readonly version: boolean;
  /** Names among `flags` that stood on the line. */
  readonly flags: ReadonlySet<string>;
}

export interface TakenLine {
  /** What nmap's rules read: every other word, in order, the `--` included. */
  readonly words: readonly string[];
  readonly own: OwnOptions;
}

export type OwnOptionProblem = Problem<
  "unknown-own-option" | "own-option-value" | "own-option-repeated" | "not-in-this-version"
>;

const withValue = ["--jit-reason", "--jit-ttl", "--jit-wait", "--jit-not-before"];
const withoutValue = ["--jit-break-glass", "--jit-accept-narrower", "--jit-help", "--jit-version"];
const ofLaterVersions = ["--jit-events"];

/**
 * Splits a line into nmap's words and our own options.
 *
 * Ours may stand anywhere before `--`, as `--jit-x=VALUE` or `--jit-x VALUE`, in full spelling, once each. Anything
 * else that begins with `--jit-` is refused: it must never reach nmap's reading as if it were nmap's.
 *
 * @param flags  further words without a value that belong to the command (`--json` of `check`).
 */
export function takeOwnOptions(
  line: readonly string[],
  flags: ReadonlySet<string> = new Set(),
): Result<TakenLine, OwnOptionProblem> {
  const words: string[] = [];
  const values = new Map<string, string>();
  const seen = new Set<string>();
  for (let at = 0; at < line.length; at += 1) {
    const word = line[at] ?? "";
    if (word === "--") {
      words.push(...line.slice(at));
      break;
    }
    if (flags.has(word)) {
      seen.add(word);
      continue;
    }
    if (!word.startsWith("--jit-")) {
      words.push(word);
      continue;
    }
    const equals = word.indexOf("=");
    const name = equals < 0 ? word : word.slice(0, equals);
    if (ofLaterVersions.includes(name)) {
      return err({ code: "not-in-this-version", message: `${name} is not available in this version` });
    }
    if (withoutValue.includes(name)) {
      if (equals >= 0) return err({ code: "own-option-value", message: `${name} takes no value` });
      seen.add(name);
      continue;
    }
    if (!withValue.includes(name)) {
      const near = nearest(name, [...withValue, ...withoutValue]);
      return err({
        code: "unknown-own-option",
        message: `there is no option ${name}`,
        hint: near === undefined ? "jit-nmap --jit-help lists our options" : `did you mean ${near}?`,
      });
    }
    if (values.has(name)) return err({ code: "own-option-repeated", message: `${name} is given twice` });
    const value = equals < 0 ? line[(at += 1)] : word.slice(equals + 1);
    if (value === undefined || value === "") {
      return err({ code: "own-option-value", message: `${name} needs a value`, hint: `${name}=VALUE` });
    }
    values.set(name, value);
  }
  return withDurations(words, values, seen);
}

function withDurations(
  words: readonly string[],
  values: ReadonlyMap<string, string>,
  seen: ReadonlySet<string>,
): Result<TakenLine, OwnOptionProblem> {
  const seconds: { ttlSeconds?: number; waitSeconds?: number } = {};
  for (const [name, key] of [
    ["--jit-ttl", "ttlSeconds"],
    ["--jit-wait", "waitSeconds"],
  ] as const) {
    const text = values.get(name);
    if (text === undefined) continue;
    const duration = parseDuration(text);
    if (!duration.ok) {
      return err({ code: "own-option-value", message: `${name}: ${duration.error.message}`, hint: durationHint });
    }
    seconds[key] = duration.value;
  }
  const reason = values.get("--jit-reason");
  const notBefore = values.get("--jit-not-before");
  if (notBefore !== undefined && !isWhen(notBefore)) {
    return err({ code: "own-option-value", message: "--jit-not-before: that is no time", hint: whenHint });
  }
  return ok({
    words,
    own: {
      ...(reason === undefined ? {} : { reason }),
      ...seconds,
      breakGlass: seen.has("--jit-break-glass"),
      ...(notBefore === undefined ? {} : { notBefore }),
      acceptsNarrower: seen.has("--jit-accept-narrower"),
      help: seen.has("--jit-help"),
      version: seen.has("--jit-version"),
      flags: seen,
    },
  });
}

export const durationHint = "a duration is a number with a unit: 90s, 15m, 1h30m";
