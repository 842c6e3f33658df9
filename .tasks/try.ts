// `npm run try`: three scans as a person would type them, with the shipped policy, against a listener of our own on
// loopback. Ends with 0 only when each went as it should.
import { spawnSync } from "node:child_process";
import { closeSync, mkdtempSync, openSync, rmSync } from "node:fs";
import { createServer, type AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";

const jitNmap = join(import.meta.dirname, "../bin/jit-nmap");
const home = mkdtempSync(join(tmpdir(), "jit-nmap-try-"));
const env = { ...process.env, JIT_NMAP_HOME: home };
const failures: string[] = [];

function terminalThere(): boolean {
  try {
    closeSync(openSync("/dev/tty", "r+"));
    return true;
  } catch {
    return false;
  }
}

function say(text: string): void {
  console.log(`\n\u2014\u2014 ${text}`);
}

/** Shows the command as typed, runs it on this terminal, and notes when it did not end as expected. */
function type(args: readonly string[], ...expected: readonly number[]): void {
  console.log(`\n$ jit-nmap ${args.join(" ")}`);
  const done = spawnSync(jitNmap, args, { env, stdio: "inherit" });
  if (!expected.includes(done.status ?? -1))
    failures.push(`jit-nmap ${args.join(" ")}: exit ${String(done.status)}, not ${expected.join(" or ")}`);
}

function ask(args: readonly string[]): string {
  return spawnSync(jitNmap, args, { env, encoding: "utf8" }).stdout;
}

const listener = createServer((socket) => socket.end());
await new Promise<void>((resolve) => listener.listen(0, "127.0.0.1", resolve));
const { port } = listener.address() as AddressInfo;
// The scans run while this process waits for them: the kernel answers their handshakes from the listener's queue.

say(`1. Allowed by the shipped policy: an ordinary scan of this machine (a listener waits on port ${port}).`);
type(["-sT", "-p", String(port), "127.0.0.1"], 0);
const found = JSON.parse(ask(["results", "--json"]) || "{}") as { readonly summary?: { readonly openPorts?: number } };
if (found.summary?.openPorts !== 1) failures.push(`the open port ${port} was not found`);

const terminal = terminalThere();
say("2. Needs a confirmation: private addresses that this machine is not attached to. The list scan sends no packet.");
console.log(
  terminal
    ? "   (You will be asked for the number of hosts: type 4.)"
    : "   (There is no terminal to ask at: it says what to type, and exits 75.)",
);
// Anything else than the number takes the request back: 130.
type(["-sL", "-n", "10.99.99.0/30"], ...(terminal ? [0, 130] : [75]));

say("3. Denied: an address of the public internet. The last line says what to type instead.");
type(["-sL", "-n", "8.8.8.8", "127.0.0.1"], 77);

say("The trail of all three.");
type(["audit", "list"], 0);
type(["audit", "verify"], 0);

listener.close();
rmSync(home, { recursive: true, force: true });
if (failures.length > 0) {
  console.error(`\nThis did not go as it should:\n  ${failures.join("\n  ")}`);
  process.exit(1);
}
say("All as it should be. Now try your own: bin/jit-nmap -F localhost");
