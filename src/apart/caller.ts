// For whom the runner's program works: a broker that is root's own process, or an account that started it by sudo.
import { readFileSync, readlinkSync } from "node:fs";
import { err, ok, type Result, unreachable } from "../core/result.ts";
import { behindRoot } from "../facts/behind-root.ts";

/**
 * The uid of who gives the order: 0 for root's own broker. A problem where nobody can say.
 *
 * A broker of root's starts it itself and gives it an empty environment; sudo always names its caller there, and who
 * killed that sudo can't take it out again.
 */
export function callerOf(): Result<number, string> {
  if (process.getuid?.() !== 0 || process.geteuid?.() !== 0) return err("it is not started by root, nor by sudo");
  if (isRootsOwn(process.ppid) && !Object.keys(process.env).some((name) => name.startsWith("SUDO_"))) return ok(0);
  const behind = behindRoot();
  switch (behind.kind) {
    case "root":
      return ok(0);
    case "sudo":
      return ok(behind.uid);
    case "unknown":
      return err(`nobody can say who asks: ${behind.because}`);
    default:
      return unreachable(behind);
  }
}

/** A process of root's that is neither init, which adopts what others left, nor sudo, which keeps its caller's uid. */
function isRootsOwn(pid: number): boolean {
  if (pid <= 1) return false;
  try {
    const [real, effective] =
      /^Uid:\s+(\d+)\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, "latin1"))?.slice(1) ?? [];
    return real === "0" && effective !== undefined && !readlinkSync(`/proc/${pid}/exe`).endsWith("/sudo");
  } catch {
    return false;
  }
}
