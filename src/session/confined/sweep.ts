// What a crash left of confined sessions: processes, packet rules, the lease of the account. The session's folder stays
// until its end is on record (SessionHost.discard); it is how a broker knows that the session was here.
import { readdirSync, renameSync, statSync } from "node:fs";
import { join } from "node:path";
import { namesOf, TABLE, withdrawalRules } from "../../core/confinement/egress-rules.ts";
import { readNames } from "../../core/confinement/refused.ts";
import { ownLease, ownerLives, readLease } from "../lease.ts";
import { readStat } from "../processes.ts";
import { clearAccount, isSessionUid, releaseUid } from "./account.ts";
import { networkNamespace, readConfinedLease, type ConfinedLease } from "./lease.ts";
import type { Nft } from "./nft.ts";

export interface Broom {
  readonly runDir: string;
  readonly setpriv: string;
  readonly nft: Nft;
}

/** Ends all sessions whose program is gone, and gives back accounts that no session knows of. */
export async function sweepLeft(broom: Broom): Promise<void> {
  const { runDir, setpriv } = broom;
  const known = new Set<number>();
  for (const session of entries(join(runDir, "confined"))) {
    const lease = join(runDir, "confined", session, "lease");
    const held = readLease(lease);
    if (held !== undefined && ownerLives(held)) known.add(readConfinedLease(lease)?.uid ?? 0);
    else await endLeft(session, broom);
    for (const uid of claimedUids(join(runDir, "confined", session))) known.add(uid);
  }
  for (const entry of entries(join(runDir, "uid"))) {
    const uid = Number(entry);
    if (!isSessionUid(uid) || known.has(uid)) continue;
    // Between the lease of a number and the note of it lies a moment.
    const made = statSync(join(runDir, "uid", entry), { throwIfNoEntry: false })?.mtimeMs ?? Number.POSITIVE_INFINITY;
    if (Date.now() - made < UNNOTED_MS) continue;
    if ((await clearAccount(setpriv, uid)).clear) releaseUid(join(runDir, "uid"), uid);
  }
}

const UNNOTED_MS = 60_000;
const CLAIM = /^claimed\.(\d+)\.(\d+)$/;

/**
 * Ends what is left of one session whose program is gone. One sweep alone does it: the note that names the account is
 * renamed first, so that nobody acts on a number which was given back and leased again meanwhile.
 */
export async function endLeft(
  session: string,
  { runDir, setpriv, nft }: Broom,
): Promise<"ended" | "nothing-left" | "running"> {
  const folder = join(runDir, "confined", session);
  if (entries(folder).includes("ended")) return "ended";
  const claimed = claim(folder);
  // Another sweep is at it; what it finds is its own to say.
  if (claimed === undefined) return "running";
  const lease = readConfinedLease(claimed);
  if (lease === undefined) return "nothing-left";
  if (lease.network === networkNamespace()) await removeRules(session, lease, nft);
  const { clear, killed } = await clearAccount(setpriv, lease.uid);
  if (!clear) return "running";
  renameSync(claimed, join(folder, "ended"));
  releaseUid(join(runDir, "uid"), lease.uid);
  return killed ? "ended" : "nothing-left";
}

/** The note under a name that only this process uses; undefined when another living one has it. */
function claim(folder: string): string | undefined {
  const mine = join(folder, `claimed.${process.pid}.${ownLease().owner.startTime}`);
  for (const entry of entries(folder)) {
    const [, pid, startTime] = CLAIM.exec(entry) ?? [];
    const isFree = entry === "lease" || (pid !== undefined && readStat(Number(pid))?.startTime !== startTime);
    if (!isFree) continue;
    try {
      renameSync(join(folder, entry), mine);
      return mine;
    } catch {
      // Somebody else was quicker.
    }
  }
  return undefined;
}

function claimedUids(folder: string): readonly number[] {
  return entries(folder).flatMap((entry) =>
    CLAIM.test(entry) ? (readConfinedLease(join(folder, entry))?.uid ?? []) : [],
  );
}

function entries(folder: string): readonly string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}

/** Takes a session's rules out by the names that the kernel has of it: what of them is there depends on when it crashed. */
export async function removeRules(session: string, lease: ConfinedLease | undefined, nft: Nft): Promise<void> {
  // Without the note of its account only what nothing leads to can go: what lives stays, the kernel sees to that.
  if (lease !== undefined) await nft(["-f", "-"], withdrawalRules(session, lease.uid));
  const { chain, packets, services, refused, counter, first } = namesOf(session);
  const lines: string[] = [];
  for (const [kind, inOrder] of [
    ["chain", [chain, packets, services, refused]],
    ["set", undefined],
    ["counter", [counter]],
    ["quota", [first]],
  ] as const) {
    const list = await nft(["-j", "list", `${kind}s`]);
    if (!list.ok) return;
    for (const family of ["inet", "netdev"]) {
      const there = readNames(list.value, kind, family, TABLE).filter((name) => name.endsWith(`_${session}`));
      for (const name of inOrder ?? there) {
        if (there.includes(name)) lines.push(`delete ${kind} ${family} ${TABLE} ${name}`);
      }
    }
  }
  if (lines.length > 0) await nft(["-f", "-"], `${lines.join("\n")}\n`);
}
