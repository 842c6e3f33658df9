// The session host of the level called enforced: an account for the session alone, one capability at most, a cage of
// files, and packets that the kernel holds to the plan. It stands beside host.ts, which runs as the requester.
import { existsSync, mkdirSync, readdirSync, rmSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { INSIDE } from "../../core/confinement/launch-chain.ts";
import type { SessionId } from "../../core/audit/event.ts";
import { err, ok } from "../../core/result.ts";
import type { Result } from "../../core/result.ts";
import type { Launch, LaunchProblem, RunningSession, SessionHost, StagedSession } from "../../effects.ts";
import type { Confinement } from "../../core/confinement/confinement.ts";
import { executableProblem } from "../executable.ts";
import { isSessionId, LEASE_WRITTEN_WITHIN_MS } from "../session-id.ts";
import { ownerLives, ownLease, readLease, writeLease, type Lease } from "../lease.ts";
import { readPlainFile } from "../plain-file.ts";
import { countProcesses, leaseUid, releaseUid } from "./account.ts";
import { groupsClause } from "./control-group.ts";
import type { Facilities } from "./facilities.ts";
import { CALLER } from "./callers.ts";
import { readConfinedLease } from "./lease.ts";
import { nftAt } from "./nft.ts";
import { openSession } from "./open-session.ts";
import { isOf, placeOf, type SessionPlace } from "./place.ts";
import { endLeft, sweepLeft } from "./sweep.ts";

export interface ConfinedHostOptions {
  /** Root's alone: sessions, leases. */
  readonly runDir: string;
  /** The folder whose trail has these sessions on record: a sweep for another one leaves their folders alone. */
  readonly home: string;
  /** The uid of who gives the orders; 0 is root's own broker. */
  readonly caller?: number;
  readonly facilities: Facilities;
  /** For what needs no cage: the private copies of nmap's data, and nmap's answers about itself. */
  readonly plain: Pick<SessionHost, "data" | "tell">;
}

export function createConfinedHost(options: ConfinedHostOptions): SessionHost {
  const { runDir, home, facilities } = options;
  const nft = nftAt(facilities.nft);
  const uids = join(runDir, "uid");
  const groups = facilities.groups.ok ? facilities.groups.value : undefined;
  const broom = { runDir, setpriv: facilities.setpriv, nft, groups };
  const place = (session: SessionId): SessionPlace => placeOf(runDir, session);
  /** Where nmap's data of this hash lies on this machine. */
  const dataFolders = new Map<string, string>();
  const accounts = new Map<SessionId, number>();
  /** Sessions that have an account and files now: nobody's wish takes them away. */
  const open = new Set<SessionId>();
  const uidOf = (session: SessionId): number => {
    // Of a session that a crash left, the note says it.
    const { lease, ended } = place(session);
    const uid = accounts.get(session) ?? (readConfinedLease(lease) ?? readConfinedLease(ended))?.uid;
    if (uid === undefined) throw new Error(`session ${session} has no account`);
    return uid;
  };

  return {
    level: () => Promise.resolve({ level: "enforced", groups: groupsClause(facilities.groups) }),

    async prepare(session) {
      await sweepLeft(broom);
      const { directory, lease } = place(session);
      mkdirSync(join(runDir, "confined"), { recursive: true, mode: 0o700 });
      mkdirSync(directory, { mode: 0o700 });
      try {
        writeFileSync(join(directory, "home"), home, { mode: 0o600, flag: "wx" });
        writeFileSync(join(directory, CALLER), String(options.caller ?? 0), { mode: 0o600, flag: "wx" });
        writeLease(lease, ownLease());
      } catch (error) {
        // Half of it would be nobody's: not counted, not swept, and not to be discarded.
        rmSync(directory, { recursive: true, force: true });
        throw error;
      }
      return {
        xml: `${INSIDE.out}/scan.xml`,
        normal: `${INSIDE.out}/scan.nmap`,
        grepable: `${INSIDE.out}/scan.gnmap`,
        targets: INSIDE.targets,
      };
    },

    putTargets(session, words) {
      return promised(() => {
        // The session's account reads it through a mount of the file alone.
        writeFileSync(place(session).targets, words, { mode: 0o444, flag: "wx" });
      });
    },

    async putScripts(session, scripts) {
      const { putOwnScripts } = await import("../own-scripts.ts");
      // The session's account reads them through a mount of the folder alone, and has nothing of the requester's rights.
      const put = putOwnScripts(place(session).scripts, scripts, "everybody");
      return put.ok ? ok(INSIDE.scripts) : put;
    },

    tell: (argv, env) => options.plain.tell(argv, env),

    async data(wanted, nmap) {
      const checked = await options.plain.data(wanted, nmap);
      if (!checked.ok) return checked;
      dataFolders.set(wanted.hash, checked.value);
      return ok(INSIDE.data);
    },

    stage(order) {
      return promised((): Result<StagedSession, LaunchProblem> => {
        const [nmap] = order.argv;
        const { confinement } = order;
        if (nmap === undefined || confinement === undefined) throw new Error("an order without a command or a cage");
        const problem = executableProblem(nmap);
        if (problem !== undefined) return err(problem);
        // Nothing is held while people think: neither an account nor anything in the kernel.
        return ok({
          stands: () => true,
          open: (ttlSeconds, violated = () => undefined) => opened(order, confinement, ttlSeconds, violated),
          drop: () => Promise.resolve(),
        });
      });
    },

    read(session, file) {
      return promised(() => {
        const { out, tee: shown } = place(session);
        const names = { xml: "scan.xml", normal: "scan.nmap", grepable: "scan.gnmap", targets: "targets" };
        // What was shown as it came (`-oX -`) was kept by us, outside the session's reach.
        if (file === "xml" && existsSync(shown)) return readPlainFile(shown, 0);
        return readPlainFile(join(out, names[file]), uidOf(session));
      });
    },

    async progress(session) {
      const { out, tee: shown } = place(session);
      const { progressOf } = await import("../progress.ts");
      return progressOf(session, existsSync(shown) ? shown : join(out, "scan.xml"));
    },

    discard(session) {
      return promised(() => {
        const { directory, lease, ended } = place(session);
        // Whoever may give orders may ask for this at any time, also from beside the program that runs the session.
        const note = readLease(lease) ?? readLease(ended);
        if (open.has(session) || (note !== undefined && ownerLives(note) && !isOurs(note))) return;
        // After its end the number may be somebody else's: only a lease that still stands gives one back.
        const uid = readConfinedLease(lease)?.uid;
        // What still runs under it is a later sweep's to end, which needs the note.
        if (uid !== undefined && countProcesses(uid) > 0) return;
        rmSync(directory, { recursive: true, force: true });
        // The number last: whoever gets it next must not find files of it.
        if (uid !== undefined) releaseUid(uids, uid);
        accounts.delete(session);
      });
    },

    async sweep(session) {
      const { directory, lease, ended } = place(session);
      if (!existsSync(directory)) return { kind: "not-here" };
      // Whoever gave the account back may still be handing the files over.
      const note = readLease(lease) ?? readLease(ended);
      if (note !== undefined && ownerLives(note)) return { kind: "running" };
      return endLeft(session, broom);
    },

    abandoned() {
      return promised(() => {
        const folder = join(runDir, "confined");
        const names = existsSync(folder) ? readdirSync(folder).filter(isSessionId) : [];
        return names.filter((session) => {
          const { directory, lease, ended } = place(session);
          const note = readLease(lease) ?? readLease(ended);
          if (note !== undefined && ownerLives(note)) return false;
          if (!isOf(directory, home)) return false;
          if (note !== undefined) return true;
          const made = statSync(directory, { throwIfNoEntry: false });
          return made !== undefined && Date.now() - made.mtimeMs > LEASE_WRITTEN_WITHIN_MS;
        });
      });
    },
  };

  /** Until its end the session is among those that are open. */
  async function opened(
    order: Launch,
    confinement: Confinement,
    ttlSeconds: number,
    violated: (violations: readonly string[]) => void,
  ): Promise<Result<RunningSession, LaunchProblem>> {
    const { session, dataHash } = order;
    const over = (): void => void open.delete(session);
    open.add(session);
    try {
      const leased = leaseUid(uids, facilities.uids);
      if (leased.ok) accounts.set(session, leased.value);
      const data = dataHash === undefined ? undefined : dataFolders.get(dataHash);
      const running = leased.ok
        ? await openSession(order, { confinement, uid: leased.value, ttlSeconds, data }, broom, facilities, violated)
        : leased;
      if (running.ok) running.value.ended.then(over, over);
      else over();
      return running;
    } catch (error) {
      over();
      throw error;
    }
  }
}

function isOurs({ boot, owner }: Lease): boolean {
  const own = ownLease();
  return boot === own.boot && owner.pid === own.owner.pid && owner.startTime === own.owner.startTime;
}

/** The work itself is synchronous; what it throws must still be a rejection. */
function promised<T>(work: () => T): Promise<T> {
  return new Promise((resolve) => {
    resolve(work());
  });
}
