// Who may start a program of root's by sudo may send it SIGUSR1 as well: sudo passes it on. A Node that gets it opens its
// debugger on a port of this machine, and whoever connects runs what he likes as root.
import { spawn, type ChildProcess, type ChildProcessWithoutNullStreams } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { Duplex } from "node:stream";
import { describe, expect, it } from "vitest";
import { privateDirectory } from "../session/scene.ts";

const bin = join(import.meta.dirname, "../../bin");
const isRoot = process.geteuid?.() === 0;
// As root in a network and a /run of its own: nothing of this test is the machine's.
const apart = ["-n", "-m", "sh", "-c", 'mount -t tmpfs none /run && exec "$@"', "sh"];

function start(...words: readonly string[]): {
  readonly child: ChildProcessWithoutNullStreams;
  readonly said: () => string;
} {
  const [command = "", ...rest] = isRoot ? ["unshare", ...apart, ...words] : words;
  const child = spawn(command, rest, {
    env: { PATH: "/usr/bin:/bin", JIT_NMAP_HOME: privateDirectory() },
    stdio: ["pipe", "pipe", "pipe", "pipe"],
  });
  let said = "";
  child.stderr.on("data", (bytes: Buffer) => (said += bytes.toString()));
  child.stdout.on("data", () => undefined);
  return { child, said: () => said };
}

/** Until Node is up, and waits in epoll_pwait(2). */
async function untilItWaits({ pid = 0 }: ChildProcess): Promise<void> {
  while (!/^(281|22) /.test(readFileSync(`/proc/${pid}/syscall`, "latin1"))) {
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

describe("SIGUSR1", () => {
  it("does nothing to jit-nmap", async () => {
    const { child, said } = start(join(bin, "jit-nmap"), "-sL", "-iL", "-");
    await untilItWaits(child);
    child.kill("SIGUSR1");
    child.stdin.end();
    const [code] = (await once(child, "close")) as [number | null];
    expect(said()).toMatch(/^jit-nmap: error: .* names no target/);
    expect(code).toBe(64);
  });

  it("does nothing to the runner", async () => {
    const { child, said } = start("sh", "-c", 'exec "$@" <&3 3<&-', "sh", join(bin, "jit-nmap-runner"));
    const wire = child.stdio[3] as Duplex;
    const hello = Buffer.from(JSON.stringify({ kind: "hello", version: 1, build: "another", home: "/" }));
    wire.write(Buffer.concat([Buffer.from([0, 0, 0, hello.length]), hello]));
    await once(wire, "data");
    child.kill("SIGUSR1");
    // Its signals are heard in the order in which they came: it is past this one when it is told to end.
    child.kill("SIGTERM");
    const [code] = (await once(child, "close")) as [number | null];
    expect({ code, said: said() }).toEqual({ code: 0, said: "" });
  });
});
