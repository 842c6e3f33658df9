// What a crash left of confined sessions: processes, packet rules, the lease of the account. The session's folder stays
// until its end is on record (SessionHost.discard); it is how a broker knows that the session was here.
import { existsSync, readdirSync, readFileSync, renameSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { namesOf, withdrawalRules } from "../../core/confinement/egress-rules.ts";
import { TABLE } from "../../core/confinement/standing-rules.ts";
import { readNames } from "../../core/confinement/nft-json.ts";
import { ownLease, ownerLives, readLease } from "../lease.ts";
import { readStat } from "../processes.ts";
import type { Revocation } from "../../core/audit/event.ts";
import type { Swept } from "../../effects.ts";
import { isSessionUid } from "../../core/confinement/session-uids.ts";
import { clearAccount, releaseUid } from "./account.ts";
import { groupNames, groupOf, removeGroup, removeOldGroup, type ControlGroups } from "./control-group.ts";
import { networkNamespace, readConfinedLease, type ConfinedLease } from "./lease.ts";
import type { Nft } from "./nft.ts";
import { lookAround, revocationOf } from "./remains.ts";

export interface Broom {
  readonly runDir: string;
  readonly setpriv: string;
  readonly nft: Nft;
  readonly groups: ControlGroups | undefined;
}

/** Ends all sessions whose program is gone, and gives back accounts that no session knows of. */
export async function sweepLeft(broom: Broom): Promise<void> {
  const { runDir, setpriv, groups } = broom;
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
  if (groups === undefined) return;
  // Of sessions that are over; those of another folder for sessions are left alone while anything is in them.
  const folders = new Set(entries(join(runDir, "confined")));
  for (const name of groupNames(groups)) {
    if (!folders.has(name)) removeOldGroup(groupOf(groups, name), UNNOTED_MS);
  }
}

const UNNOTED_MS = 60_000;
const CLAIM = /^claimed\.(\d+)\.(\d+)$/;

/**
 * Ends what is left of one session whose program is gone. One sweep alone does it: the note that names the account is
 * renamed first, so that nobody acts on a number which was given back and leased again meanwhile.
 */
export async function endLeft(session: string, broom: Broom): Promise<Swept> {
  const { runDir, setpriv, nft, groups } = broom;
  const folder = join(runDir, "confined", session);
  const group = groups && groupOf(groups, session);
  const ended = join(folder, "ended");
  if (existsSync(ended)) return over(readRevocation(folder));
  const claimed = claim(folder);
  // Another sweep is at it; what it finds is its own to say.
  if (claimed === undefined) return { kind: "running" };
  const lease = readConfinedLease(claimed);
  if (lease === undefined) return over({ revoked: [] });
  const { uid } = lease;
  const isHere = lease.network === networkNamespace();
  if (isHere) await removeRules(session, lease, nft);
  const hadGroup = group !== undefined && existsSync(group);
  const { clear, killed } = await clearAccount(setpriv, uid);
  if (hadGroup) await removeGroup(group);
  if (!clear) return { kind: "running" };
  const looked = revocationOf(session, uid, await lookAround(broom, (one) => one === uid, session), killed, hadGroup);
  const elsewhere = isHere
    ? []
    : ["way out, packet rules: in another network, they let nothing pass after the time box"];
  const revocation = {
    ...looked,
    revoked: [...looked.revoked.filter((name) => isHere || !OF_NETWORK.includes(name)), "files", `uid ${uid}`],
    left: [...(looked.left ?? []), ...elsewhere],
  };
  writeFileSync(join(folder, "revocation"), JSON.stringify(revocation), { mode: 0o600 });
  renameSync(claimed, ended);
  releaseUid(join(runDir, "uid"), uid);
  return over(revocation);
}

const OF_NETWORK = ["way out", "packet rules"];

const over = (revocation: Revocation): Swept => ({ kind: "over", revocation });

/** What the sweep found that ended it; a session whose own program did that has said so itself. */
function readRevocation(folder: string): Revocation {
  try {
    return JSON.parse(readFileSync(join(folder, "revocation"), "utf8")) as Revocation;
  } catch {
    return { revoked: [] };
  }
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
