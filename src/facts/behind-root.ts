// Who stands behind a process of root's: root by hand, somebody by sudo, or nobody knows. Judged by the processes above
// it, which their callers can't alter; a variable of the environment can only take root's name away, never give it.
import { readFileSync, readlinkSync } from "node:fs";

export type Behind =
  | { readonly kind: "root" }
  /** The caller of the sudo above, with the real uid that the kernel gives it. */
  | { readonly kind: "sudo"; readonly uid: number }
  /** It may be root's own, but nothing shows it. */
  | { readonly kind: "unknown"; readonly because: string };

/** Where sudo lives. Another path may be anybody's program of that name. */
const SUDO = new Set(["/usr/bin/sudo", "/bin/sudo", "/usr/local/bin/sudo", "/usr/lib/cargo/bin/sudo"]);
/** Of the other doors to root the one that stays behind what it opened, and asks for root's own password. */
const SU = new Set(["/usr/bin/su", "/bin/su"]);
/** What sudo gives to everything it starts, whatever its caller had set. Source: sudo(8), "ENVIRONMENT". */
const LEFT_BY_SUDO = ["SUDO_COMMAND", "SUDO_UID", "SUDO_USER", "SUDO_GID"] as const;
/** The machine's own process ids, not those of a container. Source: PROC_PID_INIT_INO of Linux. */
const MACHINES_PIDS = "pid:[4026531836]";
/** What the kernel says where nobody has logged in. */
const NO_LOGIN = 0xffff_ffff;

interface Process {
  readonly parent: number;
  readonly session: number;
  readonly realUid: number;
  readonly program: string;
}

/**
 * Goes up from this process through those of root's. The first that is not root's says who called: sudo keeps its
 * caller's real uid, and names its caller also where it started a script, or a shell, that started this.
 *
 * The caller may kill that sudo, and init or any other process adopts what is left. Then whatever still tells of a
 * sudo, or of somebody else's login, takes root's name away. Cron, ssh as root and containers leave no such trace.
 */
export function behindRoot(): Behind {
  try {
    return lookUp();
  } catch {
    return unknown("the processes above this one are going away");
  }
}

function lookUp(): Behind {
  const own = readProcess(process.pid);
  let leftBehind = LEFT_BY_SUDO.some((name) => process.env[name] !== undefined);
  let below = process.pid;
  for (let pid = process.ppid; pid > 1;) {
    const above = readProcess(pid);
    // A number is given again to somebody else once its process is gone.
    if (readProcess(below).parent !== pid) return unknown("the processes above this one are going away");
    if (above.realUid !== 0) {
      if (SUDO.has(above.program)) return { kind: "sudo", uid: above.realUid };
      if (leftBehind) return unknown("the sudo that started this is gone");
      if (SU.has(above.program)) return { kind: "root" };
      return unknown(`an account that is not root started this (uid ${above.realUid}), and not by sudo`);
    }
    // A sudo that root called is where the variables below it come from. Daemons that a sudo once started keep theirs;
    // whom they let in is in a session of its own.
    if (SUDO.has(above.program)) leftBehind = false;
    if (above.session === own.session && bringsSudo(pid)) leftBehind = true;
    [below, pid] = [pid, above.parent];
  }
  if (leftBehind) return unknown("the sudo that started this is gone");
  if (isAnothersLogin(own.session)) return unknown("this is root's in a login of somebody else");
  return { kind: "root" };
}

const unknown = (because: string): Behind => ({ kind: "unknown", because });

/** Source: proc_pid_stat(5); the program's name, in parentheses, may hold anything. */
function readProcess(pid: number): Process {
  const stat = readFileSync(`/proc/${pid}/stat`, "latin1");
  const [, parent = NaN, , session = NaN] = stat
    .slice(stat.lastIndexOf(")") + 2)
    .split(" ")
    .map(Number);
  const realUid = Number(/^Uid:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, "latin1"))?.[1]);
  if (!Number.isSafeInteger(parent + session + realUid)) throw new Error(`process ${pid} can't be read`);
  return { parent, session, realUid, program: programOf(pid) };
}

/** Threads of the kernel have none. */
function programOf(pid: number): string {
  try {
    return readlinkSync(`/proc/${pid}/exe`);
  } catch {
    return "";
  }
}

/** Whether it was started with sudo's variables, which it may have kept from what it started itself. */
function bringsSudo(pid: number): boolean {
  const variables = readFileSync(`/proc/${pid}/environ`, "latin1").split("\0");
  return variables.some((variable) => LEFT_BY_SUDO.some((name) => variable.startsWith(`${name}=`)));
}

/** Whether the terminal's session, or the login that the kernel remembers on a machine of its own, is another account's. */
function isAnothersLogin(session: number): boolean {
  if (ownerOf(session) !== 0) return true;
  if (readlinkSync("/proc/self/ns/pid") !== MACHINES_PIDS) return false;
  const login = Number(readFileSync("/proc/self/loginuid", "latin1"));
  return login !== 0 && login !== NO_LOGIN;
}

/** Root, where nobody leads the session any more. */
function ownerOf(session: number): number {
  try {
    return readProcess(session).realUid;
  } catch {
    return 0;
  }
}
