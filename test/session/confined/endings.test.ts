// Confined sessions that others end, that crash, that get more time, and that can't begin: what they leave, and what
// arrives of them, counted on the receiving hosts.
import { once } from "node:events";
import { mkdirSync, readdirSync, readFileSync, readlinkSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Ran } from "./in-lab.ts";
import { yardstick } from "../yardstick.ts";
import { Lab, possible, Runner, started } from "./lab.ts";

const code = readFileSync(join(import.meta.dirname, "packets.py"), "utf8");
const KNOCKED = "-sS -O -p 22 10.99.1.2";
/** Says at the approved host that it is there, whatever signals ask of it. */
const knock = (who: string): readonly string[] => [
  ...["/bin/sh", "-c", 'trap "" INT TERM; exec "$0" "$@"'],
  ...["/usr/bin/python3", "-c", code, "knock", who],
];

describe.skipIf(!possible)("a confined session", () => {
  const lab = new Lab();
  let runner: Runner | undefined;
  const rules = (): string => lab.there("nft", "list", "ruleset");
  const uids = (): readonly string[] => readdirSync(join(lab.folder, "run", "uid"));
  beforeAll(async () => {
    await lab.up();
    await lab.listen();
    runner = lab.runner();
  });
  afterAll(async () => {
    await runner?.end();
    lab.down();
  });

  it("that is revoked is silent before it is dead, and dead within a second, whatever it ignores", async () => {
    const late = yardstick();
    const [ran] = await started(runner).run({ plan: KNOCKED, argv: knock("revoked"), revokeAfterMs: 600 });
    const revokedAt = ran?.revokedAt ?? 0;
    const deadMs = (ran?.end?.endedAt ?? Infinity) - revokedAt;
    const silentMs = (lab.knocks.get("revoked") ?? Infinity) - revokedAt;
    console.log(`revoked: last packet ${silentMs} ms after, dead ${deadMs} ms after`);
    expect(ran?.end).toMatchObject({ ending: "revoked", violations: [] });
    expect(deadMs).toBeLessThanOrEqual(1000 + 1000 * late());
    expect(silentMs).toBeLessThan(deadMs);
    expect(rules()).not.toMatch(/[sprc]_s\d{10}/);
  });

  it("with more time reaches its targets until the later end", async () => {
    const late = yardstick();
    const [ran] = await started(runner).run({ plan: KNOCKED, argv: knock("longer"), ttlSeconds: 1, extendTo: 3 });
    const beforeEnd = (ran?.end?.endedAt ?? 0) - (lab.knocks.get("longer") ?? 0);
    expect(ran?.end?.seconds).toBeGreaterThan(2.5);
    // The first end was two seconds before this one.
    expect(beforeEnd).toBeLessThan(1500 + 1000 * late());
  });

  it("that is given more time in its last moments has all of it, way out and processes, or none", async () => {
    const late = yardstick();
    const moments = [100, 600, 700, 730, 760, 800];
    const ran = await started(runner).run(
      ...moments.map((extendAfterMs) => {
        const argv = knock(`late-${extendAfterMs}`);
        return { plan: KNOCKED, argv, ttlSeconds: 1, extendTo: 3, extendAfterMs };
      }),
    );
    const kept = ran.map(({ end }, at) => {
      const silentMs = (end?.endedAt ?? 0) - (lab.knocks.get(`late-${moments[at] ?? 0}`) ?? 0);
      // On a busy machine the kernel may have shut the way out by itself before it is told: then it says so, and ends.
      const shut = { ending: "lost", violations: ["the kernel would not give it more time"] };
      expect(end).toMatchObject(end?.ending === "lost" ? shut : { ending: "time-box", violations: [] });
      // From the first end to the later one it would be two seconds.
      expect(silentMs).toBeLessThan(1500 + 1000 * late());
      return (end?.seconds ?? 0) > 2.5;
    });
    expect(kept).toContain(true);
  });

  it("that crashed is swept by one of two that come at once, and leaves nothing", async () => {
    const crashed = lab.runner("announce");
    crashed.child.stdin?.write(`${JSON.stringify([{ plan: KNOCKED, argv: knock("crash"), ttlSeconds: 30 }])}\n`);
    await crashed.next();
    const { pid = 0 } = crashed.child;
    const inner = Number(readFileSync(`/proc/${pid}/task/${pid}/children`, "latin1"));
    const gone = once(crashed.child, "exit");
    process.kill(inner, "SIGKILL");
    await gone;
    expect(uids()).toHaveLength(1);
    const two = [started(runner), lab.runner()];
    const ran = await Promise.all(two.map((one) => one.run({ plan: "-sS -p 22 10.99.1.2" })));
    await two[1]?.end();
    expect(ran.map(([one]) => [one?.end?.ending, one?.end?.violations])).toEqual([
      ["exited", []],
      ["exited", []],
    ]);
    expect(uids()).toEqual([]);
    expect(rules()).not.toMatch(/[sprc]_s\d{10}/);
  });

  it("has no socket of whoever started it: what another account opened leads nowhere", async () => {
    // Number 9 stays open in the program itself, as a socket that a shell or a service left to it would.
    const opener = `import os, socket, sys
s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM); os.dup2(s.fileno(), 9); os.execv(sys.argv[1], sys.argv[1:])`;
    const program = join(import.meta.dirname, "in-lab.ts");
    const words = [process.execPath, program, join(lab.folder, "run"), "announce"];
    const heir = new Runner(lab.start(["python3", "-c", opener, ...words]));
    const use = `import socket, time
time.sleep(0.5)
try: socket.socket(fileno=9).sendto(b"x", ("10.99.1.3", 9)); print("sent")
except OSError as error: print(error)`;
    const argv = ["/bin/sh", "-c", 'exec "$0" "$@" >/out/scan.xml', "/usr/bin/python3", "-c", use];
    const before = lab.arrived();
    heir.child.stdin?.write(`${JSON.stringify([{ plan: KNOCKED, argv }])}\n`);
    await heir.next();
    const { pid = 0 } = heir.child;
    const inner = readFileSync(`/proc/${pid}/task/${pid}/children`, "latin1").trim();
    expect(readlinkSync(`/proc/${inner}/fd/9`)).toMatch(/^socket:/);
    const [ran] = (await heir.next()) as readonly Ran[];
    await heir.end();
    expect(ran?.xml).toMatch(/Bad file descriptor/);
    expect(lab.arrived()).toBe(before);
  });

  it("does not begin where its folder is full, wherever that shows, and leaves nothing", async () => {
    const small = join(lab.folder, "small");
    mkdirSync(small);
    lab.there("mount", "-t", "tmpfs", "-o", "size=256k,mode=0700", "tmpfs", small);
    const cramped = new Runner(lab.start([process.execPath, join(import.meta.dirname, "in-lab.ts"), small]));
    const plan = "-sS -p 22 10.99.1.2";
    const [first] = await cramped.run({ plan });
    expect(first?.end?.exitCode).toBe(0);
    const problems: (string | undefined)[] = [];
    for (let pages = 0; pages < 6; pages++) {
      lab.there(
        "sh",
        "-c",
        `rm -f ${small}/fill; cat /dev/zero >${small}/fill 2>/dev/null; truncate -s -${pages * 4}k ${small}/fill`,
      );
      const [ran] = await cramped.run({ plan });
      problems.push(ran?.problem);
      expect(lab.there("sh", "-c", `ls ${small}/uid ${small}/confined | grep -v :`).trim()).toBe("");
      expect(rules()).not.toMatch(/[sprc]_s\d{10}/);
    }
    expect(problems.every((one) => one === undefined || /ENOSPC/.test(one))).toBe(true);
    expect(problems.filter((one) => one !== undefined).length).toBeGreaterThan(3);
    lab.there("rm", `${small}/fill`);
    const [last] = await cramped.run({ plan });
    expect(last?.end?.exitCode).toBe(0);
    await cramped.end();
  });
});
