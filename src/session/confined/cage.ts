// Starting nmap in its cage: the files that it sees, the system call filter, and the chain of programs that bring it
// there. What each of them takes away is core/confinement's.
import { closeSync, existsSync, openSync, readlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Confinement } from "../../core/confinement/confinement.ts";
import { withdrawalRules } from "../../core/confinement/egress-rules.ts";
import { cageCommand, hostsFile, NSSWITCH } from "../../core/confinement/launch-chain.ts";
import { seccompProgram } from "../../core/confinement/seccomp.ts";
import type { Result } from "../../core/result.ts";
import type { Launch, LaunchProblem } from "../../effects.ts";
import { CAGE_DESCRIPTOR, launch, type Launched } from "../launch.ts";
import { enterWords } from "./control-group.ts";
import type { Facilities } from "./facilities.ts";
import { writeConfinedLease } from "./lease.ts";

/** Who runs in it, for how long, and what it may do. */
export interface Cell {
  readonly confinement: Confinement;
  readonly uid: number;
  readonly ttlSeconds: number;
  /** Its control group, where there is one. */
  readonly group: string | undefined;
}

/** Where its files are on this machine. */
export interface CellPlace {
  readonly directory: string;
  readonly out: string;
  readonly lease: string;
  readonly targets: string;
  readonly scripts: string;
  /** The private copy of nmap's data, where the plan reads any. */
  readonly data: string | undefined;
}

/** Starts the shell that becomes the cage, and its guard. Nothing of nmap runs before the gate is opened. */
export function startCage(
  order: Launch,
  { confinement, uid, ttlSeconds, group }: Cell,
  { directory, out, lease, targets, scripts, data }: CellPlace,
  facilities: Facilities,
): Result<Launched, LaunchProblem> {
  const { session, argv, env } = order;
  const put = (name: string, content: string | Uint8Array): string => {
    const path = join(directory, name);
    writeFileSync(path, content, { mode: 0o444, flag: "wx" });
    return path;
  };
  const [nmap = ""] = argv;
  const files = {
    out,
    hosts: put("hosts", hostsFile(confinement)),
    nsswitch: put("nsswitch.conf", NSSWITCH),
    links: ROOT_LINKS.flatMap(linkOf),
    ...(existsSync(targets) ? { targets } : {}),
    ...(existsSync(scripts) ? { scripts } : {}),
    ...(data === undefined ? {} : { data }),
    ...(nmap.startsWith("/usr/") ? {} : { nmap }),
  };
  const filter = openSync(put("seccomp", seccompProgram(facilities.architecture)), "r");
  try {
    return launch(order, {
      workingDirectory: directory,
      note: (leader) => {
        writeConfinedLease(lease, uid, leader);
      },
      cage: {
        argv: cageCommand(argv, confinement, uid, files, facilities, CAGE_DESCRIPTOR, ttlSeconds, env),
        descriptor: filter,
        guard: [String(uid), facilities.nft, facilities.setpriv, withdrawalRules(session, uid)],
        // By itself, while the kernel loads the rules: the kernel takes its time for such a move.
        first: group === undefined ? "" : enterWords(group),
      },
    });
  } finally {
    closeSync(filter);
  }
}

const ROOT_LINKS = ["/bin", "/sbin", "/lib", "/lib32", "/lib64", "/libx32"];

function linkOf(path: string): readonly { readonly path: string; readonly to: string | undefined }[] {
  try {
    return [{ path, to: readlinkSync(path) }];
  } catch (error) {
    // EINVAL: a folder of its own, as before /usr was merged.
    return (error as NodeJS.ErrnoException).code === "EINVAL" ? [{ path, to: undefined }] : [];
  }
}
