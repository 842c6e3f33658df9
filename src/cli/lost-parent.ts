// The one who holds our terminal or connection is gone without a word: sudo killed by its caller (who may signal sudo, not
// us), a connection's sshd that died. No signal comes then, so it is looked for. A shell that left us behind is none of
// these: `jit-nmap ... &` may outlive it, as nmap would.
import { readFileSync } from "node:fs";

const holders: ReadonlySet<string> = new Set(["sudo", "sshd", "sshd-session", "dropbear"]);

const LOOK_EVERY_MS = 1000;

/** Calls back once when the parent was such a program and is gone; returns what ends the watch. */
export function watchParent(callback: () => void): () => void {
  const parent = process.ppid;
  if (!holders.has(nameOf(parent))) return () => undefined;
  const timer = setInterval(() => {
    if (process.ppid === parent) return;
    clearInterval(timer);
    callback();
  }, LOOK_EVERY_MS);
  timer.unref();
  return () => {
    clearInterval(timer);
  };
}

function nameOf(pid: number): string {
  try {
    return readFileSync(`/proc/${pid}/comm`, "latin1").trimEnd();
  } catch {
    return "";
  }
}
