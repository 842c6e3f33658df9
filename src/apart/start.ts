// Starts the runner's program: in a session of its own, so that no terminal reaches it, with nothing in its environment.
// Descriptor 0 is the wire, in both directions, because sudo closes what lies above 2; the two others are nmap's.
import { spawn } from "node:child_process";
import { join } from "node:path";
import type { Duplex } from "node:stream";
import { BUILD } from "./build-id.ts";

/** sudo itself, never another program of that name in somebody's PATH. */
export const SUDO = "/usr/bin/sudo";

/** What a sudoers rule names: it finds its Node beside itself. */
export const LAUNCHER = join(import.meta.dirname, BUILD === "source" ? "../.." : "..", "bin", "jit-nmap-runner");

/**
 * @param by  `root`: this process is root, and starts the program itself. `sudo`: it asks sudo to, without a question.
 */
export function startProgram(by: "root" | "sudo"): Duplex {
  const program =
    BUILD === "source"
      ? join(import.meta.dirname, "../../bin/runner.ts")
      : join(import.meta.dirname, "jit-nmap-runner.cjs");
  const words = by === "root" ? [process.execPath, "--disable-sigusr1", program] : [SUDO, "-n", "--", LAUNCHER];
  // Node makes descriptor 3 a socket in both directions, but never 0.
  const child = spawn("/bin/sh", ["-c", 'exec "$@" <&3 3<&-', "sh", ...words], {
    detached: true,
    cwd: "/",
    env: { LC_ALL: "C" },
    stdio: ["ignore", "inherit", "inherit", "pipe"],
  });
  // That it could not be started is seen at the wire.
  child.on("error", () => undefined);
  return child.stdio[3] as unknown as Duplex;
}
