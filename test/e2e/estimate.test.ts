// The estimate against what nmap really sends: its own count, packet by packet, in a network of our own making
// (answering-network.sh). Needs root for the namespaces.
import { execFile } from "node:child_process";
import { join } from "node:path";
import { promisify } from "node:util";
import { expect, test } from "vitest";
import { planOf } from "../core/plan/plans.ts";

const run = promisify(execFile);
const script = join(import.meta.dirname, "answering-network.sh");
const services = join(import.meta.dirname, "services.js");

/** Packets that nmap wrote, connections that it asked the system for, and those of its scripts and version probes. */
async function sentBy(line: string): Promise<number> {
  const args = ["-n", "sh", script, process.execPath, services, ...line.split(" ")];
  const { stdout, stderr } = await run("unshare", args, { maxBuffer: 2 ** 28 });
  expect(stdout, line).toContain("Nmap done");
  return [
    /^SENT /gm,
    /^CONN .*Operation now in progress/gm,
    /^NSOCK INFO.* (?:TCP|UDP|SSL) connection requested/gm,
  ].reduce((sum, pattern) => sum + (`${stdout}${stderr}`.match(pattern)?.length ?? 0), 0);
}

// The slow ones first: five are under way at a time.
const lines = [
  "-sV -p 22,80 10.20.0.0/30",
  "-O -p 22,80 10.20.0.0/30",
  "-sO -p 1-8 10.20.0.1",
  "-sU -p 53,161,123 10.20.0.0/29",
  "-Pn -sS -T4 -p 1-20 10.20.200.1",
  "-Pn --max-retries 0 -p 1-20 10.20.200.1",
  "-sY -p 1-50 10.20.0.1",
  "-sC -p 22,80 10.20.0.1",
  "-sX -p 1-200 10.20.0.1",
  "-sL 10.20.0.0/24",
  "-sn 10.20.0.1",
  "-sn 10.20.0.0/24",
  "-sn -PE 10.20.0.0/26",
  "-sn -PS22,80,443 -PU53 10.20.0.0/28",
  "-sS 10.20.0.1",
  "-sS -F 10.20.0.0/29",
  "-Pn -sS -p 22,80,443 10.20.0.0/27",
  "-sT -p 1-1000 10.20.0.2",
  "-Pn -sT -F 10.20.0.0/29 --exclude 10.20.0.7",
  "-sA -p 1-200 10.20.0.1",
  "-sU -p 1000-1005 10.20.0.1",
  "-sS -sU -p T:1-100,U:50-55 10.20.0.1",
  "--traceroute -p 80,443 10.20.0.1",
  "-6 -sS -F 2001:db8:20::1",
  "-6 -sn 2001:db8:20::/122",
  "-sn 127.0.0.1",
  "-p 1-5000 127.0.0.1",
];

const asRoot = process.getuid?.() === 0;

test.skipIf(!asRoot).concurrent.each(lines)("is right within a factor of two for %s", async (line) => {
  const sent = await sentBy(line);
  const { probes } = planOf(line).estimate;
  const ratio = sent === 0 && probes === 0 ? 1 : probes / sent;
  expect(ratio >= 0.5 && ratio <= 2, `estimated ${probes}, sent ${sent}`).toBe(true);
});

// Whether anybody is there is not known beforehand: where nobody is, nmap asks every way, and again.
test.skipIf(!asRoot).concurrent("says too little, but not by more than four, where nobody answers", async () => {
  const line = "-sn 10.20.200.0/30";
  const sent = await sentBy(line);
  expect(sent).toBeGreaterThan(planOf(line).estimate.probes);
  expect(sent).toBeLessThanOrEqual(4 * planOf(line).estimate.probes);
});
