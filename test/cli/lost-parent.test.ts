import { spawn } from "node:child_process";
import { once } from "node:events";
import { copyFileSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, it } from "vitest";

const program = join(import.meta.dirname, "../../bin/jit-nmap");
const folder = mkdtempSync(join(tmpdir(), "jit-parent-"));
afterAll(() => {
  rmSync(folder, { recursive: true, force: true });
});
mkdirSync(join(folder, "policies"));
writeFileSync(
  join(folder, "policies/near.yaml"),
  "version: 1\nrules: [{ name: near, effect: allow, targets: [127.0.0.1], ttl: 5m }]\n",
);

/** Runs a scan of so many seconds under a shell of that name, kills the shell once nmap has begun, and waits for its end. */
async function orphan(name: string, ports: string): Promise<string> {
  const shell = join(folder, name);
  copyFileSync("/bin/sh", shell);
  const line = `"$0" -sT -Pn -p ${ports} --scan-delay 1s 127.0.0.1; exit`;
  const parent = spawn(shell, ["-c", line, program], {
    env: { PATH: "/usr/bin:/bin", JIT_NMAP_HOME: folder },
    detached: true,
    stdio: ["ignore", "pipe", "pipe"],
  });
  let text = "";
  const closed = Promise.all([once(parent.stdout, "close"), once(parent.stderr, "close")]);
  parent.stderr.on("data", (bytes: Buffer) => (text += bytes.toString()));
  await new Promise<void>((resolve) =>
    parent.stdout.on("data", (bytes: Buffer) => {
      text += bytes.toString();
      if (text.includes("Starting Nmap")) resolve();
    }),
  );
  parent.kill("SIGKILL");
  await closed;
  return text;
}

it.concurrent.each(["sshd", "sshd-session", "sudo"])("a scan ends with the %s that it came through", async (name) => {
  expect(await orphan(name, "1-900")).toContain("jit-nmap: error: the scan was interrupted");
});

it.concurrent("a scan outlives the shell that left it behind, as nmap does", async () => {
  expect(await orphan("bash", "1-3")).toContain("Nmap done: 1 IP address");
});
