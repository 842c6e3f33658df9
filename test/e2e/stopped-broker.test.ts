// Who asked for a scan may stop the program that runs it, through its sudo: a revocation reaches the session all the same.
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { possible } from "../session/confined/lab.ts";
import { Machine, scanning, type Person } from "./machine.ts";

const machine = new Machine();

async function holds(condition: () => boolean): Promise<void> {
  while (!condition()) await new Promise((resolve) => setTimeout(resolve, 20));
}

describe.skipIf(!possible)("a restricted scan whose program was stopped", () => {
  beforeAll(() => machine.up());
  afterAll(() => {
    machine.down();
  });

  it.each([
    ["root", "201.0"],
    ["alice", "202.0"],
    ["bob", "203.0"],
  ] as const)("by %s ends when it is revoked, and is on record as over", async (who: Person, network) => {
    const target = `127.${network}.1-90`;
    const ours = (signal: string): string =>
      machine.there("root", "sh", "-c", `pkill -${signal} -f 'jit-nmap[.]cjs .*${target}'; true`);
    const shell = machine.shell(who);
    shell.run(`$JIT -sS -Pn -p 9 --scan-delay 500ms --max-hostgroup 1 ${target}`);
    await holds(() => scanning(target).length > 0);
    const id = machine.trail(who, target)[0]?.request ?? "";
    ours("STOP");
    try {
      expect(machine.there(who, "sh", "-c", `$JIT revoke ${id} --reason enough 2>&1; echo $?`)).toMatch(
        /is revoked; its scan has ended\r?\n0\r?\n$/,
      );

      expect(scanning(target)).toEqual([]);
      const types = machine.trail(who, target).map(({ type }) => type);
      expect(types).toEqual(expect.arrayContaining(["grant.revoked", "session.swept", "credentials.revoked"]));
    } finally {
      ours("CONT");
    }
    // Going on, it finds that all is over, and says so; a sudo that stopped itself stays where it is.
    if (who === "root") await shell.shows(/jit-nmap: (?!error: a defect)[^]*$/);
  });
});
