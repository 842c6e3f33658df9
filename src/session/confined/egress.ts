// What one session has in the kernel's packet rules: put there before it starts, opened for its time, looked at while it
// runs, and taken away at its end. The rules themselves are core/confinement's.
import {
  admissionRules,
  namesOf,
  readmissionRules,
  refusedSets,
  rulesByTable,
  sessionRules,
  withdrawalRules,
} from "../../core/confinement/egress-rules.ts";
import {
  baseRules,
  deviceOf,
  deviceRules,
  markOf,
  removeTables,
  TABLE,
} from "../../core/confinement/standing-rules.ts";
import type { Reach } from "../../core/confinement/reach.ts";
import { readCounters, readRefused, violationsOf, type Refused } from "../../core/confinement/refused.ts";
import { escapeText } from "../../core/escape.ts";
import { err, ok } from "../../core/result.ts";
import type { Result } from "../../core/result.ts";
import type { LaunchProblem } from "../../effects.ts";
import type { UidRange } from "../../core/confinement/session-uids.ts";
import { networkDevices, ownAddresses } from "./network.ts";
import type { Nft } from "./nft.ts";
import { watchEgress } from "./watch.ts";
import { refuseWays } from "./ways.ts";

/** More ranges take the kernel too long to load, twice over (session: 100,000 in 1.5 s). */
const MOST_RANGES = 100_000;
/** Characters of rules from which two runs of nft take less time than one. */
const LONG_RULES = 200_000;
const REMOVAL_TRIES = 8;
const REMOVAL_PAUSE_MS = 250;

/** The programs that ask the kernel. */
export interface Paths {
  readonly nft: string;
  readonly ip: string;
  /** What ends the two that listen with this program, however it ends. */
  readonly setpriv: string;
}

export interface Egress {
  /** Lets the account out for so long, whatever time it had; false when the kernel would not. */
  admit(milliseconds: number): Promise<boolean>;
  /**
   * The same for a session that is out: it is never in between. Once the way out was withdrawn, by whomever, the kernel
   * refuses to open it again.
   */
  readmit(milliseconds: number): Promise<boolean>;
  /** Takes the way out away; the rules stay, and let nothing pass. Resolves when that is so. */
  withdraw(): Promise<boolean>;
  /** What was refused so far, in sentences. Undefined when the rules are gone. */
  refused(): Promise<readonly string[] | undefined>;
  /** Takes everything of the session out of the kernel; false when something is left, which lets nothing pass. */
  remove(): Promise<boolean>;
  /** Looks after the rules, as watchEgress says. */
  watch(
    lost: (because: string) => void,
    refused: () => void,
    told: (violations: readonly string[]) => void,
  ): () => void;
}

/**
 * Puts the session's rules in place and lets its account out for so long. A problem means that nothing of it is in the
 * kernel.
 *
 * @param found  called with all sessions that have rules, this one among them.
 */
export async function prepareEgress(
  nft: Nft,
  paths: Paths,
  session: string,
  { uid, uids }: { readonly uid: number; readonly uids: UidRange },
  reach: Reach,
  milliseconds: number,
  found: (sessions: readonly string[]) => void,
): Promise<Result<Egress, LaunchProblem>> {
  const tooMany = refuseSize(reach);
  if (tooMany !== undefined) return err(tooMany);
  const ways = refuseWays(paths.ip, uid, reach);
  const devices = networkDevices();
  const rules = sessionRules(session, reach, { addresses: ownAddresses() });
  const admission = admissionRules(session, uid, milliseconds);
  const [loaded, refusal] = await Promise.all([
    load(nft, rules.add, admission, devices, { uids, own: namesOf(session).chain }),
    ways,
  ]);
  const prepared = loaded.ok && refusal !== undefined ? err(refusal) : loaded;
  if (!prepared.ok) {
    await nft(["-f", "-"], withdrawalRules(session, uid) + rules.remove);
    return prepared;
  }
  found(prepared.value.flatMap((chain) => /^s_(\w+)$/.exec(chain)?.[1] ?? []));
  return ok(egressOf(nft, paths, session, uid, rules.remove, new Set(devices)));
}

function refuseSize({ targets, beyond }: Reach): LaunchProblem | undefined {
  const ranges = targets.runCount + beyond.runCount;
  if (ranges <= MOST_RANGES) return undefined;
  return {
    code: "egress-refused",
    message: `The targets fall into ${ranges} ranges, more than the kernel's rules take for one session (${MOST_RANGES}).`,
    hint: "scan fewer networks at a time",
  };
}

