// The moment in which a confined session begins: rules and cage are put in place while nothing of nmap runs, and only when
// all of it stands is the gate opened. What does not stand is taken away again.
import { chownSync, existsSync, mkdirSync, renameSync } from "node:fs";
import { join } from "node:path";
import { err, ok, type Result } from "../../core/result.ts";
import type { Launch, LaunchProblem, RunningSession } from "../../effects.ts";
import { uptimeCentiseconds } from "../processes.ts";
import { watchSession } from "../running.ts";
import { tee } from "../tee.ts";
import { releaseUid } from "./account.ts";
import { startCage, type Cell, type CellPlace } from "./cage.ts";
import { makeGroup, removeGroup } from "./control-group.ts";
import { prepareEgress } from "./egress.ts";
import type { Facilities } from "./facilities.ts";
import { confinedHands, endUnopened } from "./hands.ts";
import { writeConfinedLease } from "./lease.ts";
import { placeOf } from "./place.ts";
import { lookAround, revocationOf } from "./remains.ts";
import { removeRules, type Broom } from "./sweep.ts";

/** The session ends this much before its account's way out closes by itself: what is left then goes in one step. */
const EARLY_CENTISECONDS = 25;

/** Older than this, the way out is opened anew when nmap starts. */
const FRESH_MS = 50;

/**
 * Puts rules and cage in place and lets nmap run: the kernel loads while the shell starts. A problem means that nothing
 * of it runs or is in the kernel; the account is given back with the session's folder, whose note names it.
 *
 * @param uid  leased for it.
 * @param violated  as StagedSession has it.
 */
export async function openSession(
  order: Launch,
  { confinement, uid, ttlSeconds, data }: Omit<Cell, "group"> & Pick<CellPlace, "data">,
  broom: Broom,
  facilities: Facilities,
  violated: (violations: readonly string[]) => void,
): Promise<Result<RunningSession, LaunchProblem>> {
  const { session } = order;
  const { runDir, nft, groups } = broom;
  const place = placeOf(runDir, session);
  const { lease, ended, out, tee: kept } = place;
  try {
    writeConfinedLease(lease, uid);
  } catch (error) {
    // Nobody else knows of it.
    releaseUid(join(runDir, "uid"), uid);
    return err(ioProblem(error));
  }
  let group: string | undefined;
  try {
    mkdirSync(out, { mode: 0o700 });
    chownSync(out, uid, uid);
    group = groups && makeGroup(groups, session, confinement.limits);
  } catch (error) {
    return err(ioProblem(error));
  }
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
      for (const one of sessions) if (!existsSync(join(runDir, "confined", one))) void removeRules(one, undefined, nft);
    },
  );
  let launched: ReturnType<typeof startCage>;
  try {
    launched = startCage(order, { confinement, uid, ttlSeconds, group }, { ...place, data }, facilities);
  } catch (error) {
    launched = err(ioProblem(error));
  }
  const egress = await loading;
  const armed = launched.ok && (await launched.value.armed);
  const undone = async (problem: LaunchProblem): Promise<Result<never, LaunchProblem>> => {
    if (launched.ok) await endUnopened(launched.value);
    if (egress.ok) await egress.value.remove();
    if (group !== undefined) await removeGroup(group);
    return err(problem);
  };
  if (!launched.ok) return undone(launched.error);
  if (!egress.ok) return undone(egress.error);
  if (!armed) {
    return undone({ code: "guard-missing", message: "The session's guard did not start, so nmap did not either." });
  }
  // The kernel counts from the loading on: after a long one nmap still gets its whole time.
  const late = Number(process.hrtime.bigint() - begun) / 1e6;
  if (late > FRESH_MS && !(await egress.value.admit(ttlSeconds * 1000))) {
    return undone({ code: "egress-refused", message: "The kernel would not let the session out." });
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
      releaseUid(join(runDir, "uid"), uid);
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

/** What the file system would not do (a full /run); anything else is a defect and goes on as one. */
function ioProblem(error: unknown): LaunchProblem {
  const { code } = error as NodeJS.ErrnoException;
  if (code === undefined || !/^E[A-Z0-9]+$/.test(code)) throw error;
  return { code: "session-io", message: `The session's private files can't be written (${code}).` };
}
