// Who runs sessions here: this process, as the requester; or, where this machine can hold a session to its plan, a program
// of root's. Found out once, before the first session; the path of a scan in personal use loads nothing of the other.
import { join } from "node:path";
import type { HeldHere, Runner } from "../effects.ts";
import type { UidRange } from "../core/confinement/session-uids.ts";
import { err, ok, type Result } from "../core/result.ts";
import { longestBox, type Ceiling } from "../core/confinement/ceiling.ts";
import { runHere } from "../runner.ts";
import { readCeiling } from "../session/ceiling-file.ts";
import { createSessionHost } from "../session/host.ts";

export interface RunnerOptions {
  /** Absolute path of the state directory: private copies of nmap's data, and sessions as the requester. */
  readonly stateDir: string;
  /** The folder whose trail has these sessions on record. */
  readonly stateHome: string;
  /**
   * `root`: this process is, and has sessions confined; `sudo`: it is not, and sudo is asked for the runner; `as-root-says`:
   * so where the ceiling's file wants it; `no`: as the requester.
   */
  readonly confined: "root" | "sudo" | "as-root-says" | "no";
  /** A session that is not confined has rights that the requester does not have. */
  readonly lendsRights: boolean;
}

interface Chosen {
  readonly runner: Runner;
  readonly held: HeldHere;
  readonly isApart: boolean;
}

export function createRunner({ stateDir, stateHome, confined, lendsRights }: RunnerOptions): Runner {
  const plain = createSessionHost({ stateDir, lendsRights });
  let found: Promise<Chosen> | undefined;
  let isExpected = false;
  const here = (): Promise<Chosen> => (found ??= choose());

  /** As the requester; no order exceeds the ceiling here either. */
  async function asRequester(
    ceiling: Ceiling | undefined,
    missing?: Pick<HeldHere, "because" | "fix">,
  ): Promise<Chosen> {
    const said = { ...(await plain.level()), ...missing };
    const level = { ...said, ...(ceiling && { ceiling }) };
    const host = { ...plain, level: () => Promise.resolve(level) };
    return { runner: runHere(host), held: { ...level, longestSeconds: longestBox(ceiling) }, isApart: false };
  }

  async function choose(): Promise<Chosen> {
    const ceiling = readCeiling();
    const by = confined === "as-root-says" ? (ceiling?.runner ?? "no") : confined;
    if (by === "no") return asRequester(ceiling);
    const { runnerApart } = await import("./client.ts");
    const { LAUNCHER, startProgram } = await import("./start.ts");
    const runner = runnerApart({
      start: () => startProgram(by),
      neverCame: by === "sudo" ? "sudo does not start the runner for this account" : "its runner does not start",
      home: stateHome,
      tell: (argv, env) => plain.tell(argv, env),
    });
    const told = { ...(ceiling && { ceiling }) };
    if (by === "root") {
      // Its start takes longer than anything else here, so it begins first.
      if (isExpected) runner.expect();
      // Its own look: whether a line may run at all is said before the program is up.
      const looked = await findHere(ceiling?.uids);
      if (!looked.ok) return asRequester(ceiling, { because: looked.error });
      const groups = looked.value;
      const held = { level: "enforced", by, groups, longestSeconds: longestBox(ceiling), ...told } as const;
      return { runner, held, isApart: true };
    }
    try {
      return { runner, held: { ...(await runner.level()), ...told }, isApart: true };
    } catch (error) {
      const because = error instanceof Error ? error.message : String(error);
      const { sudoAdvice } = await import("./sudoers.ts");
      return asRequester(ceiling, { because, fix: sudoAdvice(LAUNCHER) });
    }
  }

  return {
    level: async () => (await here()).held,
    expect() {
      isExpected = true;
      here().then(
        ({ runner }) => {
          runner.expect();
        },
        // What is wrong is said where somebody waits for it.
        () => undefined,
      );
    },
    async endElsewhere(session) {
      if (confined !== "root") return false;
      const { endElsewhere } = await import("../session/confined/end-elsewhere.ts");
      const { ROOTS_FOLDER } = await import("../session/run-folder.ts");
      return endElsewhere(join(ROOTS_FOLDER, "confined"), session, stateHome);
    },
    standBy: async (...asked) => (await here()).runner.standBy(...asked),
    standDown: async (session) => (await here()).runner.standDown(session),
    execute: async (...asked) => (await here()).runner.execute(...asked),
    tell: (argv, env) => plain.tell(argv, env),
    async read(session, file) {
      return (await here()).runner.read(session, file);
    },
    async progress(session) {
      const { runner, isApart } = await here();
      return (await plain.progress(session)) ?? (isApart ? runner.progress(session) : undefined);
    },
    async discard(session) {
      const { runner, isApart } = await here();
      await runner.discard(session);
      if (isApart) await plain.discard(session);
    },
    async sweep(session) {
      const { runner } = await here();
      const swept = await runner.sweep(session);
      // Of a time when sessions here were not confined, or are no longer.
      return swept.kind === "not-here" ? plain.sweep(session) : swept;
    },
    async abandoned() {
      const { runner, isApart } = await here();
      return [...(await runner.abandoned()), ...(isApart ? await plain.abandoned() : [])];
    },
  };
}

/** What there is of control groups where root can confine sessions; else why it can't. */
async function findHere(uids: UidRange | undefined): Promise<Result<string, string>> {
  const { findFacilities } = await import("../session/confined/facilities.ts");
  const { groupsClause } = await import("../session/confined/control-group.ts");
  const { privateFolder, ROOTS_FOLDER } = await import("../session/run-folder.ts");
  let folder: string;
  try {
    folder = privateFolder(ROOTS_FOLDER, 0);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    // What the machine has no room for is a reason; a folder of somebody else's is a wrong setting.
    if (code === undefined || !/^E[A-Z0-9]+$/.test(code)) throw error;
    return err(`${ROOTS_FOLDER} can't be made (${code})`);
  }
  const facilities = findFacilities(folder, uids);
  return facilities.ok ? ok(groupsClause(facilities.value.groups)) : facilities;
}