/** The session's rules, with the standing tables under them and every device under those. */
async function load(
  nft: Nft,
  rules: string,
  admission: string,
  devices: readonly string[],
  { uids, own }: { readonly uids: UidRange; readonly own: string },
): Promise<Result<readonly string[], LaunchProblem>> {
  const whole = `${rules}${admission}list chains netdev\n`;
  // Long lists take nft longer than the kernel: each table's own run reads them at the same time as the other's.
  const apply = (): ReturnType<Nft> =>
    rules.length < LONG_RULES ? nft(["-f", "-"], whole) : applyApart(nft, rules, `${admission}list chains netdev\n`);
  const standing = baseRules(uids) + deviceRules(devices, uids);
  let answer = await apply();
  if (!answer.ok) {
    // No standing tables yet; where two make them at once, one of the two is told that they exist.
    await nft(["-f", "-"], standing);
    answer = await apply();
  } else if (!chainsIn(answer.value).includes(markOf(uids))) {
    // The standing rules hold other accounts than root's file gives to sessions now: to them this one is nobody's.
    const others = chainsIn(answer.value).filter((chain) => /^s_/.test(chain) && chain !== own);
    if (others.length > 0) return err(notLoaded("sessions run whose accounts are not those of the ceiling's file"));
    await nft(["-f", "-"], removeTables + standing);
    answer = await apply();
  }
  if (!answer.ok) return err(notLoaded(answer.error.message));
  if (!chainsIn(answer.value).includes(markOf(uids))) return err(notLoaded("the standing rules hold other accounts"));
  const bare = uncovered(answer.value, devices);
  if (bare.length === 0) return ok(chainsIn(answer.value));
  await nft(["-f", "-"], deviceRules(bare, uids));
  const chains = await nft(["list", "chains", "netdev"]);
  const still = chains.ok ? uncovered(chains.value, devices) : bare;
  return still.length === 0
    ? ok(chainsIn(answer.value))
    : err(notLoaded(`the device ${escapeText(still.join(", "))} could not be brought under them`));
}

/** In two runs at once, and a third that lets the session out when both have done theirs. What one of them left is removed. */
async function applyApart(nft: Nft, rules: string, last: string): ReturnType<Nft> {
  const parts = rulesByTable(rules);
  const answers = await Promise.all(parts.map((part) => nft(["-f", "-"], part)));
  const failed = answers.find((answer) => !answer.ok);
  return failed ?? nft(["-f", "-"], last);
}

/** Names of our chains in nft's own text; with rules on its standard input it does not answer in JSON to a Node program. */
function chainsIn(text: string): readonly string[] {
  const table = text.split(/^(?=table )/m).find((part) => part.startsWith(`table netdev ${TABLE} {`)) ?? "";
  return [...table.matchAll(/^\tchain (\S+) \{/gm)].map(([, name = ""]) => name);
}

function uncovered(chains: string, devices: readonly string[]): readonly string[] {
  const covered = new Set(chainsIn(chains).map(deviceOf));
  return devices.filter((device) => !covered.has(device));
}

function notLoaded(because: string): LaunchProblem {
  return {
    code: "egress-refused",
    message: `The kernel did not take the session's packet rules: ${escapeText(because)}.`,
  };
}

function egressOf(
  nft: Nft,
  paths: Paths,
  session: string,
  uid: number,
  removal: string,
  devices: ReadonlySet<string>,
): Egress {
  const { counter } = namesOf(session);
  let withdrawn = false;
  const isWithdrawn = (): boolean => withdrawn;
  const apply = async (rules: string): Promise<boolean> => (await nft(["-f", "-"], rules)).ok;
  const total = async (): Promise<number | undefined> => {
    const counters = await nft(["-j", "list", "counters"]);
    return counters.ok ? readCounters(counters.value, counter) : undefined;
  };
  const destinations = async (): Promise<readonly Refused[]> => {
    const lists = await Promise.all(
      refusedSets(session).map(({ family, set }) => nft(["-j", "list", "set", family, TABLE, set])),
    );
    return lists.flatMap((list) => (list.ok ? readRefused(list.value) : []));
  };
  return {
    admit: (milliseconds) => apply(withdrawalRules(session, uid) + admissionRules(session, uid, milliseconds)),
    async readmit(milliseconds) {
      if (isWithdrawn()) return true;
      const readmitted = await apply(readmissionRules(session, uid, milliseconds));
      // Not to be had because it is ending is no failure.
      return readmitted || isWithdrawn();
    },
    withdraw() {
      withdrawn = true;
      return apply(withdrawalRules(session, uid));
    },
    async refused() {
      const packets = await total();
      if (packets === undefined) return undefined;
      if (packets === 0) return [];
      return violationsOf(await destinations(), packets);
    },
    async remove() {
      // An element that expired by itself keeps its chain busy until the kernel has collected it, about a second later:
      // the way out first, so that nothing is open while the rest waits. What never succeeds, the next start removes.
      withdrawn = true;
      for (let tries = 0; ; tries++) {
        if (await apply(withdrawalRules(session, uid) + removal)) return true;
        await apply(withdrawalRules(session, uid));
        if (tries === REMOVAL_TRIES) return false;
        await new Promise((resolve) => setTimeout(resolve, REMOVAL_PAUSE_MS));
      }
    },
    watch: (lost, refused, told) =>
      watchEgress({ ...paths, session, devices, total, destinations }, lost, refused, told),
  };
}
