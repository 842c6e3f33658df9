// What of sessions is on this machine: processes, packet rules, ways out, leases, folders, control groups. Looked for
// where it would be and not in what was noted of it, so that it can say whether something is left.
import { readdirSync } from "node:fs";
import { join } from "node:path";
import type { Revocation } from "../../core/audit/event.ts";
import { TABLE } from "../../core/confinement/standing-rules.ts";
import { readEntries, readWays } from "../../core/confinement/nft-json.ts";
import { processesOf } from "./account.ts";
import { groupNames, type ControlGroups } from "./control-group.ts";
import type { Nft } from "./nft.ts";

interface Looked {
  readonly runDir: string;
  readonly nft: Nft;
  readonly groups: ControlGroups | undefined;
}

export interface Remains {
  readonly processes: readonly { readonly pid: number; readonly uid: number }[];
  /** As nft names them: `inet chain s_ID`. */
  readonly rules: readonly string[];
  readonly ways: readonly { readonly uid: number; readonly chain: string }[];
  /** Accounts that are leased. */
  readonly leases: readonly number[];
  /** Sessions with a folder, and with a control group. */
  readonly folders: readonly string[];
  readonly groups: readonly string[];
  /** Why the kernel's rules are not known; absent where they are. */
  readonly unknown?: string;
}

/** All that has a name, of all tables, in one run: of two tables by name nft knows the last alone. */
const EVERYTHING_NAMED = "list chains; list sets; list counters; list quotas";

/**
 * Everything that is there of any session.
 *
 * @param isOurs  which accounts are looked for.
 * @param session  where it is for one alone: a way out that leads to a chain keeps it there, so without a chain of the
 *   session's there is none to look for.
 */
export async function lookAround(
  { runDir, nft, groups }: Looked,
  isOurs: (uid: number) => boolean,
  session?: string,
): Promise<Remains> {
  const named = await nft(["-t", "-j", EVERYTHING_NAMED]);
  const isWithout = session !== undefined && named.ok && !named.value.includes(`_${session}"`);
  const maps = isWithout ? { json: "" } : await ofBoth(nft, ["-j"], (family) => `list map ${family} ${TABLE} disp`);
  const unknown = named.ok ? maps.failed : named.error.message;
  return {
    processes: processesOf(isOurs),
    rules: readEntries(named.ok ? named.value : "", TABLE).flatMap(({ family, kind, name }) =>
      /_s[0-9a-z]{10}$/.test(name) ? [`${family} ${kind} ${name}`] : [],
    ),
    ways: readWays(maps.json),
    leases: entriesOf(join(runDir, "uid")).map(Number),
    folders: entriesOf(join(runDir, "confined")),
    groups: groups === undefined ? [] : groupNames(groups),
    ...(unknown !== undefined && { unknown }),
  };
}

/** Of both tables, each by itself, because what is in one must be seen where the other is gone. */
async function ofBoth(
  nft: Nft,
  options: readonly string[],
  command: (family: string) => string,
): Promise<{ readonly json: string; readonly failed?: string }> {
  const each = await Promise.all(["inet", "netdev"].map((family) => nft([...options, command(family)])));
  const failed = each.flatMap((answer) =>
    answer.ok || /No such file or directory/.test(answer.error.message) ? [] : [answer.error.message],
  );
  const json = each.flatMap((answer) => (answer.ok ? [answer.value.trimEnd()] : [])).join("\n");
  return { json, ...(failed[0] !== undefined && { failed: failed[0] }) };
}

function entriesOf(folder: string): readonly string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}

/** Names under which the trail lists what a session had, each with what is still there of it. */
function leftOf(session: string, uid: number, found: Remains): ReadonlyMap<string, string> {
  const { processes, rules, ways, groups, unknown } = found;
  const pids = processes.flatMap((process) => (process.uid === uid ? [process.pid] : []));
  const ruleNames = rules.filter((rule) => rule.endsWith(`_${session}`));
  const left = new Map<string, string>();
  if (unknown !== undefined) left.set("way out", unknown).set("packet rules", unknown);
  if (ways.some((way) => way.uid === uid || way.chain.endsWith(`_${session}`))) left.set("way out", `of uid ${uid}`);
  if (ruleNames.length > 0) left.set("packet rules", ruleNames.join(", "));
  if (pids.length > 0) left.set("processes", pids.join(", "));
  if (groups.includes(session)) left.set("control group", session);
  return left;
}

/**
 * What was taken back from a session, by what is not there any more. To be asked while its account is still leased:
 * after that the number may be another's.
 */
export function revocationOf(
  session: string,
  uid: number,
  found: Remains,
  processesEnded: number | undefined,
  hadGroup: boolean,
): Revocation {
  const left = leftOf(session, uid, found);
  const had = ["way out", "packet rules", "processes", ...(hadGroup ? ["control group"] : [])];
  return {
    revoked: had.filter((name) => !left.has(name)),
    ...(processesEnded !== undefined && { processesEnded }),
    left: [...left].map(([name, what]) => `${name}: ${what}`),
  };
}
