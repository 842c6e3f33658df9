// Where the files of a confined session are: in a folder of root's alone, of which the session sees single files.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { SessionId } from "../../core/audit/event.ts";
import { isSessionId } from "../session-id.ts";

export interface SessionPlace {
  readonly directory: string;
  /** The session's own folder, for nmap's output. */
  readonly out: string;
  /** Whose it is and which account it has, while it lives; and under that name once it has none any more. */
  readonly lease: string;
  readonly ended: string;
  readonly targets: string;
  readonly scripts: string;
  /** What was shown as it came (`-oX -`), kept outside the session's reach. */
  readonly tee: string;
}

export function placeOf(runDir: string, session: SessionId): SessionPlace {
  // Ids are our own; one that could leave the directory is a defect.
  if (!isSessionId(session)) throw new Error(`not a session id: ${JSON.stringify(session)}`);
  const directory = join(runDir, "confined", session);
  const inside = (name: string): string => join(directory, name);
  return {
    directory,
    out: inside("out"),
    lease: inside("lease"),
    ended: inside("ended"),
    targets: inside("targets"),
    scripts: inside("scripts"),
    tee: inside("scan.xml"),
  };
}

/** Whether the session is on record in the trail of this folder. */
export function isOf(directory: string, home: string): boolean {
  try {
    return readFileSync(join(directory, "home"), "utf8") === home;
  } catch {
    return false;
  }
}
