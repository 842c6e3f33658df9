// A restricted scan in front of a person: by root, and through the real sudo, with a terminal of its own for what it runs
// and without. What keys do, that the time box holds whatever becomes of the front, and that the trail says how it ended.
import { existsSync, readFileSync } from "node:fs";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { PtyProgram } from "../cli/pty.ts";
import { possible } from "../session/confined/lab.ts";
import { Machine, scanning, type Person } from "./machine.ts";

const machine = new Machine();

const people: readonly (readonly [string, Person])[] = [
  ["by root", "root"],
  ["by a sudo that gives it a terminal", "alice"],
  ["by a sudo that does not", "bob"],
];

/** Hosts one after the other, so that some are finished when it ends. Each test scans a network of its own. */
const target = (network: string): string => `127.${network}.1-90`;
const line = (network: string, options = ""): string =>
  `$JIT -sS -Pn -p 9 --scan-delay 500ms --max-hostgroup 1 ${options} ${target(network)}`;

/** Types the key until it has shown something: a scan takes keys only after its first moments. */
async function press(key: string, pattern: RegExp, on: PtyProgram): Promise<string> {
  const timer = setInterval(() => {
    on.type(key);
  }, 300);
  try {
    return await on.shows(pattern);
  } finally {
    clearInterval(timer);
  }
}

async function holds(condition: () => boolean): Promise<void> {
  while (!condition()) await new Promise((resolve) => setTimeout(resolve, 20));
}

/** How many hosts nmap has finished, by what it has written so far. */
function finished(network: string): number {
  const [pid = 0] = scanning(target(network));
  return [...readFileSync(`/proc/${pid}/root/out/scan.xml`, "latin1").matchAll(/<\/host>/g)].length;
}

/** How the trail says that it ended, and what was taken back. */
function ending(who: Person, network: string): { readonly ending: unknown; readonly revoked: readonly string[] } {
  const events = machine.trail(who, target(network));
  const data = (type: string): Record<string, unknown> | undefined => events.find((event) => event.type === type)?.data;
  return {
    ending: data("session.ended")?.["ending"],
    revoked: (data("credentials.revoked")?.["revoked"] ?? []) as readonly string[],
  };
}

/**
 * The front says how it ended; where it was killed before it could (sudo gives what it ran two seconds), whoever comes next
 * does.
 */
function isOnRecord(who: Person, network: string): void {
  const types = (): readonly string[] => machine.trail(who, target(network)).map(({ type }) => type);
  while (!types().includes("session.ended") && !types().includes("session.swept"))
    machine.there(who, "sh", "-c", "$JIT sweep 2>/dev/null; true");
  if (types().includes("session.swept")) return;
  expect(ending(who, network)).toMatchObject({ ending: "interrupted", revoked: takenBack });
}

const status = /jit-nmap: \d:\d\d:\d\d elapsed, \d:\d\d:\d\d left of 2m; [1-9]\d* hosts? reported/;
const takenBack: unknown = expect.arrayContaining([
  ...["grant", "way out", "packet rules", "processes", "files"],
  expect.stringMatching(/^uid 19000\d{5}$/),
]);

const can = possible && existsSync("/usr/bin/sudo");

describe.skipIf(!can)("a restricted scan at a terminal", { concurrent: true }, () => {
  beforeAll(() => machine.up());
  afterAll(() => {
    machine.down();
  });

  it.each(people)("%s says how far it is, and Ctrl-C ends it and keeps what was found", async (_, who) => {
    const network = `1.${who.length}`;
    const sh = machine.shell(who);
    sh.run(`${line(network)}; echo "code $?"`);
    await press(" ", status, sh);
    sh.type("\u0003");
    expect(await sh.shows(/^code \d+/m)).toMatch(
      /the scan was interrupted\njit-nmap: hint: what was found is kept: .*\ncode 130/,
    );
    expect(scanning(target(network))).toEqual([]);
    expect(machine.there(who, "sh", "-c", "$JIT results; true")).toContain(`Nmap scan report for 127.${network}.1\n`);
    expect(ending(who, network)).toMatchObject({ ending: "interrupted", revoked: takenBack });
    sh.hangUp();
  });

  it.each(people)("%s goes on while Ctrl-Z has put it aside, and fg brings it back", async (_, who) => {
    const network = `2.${who.length}`;
    const sh = machine.shell(who);
    sh.run(line(network));
    await press(" ", status, sh);
    sh.type("\u001a");
    await sh.shows(/Stopped/);
    const before = finished(network);
    await holds(() => finished(network) > before);
    sh.run("clear; stty -a | grep -oE -e '-?(echo|icanon|isig) ' | tr -d '\\n'; echo '=modes'");
    expect(await sh.shows(/=modes$/m)).toMatch(/^isig icanon echo =modes/m);
    sh.run("clear; fg");
    await press(" ", status, sh);
    sh.type("\u0003\u0003");
    await sh.shows(/the scan was interrupted/);
    expect(scanning(target(network))).toEqual([]);
    sh.hangUp();
  });

  it.each(people)("%s ends with its time box while it is put aside, and is announced before", async (_, who) => {
    const network = `3.${who.length}`;
    const sh = machine.shell(who);
    sh.run(line(network, "--jit-ttl 4s"));
    await sh.shows(/^jit-nmap: may take 45s, its time box is 4s/m);
    await sh.shows(/^jit-nmap: \ds left of the time box of 4s: jit-nmap extend r\w{10} DURATION$/m);
    sh.type("\u001a");
    await sh.shows(/Stopped|ended the scan/);
    await holds(() => scanning(target(network)).length === 0);
    sh.run("fg; echo ended $?");
    await sh.shows(/the time box of 4s ended the scan/);
    expect(ending(who, network)).toMatchObject({ ending: "time-box", revoked: takenBack });
    sh.hangUp();
  });

  it.each(people)("%s ends with a terminal that is closed, and the trail says so", async (_, who) => {
    const network = `4.${who.length}`;
    const sh = machine.shell(who);
    sh.run(line(network));
    await sh.shows(new RegExp(`Nmap scan report for 127.${network}.1\n`));
    sh.hangUp();
    await holds(() => scanning(target(network)).length === 0);
    isOnRecord(who, network);
  });

  // Who calls sudo may kill it; what it started hears nothing of that by itself where it has no terminal of its own.
  it.each(people.slice(1))("%s ends with the sudo that its caller killed", async (_, who) => {
    const network = `5.${who.length}`;
    const sh = machine.shell(who);
    sh.run(`${line(network)} & echo "sudo $!"; fg`);
    const [, pid = ""] =
      /^sudo (\d+)/m.exec(await sh.shows(new RegExp(`Nmap scan report for 127.${network}.1\n`))) ?? [];
    expect(Number(pid)).toBeGreaterThan(1);
    machine.there(who, "kill", "-KILL", pid);
    await holds(() => scanning(target(network)).length === 0);
    isOnRecord(who, network);
    sh.hangUp();
  });
});
