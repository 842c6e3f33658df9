// What no order may exceed on this machine, whatever policy says and whoever approved: a file that root alone can write.
// Apart from policy, because the runner reads it, which knows none.
import type { ScanPlan } from "../plan/scan-plan.ts";
import { AddressSet, parseNetwork } from "../sets/address-set.ts";
import { err, ok, type Problem, type Result } from "../result.ts";
import { parseUids, type UidRange } from "./session-uids.ts";
import type { Reach } from "./reach.ts";

export interface Ceiling {
  /** Everything that may be reached; absent: anything. */
  readonly networks?: AddressSet;
  /** The longest time box, in seconds. */
  readonly ttlSeconds?: number;
  /** Scan techniques by their names in plans; absent: all. */
  readonly kinds?: ReadonlySet<string>;
  /** Scans of those who are not root are run by the runner that sudo starts, where it lets them. */
  readonly runner?: "sudo";
  /** The accounts of sessions, where they are not to be the usual ones. */
  readonly uids?: UidRange;
}

/** No session of any machine has a longer time box, in seconds: a week. */
const LONGEST_SECONDS = 7 * 24 * 3600;

/** The longest time box that a session can have here, in seconds, whatever it is given later. */
export function longestBox(machines: Ceiling | undefined): number {
  return Math.min(LONGEST_SECONDS, machines?.ttlSeconds ?? LONGEST_SECONDS);
}

/**
 * Reads the file: one JSON object with `networks`, `ttlSeconds`, `kinds`, `runner` and `uids`, each of which may be
 * left out.
 */
export function parseCeiling(text: string): Result<Ceiling, string> {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return err("it is not JSON");
  }
  if (typeof value !== "object" || value === null || Array.isArray(value)) return err("it is not an object");
  const { networks, ttlSeconds, kinds, runner, uids, ...others } = value as Record<string, unknown>;
  const [unknown] = Object.keys(others);
  // A limit that is misspelt must not be no limit.
  if (unknown !== undefined) return err(`it has the unknown key ${JSON.stringify(unknown)}`);
  if (networks !== undefined && !isTexts(networks)) return err("networks is not a list of texts");
  if (kinds !== undefined && !isTexts(kinds)) return err("kinds is not a list of texts");
  if (ttlSeconds !== undefined && !(Number.isSafeInteger(ttlSeconds) && Number(ttlSeconds) >= 1)) {
    return err("ttlSeconds is not a whole number of seconds, 1 or more");
  }
  if (runner !== undefined && runner !== "sudo") return err('runner is not "sudo"');
  const range = uids === undefined ? undefined : parseUids(uids);
  if (range?.ok === false) return range;
  const sets: AddressSet[] = [];
  for (const network of networks ?? []) {
    const set = parseNetwork(network);
    if (!set.ok) return err(`${JSON.stringify(network)}: ${set.error.message}`);
    sets.push(set.value);
  }
  return ok({
    ...(networks === undefined ? {} : { networks: AddressSet.unionOf(sets) }),
    ...(ttlSeconds === undefined ? {} : { ttlSeconds: Number(ttlSeconds) }),
    ...(kinds === undefined ? {} : { kinds: new Set(kinds) }),
    ...(runner === undefined ? {} : { runner }),
    ...(range === undefined ? {} : { uids: range.value }),
  });
}

const isTexts = (value: unknown): value is readonly string[] =>
  Array.isArray(value) && value.every((one) => typeof one === "string");

/** Why the order is above the ceiling, or undefined where it is not. */
export function aboveCeiling(
  { techniques }: Pick<ScanPlan, "techniques">,
  { targets, beyond }: Pick<Reach, "targets" | "beyond">,
  ttlSeconds: number,
  ceiling: Ceiling,
): Problem<"above-ceiling"> | undefined {
  const above = (what: string, instead = ""): Problem<"above-ceiling"> => ({
    code: "above-ceiling",
    message: `This machine's ceiling does not allow it: ${what}.`,
    hint: `${instead}see /etc/jit-nmap/ceiling.json`,
  });
  const { networks, kinds } = ceiling;
  if (networks !== undefined && !(networks.includes(targets) && networks.includes(beyond))) {
    return above("it reaches addresses outside its networks");
  }
  if (ceiling.ttlSeconds !== undefined && ttlSeconds > ceiling.ttlSeconds) {
    return above(
      `its time box is ${ttlSeconds} s, and ${ceiling.ttlSeconds} s is the longest`,
      `ask for less with --jit-ttl ${ceiling.ttlSeconds}s; `,
    );
  }
  const other = kinds === undefined ? undefined : techniques.find((technique) => !kinds.has(technique));
  return other === undefined ? undefined : above(`it is a scan of the kind ${other}`);
}
