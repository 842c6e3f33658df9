// The session host of the level called enforced: an account for the session alone, one capability at most, a cage of
// files, and packets that the kernel holds to the plan. It stands beside host.ts, which runs as the requester.
import { chownSync, existsSync, mkdirSync, readdirSync, renameSync, rmSync, statSync, writeFileSync } from "node:fs";
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
import { uptimeCentiseconds } from "../processes.ts";
import { watchSession } from "../running.ts";
import { tee } from "../tee.ts";
import { countProcesses, leaseUid, releaseUid } from "./account.ts";
import { groupsClause, makeGroup, removeGroup } from "./control-group.ts";
import { prepareEgress } from "./egress.ts";
import type { Facilities } from "./facilities.ts";
import { confinedHands, endUnopened } from "./hands.ts";
import { startCage } from "./cage.ts";
import { CALLER } from "./callers.ts";
import { readConfinedLease, writeConfinedLease } from "./lease.ts";
import { nftAt } from "./nft.ts";
import { isOf, placeOf, type SessionPlace } from "./place.ts";
import { lookAround, revocationOf } from "./remains.ts";
import { endLeft, removeRules, sweepLeft } from "./sweep.ts";

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

/** The session ends this much before its account's way out closes by itself: what is left then goes in one step. */
const EARLY_CENTISECONDS = 25;

/** Older than this, the way out is opened anew when nmap starts. */
const FRESH_MS = 50;

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
      writeFileSync(join(directory, "home"), home, { mode: 0o600, flag: "wx" });
      writeFileSync(join(directory, CALLER), String(options.caller ?? 0), { mode: 0o600, flag: "wx" });
      writeLease(lease, ownLease());
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
          open: (ttlSeconds, violated = () => undefined) => keptOpen(order, confinement, ttlSeconds, violated),
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

  /** As openNow; until its end the session is in `open`. */
  async function keptOpen(...words: Parameters<typeof openNow>): ReturnType<typeof openNow> {
    const [{ session }] = words;
    const over = (): void => void open.delete(session);
    open.add(session);
    const opened = await openNow(...words).catch((error: unknown) => {
      over();
      throw error;
    });
    if (opened.ok) opened.value.ended.then(over, over);
    else over();
    return opened;
  }

  /** Leases the account, puts rules and cage in place, and lets nmap run: the kernel loads while the shell starts. */
  async function openNow(
    order: Launch,
    confinement: Confinement,
    ttlSeconds: number,
    violated: (violations: readonly string[]) => void,
  ): Promise<Result<RunningSession, LaunchProblem>> {
    const { session } = order;
    const { lease, ended, out, tee: kept } = place(session);
    const leased = leaseUid(uids, facilities.uids);
    if (!leased.ok) return leased;
    const uid = leased.value;
    accounts.set(session, uid);
    let group: string | undefined;
    try {
      writeConfinedLease(lease, uid);
      mkdirSync(out, { mode: 0o700 });
      chownSync(out, uid, uid);
      group = groups && makeGroup(groups, session, confinement.limits);
    } catch (error) {
      releaseUid(uids, uid);
      return err(ioProblem(error));
    }
    const data = order.dataHash === undefined ? undefined : dataFolders.get(order.dataHash);
    const begun = process.hrtime.bigint();
    const loading = prepareEgress(
      nft,
      facilities,
      session,
      { uid, uids: facilities.uids },
      confinement.reach,
      ttlSeconds * 1000,
      (sessions) => {
        // Rules without a folder are of sessions that are over, and could not be removed then.
        for (const one of sessions)
          if (!existsSync(join(runDir, "confined", one))) void removeRules(one, undefined, nft);
      },
    );
    let launched: ReturnType<typeof startCage>;
    try {
      launched = startCage(order, { confinement, uid, ttlSeconds, group }, { ...place(session), data }, facilities);
    } catch (error) {
      launched = err(ioProblem(error));
    }
    const egress = await loading;
    const armed = launched.ok && (await launched.value.armed);
    if (!launched.ok || !egress.ok || !armed) {
      if (launched.ok) await endUnopened(launched.value);
      if (egress.ok) await egress.value.remove();
      if (group !== undefined) await removeGroup(group);
      if (!launched.ok) return launched;
      if (!egress.ok) return egress;
      return err({ code: "guard-missing", message: "The session's guard did not start, so nmap did not either." });
    }
    // The kernel counts from the loading on: after a long one nmap still gets its whole time.
    const late = Number(process.hrtime.bigint() - begun) / 1e6;
    if (late > FRESH_MS && !(await egress.value.admit(ttlSeconds * 1000))) {
      await endUnopened(launched.value);
      await egress.value.remove();
      if (group !== undefined) await removeGroup(group);
      return err({ code: "egress-refused", message: "The kernel would not let the session out." });
    }
    const opened = uptimeCentiseconds();
    const deadline = opened + Math.ceil(ttlSeconds * 100);
    launched.value.open(deadline);
    const { stdout } = launched.value.child;
    const shown = stdout === null ? undefined : tee(stdout, kept);
    const hands = confinedHands({
      uid,
      launched: launched.value,
      egress: egress.value,
      setpriv: facilities.setpriv,
      ss: facilities.ss,
      group,
      async look(processesEnded) {
        const found = await lookAround(broom, (one) => one === uid, session);
        return revocationOf(session, uid, found, processesEnded, group !== undefined);
      },
      giveBack() {
        // What is in it is still to be handed over: by root, to whom alone it leads from here on.
        chownSync(out, 0, 0);
        renameSync(lease, ended);
        releaseUid(uids, uid);
        return ["files", `uid ${uid}`];
      },
    });
    const box = { opened, deadline, startedAt: process.hrtime.bigint(), shown, early: EARLY_CENTISECONDS };
    const running = watchSession(launched.value, box, hands);
    hands.watch(
      () => {
        running.stop("now", "lost");
      },
      () => {
        if (confinement.endAtViolation) running.stop("promptly", "violation");
      },
      violated,
    );
    return ok(running);
  }
}

function isOurs({ boot, owner }: Lease): boolean {
  const own = ownLease();
  return boot === own.boot && owner.pid === own.owner.pid && owner.startTime === own.owner.startTime;
}

/** What the file system would not do (a full /run); anything else is a defect and goes on as one. */
function ioProblem(error: unknown): LaunchProblem {
  const { code } = error as NodeJS.ErrnoException;
  if (code === undefined || !/^E[A-Z0-9]+$/.test(code)) throw error;
  return { code: "session-io", message: `The session's private files can't be written (${code}).` };
}

/** The work itself is synchronous; what it throws must still be a rejection. */
function promised<T>(work: () => T): Promise<T> {
  return new Promise((resolve) => {
    resolve(work());
  });
}
