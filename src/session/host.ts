// The session host: private directory, launch, results, clean-up. What the pipeline sees of this folder.
import { existsSync, mkdirSync, readdirSync, rmSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { LaunchProblem, RunningSession, SessionFiles, SessionHost, StagedSession, Swept } from "../effects.ts";
import type { SessionId } from "../core/audit/event.ts";
import { err, ok } from "../core/result.ts";
import type { Result } from "../core/result.ts";
import { isSessionId, LEASE_WRITTEN_WITHIN_MS } from "./session-id.ts";
import { executableProblem } from "./executable.ts";
import { launch } from "./launch.ts";
import { ownerLives, ownLease, readLease, writeLease } from "./lease.ts";
import { noOwnScripts } from "./own-scripts-refused.ts";
import { readPlainFile } from "./plain-file.ts";
import { bootId, killRemainder, uptimeCentiseconds } from "./processes.ts";
import { watchSession } from "./running.ts";
import { tee } from "./tee.ts";

export interface SessionHostOptions {
  /** Absolute path of the requester's state directory. */
  readonly stateDir: string;
  /** nmap runs with rights that the requester does not have: by sudo, as root for somebody else. */
  readonly lendsRights?: boolean;
}

/**
 * Runs sessions as the requester, at the level called advisory: the time box holds, the network is not fenced in.
 * Linux only (/proc, /bin/sh). I/O errors in the private directory are thrown: nothing may run without it.
 */
export function createSessionHost(options: SessionHostOptions): SessionHost {
  const place = (session: SessionId): Place => {
    // Ids are our own; one that could leave the directory is a defect.
    if (!isSessionId(session)) throw new Error(`not a session id: ${JSON.stringify(session)}`);
    const directory = join(options.stateDir, "sessions", session);
    return {
      directory,
      work: join(directory, "work"),
      lease: join(directory, "lease"),
      files: {
        xml: join(directory, "scan.xml"),
        normal: join(directory, "scan.nmap"),
        grepable: join(directory, "scan.gnmap"),
        targets: join(directory, "targets"),
      },
    };
  };

  const refused = noOwnScripts(options.stateDir, options.lendsRights);

  return {
    level: () =>
      Promise.resolve({
        level: "advisory",
        ...(refused !== undefined && { noOwnScripts: refused }),
      }),

    prepare(session) {
      return promised(() => {
        const { directory, work, lease, files } = place(session);
        mkdirSync(join(options.stateDir, "sessions"), { recursive: true, mode: 0o700 });
        mkdirSync(directory, { mode: 0o700 });
        mkdirSync(work, { mode: 0o700 });
        writeLease(lease, ownLease());
        return files;
      });
    },

    putTargets(session, words) {
      return promised(() => {
        writeFileSync(place(session).files.targets, words, { mode: 0o600, flag: "wx" });
      });
    },

    async putScripts(session, scripts) {
      if (refused !== undefined) return err(refused);
      const { putOwnScripts } = await import("./own-scripts.ts");
      return putOwnScripts(join(place(session).directory, "scripts"), scripts, "requester");
    },

    async tell(argv, env) {
      const { tell } = await import("./tell.ts");
      return tell(argv, env);
    },

    async data({ hash }) {
      // It loads hashing, which a plan that reads no data (-sL) does without.
      const { checkedData } = await import("./data-directory.ts");
      return checkedData(options.stateDir, hash);
    },

    stage(order) {
      return promised((): Result<StagedSession, LaunchProblem> => {
        const [nmap] = order.argv;
        if (nmap === undefined) throw new Error("an empty command line");
        const problem = executableProblem(nmap);
        if (problem !== undefined) return { ok: false, error: problem };
        const { work, lease, files } = place(order.session);
        const launched = launch(order, {
          workingDirectory: work,
          note(leader) {
            writeLease(lease, { ...ownLease(), leader });
          },
        });
        if (!launched.ok) return launched;
        const { armed, child, guard, open } = launched.value;
        const watch = (opened: number, deadline: number): RunningSession => {
          const startedAt = process.hrtime.bigint();
          const shown = child.stdout === null ? undefined : tee(child.stdout, files.xml);
          return watchSession(launched.value, { opened, deadline, startedAt, shown });
        };
        const drop = async (): Promise<void> => {
          const running = watch(0, Number.MAX_SAFE_INTEGER);
          running.stop("now", "lost");
          await running.ended;
        };
        return ok({
          drop,
          stands: () => [child, guard].every((process) => process.exitCode === null && process.signalCode === null),
          async open(ttlSeconds) {
            if (await armed) {
              const opened = uptimeCentiseconds();
              const deadline = opened + Math.ceil(ttlSeconds * 100);
              open(deadline);
              return ok(watch(opened, deadline));
            }
            await drop();
            return {
              ok: false,
              error: { code: "guard-missing", message: "The session's guard did not start, so nmap did not either." },
            };
          },
        });
      });
    },

    read(session, file) {
      return promised(() => readPlainFile(place(session).files[file]));
    },

    async progress(session) {
      const { progressOf } = await import("./progress.ts");
      return progressOf(session, place(session).files.xml);
    },

    discard(session) {
      return promised(() => {
        rmSync(place(session).directory, { recursive: true, force: true });
      });
    },

    sweep(session) {
      return promised((): Swept => {
        const { directory, lease: file } = place(session);
        if (!existsSync(directory)) return { kind: "not-here" };
        const lease = readLease(file);
        if (lease !== undefined && ownerLives(lease)) return { kind: "running" };
        const isOfThisBoot = lease?.leader !== undefined && lease.boot === bootId();
        const processesEnded = isOfThisBoot ? killRemainder(lease.leader, session) : 0;
        return { kind: "over", revocation: { revoked: ["processes"], processesEnded } };
      });
    },

    abandoned() {
      return promised(() => {
        const folder = join(options.stateDir, "sessions");
        const names = existsSync(folder) ? readdirSync(folder).filter(isSessionId) : [];
        return names.filter((session) => {
          const { directory, lease: file } = place(session);
          const lease = readLease(file);
          if (lease !== undefined) return !ownerLives(lease);
          // Without a lease it is being made at this moment, or its maker died in that moment.
          const made = statSync(directory, { throwIfNoEntry: false });
          return made !== undefined && Date.now() - made.mtimeMs > LEASE_WRITTEN_WITHIN_MS;
        });
      });
    },
  };
}

interface Place {
  readonly directory: string;
  readonly work: string;
  readonly lease: string;
  readonly files: SessionFiles;
}

/** The work itself is synchronous (a thread pool would cost more); what it throws must still be a rejection. */
function promised<T>(work: () => T): Promise<T> {
  return new Promise((resolve) => {
    resolve(work());
  });
}
