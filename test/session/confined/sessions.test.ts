// Confined sessions in their ordinary life, and among odd things: several at once, hostile outputs, forks, accounts that
// are taken.
import { spawnSync } from "node:child_process";
import { mkdirSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { yardstick } from "../yardstick.ts";
import { Lab, possible, started, type Runner } from "./lab.ts";

const code = readFileSync(join(import.meta.dirname, "packets.py"), "utf8");
const way = (...words: readonly string[]): readonly string[] => ["/usr/bin/python3", "-c", code, ...words];

/** Networks enough for hashes in the kernel. */
const LONG_LIST = Array.from({ length: 200 }, (_, n) => `172.16.${n}.0-172.16.${n}.15`);

describe.skipIf(!possible)("confined sessions", () => {
  const lab = new Lab();
  let runner: Runner | undefined;
  const rules = (): string => lab.there("nft", "list", "ruleset");
  beforeAll(async () => {
    await lab.up();
    runner = lab.runner();
  });
  afterAll(async () => {
    await runner?.end();
    lab.down();
  });

  it("scan over IPv6 and by a router, and show the names that were typed", async () => {
    const [six, far] = await started(runner).run(
      { plan: "-6 -sS -p 22,80 fd99:1::2" },
      { plan: "-sS -p 22 10.99.2.2" },
    );
    expect(six?.xml).toMatch(/portid="22"><state state="open"/);
    expect([six?.end?.violations, far?.end?.violations]).toEqual([[], []]);
    expect(far?.xml).toMatch(/portid="22"><state state="open"/);
    const [named] = await started(runner).run({ plan: "-sT -p 22 one.test" });
    expect(named?.xml).toContain('<hostname name="one.test" type="user"/>');
  });

  it("reach each target of a long list, by frames and by sockets", async () => {
    const [raw, sockets, neighbours] = await started(runner).run(
      { plan: "-sS -Pn -p 22 10.99.1.2 10.99.2.2", egress: LONG_LIST },
      { plan: "-sT -Pn -p 22 10.99.1.2", egress: LONG_LIST },
      {
        plan: "-sS -p 22 10.99.1.2",
        argv: ["/usr/bin/nmap", "--privileged", "-n", "-sn", "-PR", "10.99.1.2", "-oX", "/out/scan.xml"],
        egress: LONG_LIST,
      },
    );
    for (const one of [raw, sockets]) expect(one?.xml).toMatch(/portid="22"><state state="open"/);
    expect(raw?.xml.match(/state="open"/g)).toHaveLength(2);
    expect(neighbours?.xml).toContain('addrtype="mac"');
    expect([raw, sockets, neighbours].map((one) => one?.end?.violations)).toEqual([[], [], []]);
  });

  it("run eight at once and reach each its own targets alone, and leave nothing", async () => {
    const plans = ["10.99.1.2", "10.99.2.2"].flatMap((target) => [80, 81, 22, 443].map((port) => ({ target, port })));
    const ran = await started(runner).run(
      ...plans.map(({ target, port }) => ({ plan: `-sS -Pn -p ${port} ${target}` })),
    );
    expect(ran.map(({ end }) => [end?.ending, end?.exitCode, end?.violations])).toEqual(
      plans.map(() => ["exited", 0, []]),
    );
    const open = ran.map(({ xml }) => xml.includes('state="open"'));
    expect(open).toEqual(plans.map(({ port }) => port === 80 || port === 22));
    const taken = ran.map(({ end }) => end?.revocation?.revoked ?? []);
    const names = ["way out", "packet rules", "processes", "files"];
    expect(taken.map((all) => all.filter((name) => names.includes(name)))).toEqual(plans.map(() => names));
    expect(new Set(taken.flat().filter((name) => name.startsWith("uid "))).size).toBe(8);
    expect(ran.map(({ end }) => end?.revocation?.left)).toEqual(plans.map(() => []));
    expect(rules()).not.toMatch(/[sprc]_s\d{10}/);
    expect(readdirSync(join(lab.folder, "run", "uid"))).toEqual([]);
    expect(readdirSync(join(lab.folder, "run", "confined"))).toEqual([]);
  });

  it("have one capability or none, an account without a name, no groups, and nothing open beyond standard error", async () => {
    const looks =
      "cat /proc/self/status; ls -l /proc/self/fd; env; ls /; ls /root /home /run 2>&1; touch /x /usr/x 2>&1";
    const argv = ["/bin/sh", "-c", `{ ${looks}; } >/out/scan.xml 2>&1`];
    const [raw, plain] = await started(runner).run(
      { plan: "-sS -p 22 10.99.1.2", argv },
      { plan: "-sT -p 22 10.99.1.2", argv, unprivileged: true },
    );
    const capabilities = (text = ""): readonly string[] =>
      [...text.matchAll(/^Cap\w+:\t(\w+)$/gm)].map(([, mask = ""]) => mask);
    expect(capabilities(raw?.xml)).toEqual(Array.from({ length: 5 }, () => "0000000000002000"));
    expect(capabilities(plain?.xml)).toEqual(Array.from({ length: 5 }, () => "0000000000000000"));
    expect(raw?.xml).toMatch(/^Uid:\t(19000\d{5})\t\1\t\1\t\1$/m);
    expect(raw?.xml).toMatch(/^Groups:\t\s*$/m);
    expect(raw?.xml).toMatch(/^NoNewPrivs:\t1$/m);
    expect(raw?.xml).toMatch(/^Seccomp:\t2$/m);
    expect(
      [...(raw?.xml ?? "").matchAll(/ (\d+) -> (\S+)/g)].filter(([, , to]) => to !== "/dev/null").map(([, fd]) => fd),
    ).toEqual(["1", "2", "3"]);
    expect(raw?.xml).toMatch(/^bin\ndev\netc\nin\nlib/m);
    expect(raw?.xml).toMatch(/cannot access '\/root'|\/root: No such file/);
    expect(raw?.xml).toContain("touch: cannot touch '/x': Read-only file system");
    expect(raw?.xml).not.toMatch(/SUDO|JIT_NMAP|HOME=\/root/);
  });

  it.each([
    ["a link", "ln -s /etc/shadow /out/scan.xml"],
    ["a link to a device", "ln -s /dev/zero /out/scan.xml"],
    ["a link out of the cage", "ln -s /proc/1/root/etc/shadow /out/scan.xml"],
    ["a hard link", "touch /out/a; ln /out/a /out/scan.xml"],
    ["a pipe", "mkfifo /out/scan.xml"],
    ["a folder", "mkdir /out/scan.xml"],
    [
      "what it becomes again and again",
      "i=0; while [ $i -lt 50 ]; do rm -f /out/scan.xml; ln -s /etc/shadow /out/scan.xml; rm /out/scan.xml; mkfifo /out/scan.xml; i=$((i+1)); done",
    ],
  ])("are not read through %s in the result's place, neither at the end nor meanwhile", async (_, script) => {
    const argv = ["/bin/sh", "-c", `${script}; sleep 0.2`];
    const [ran] = await started(runner).run({ plan: "-sS -p 22 10.99.1.2", argv, looks: true });
    expect(ran?.xml).toMatch(/not a plain file|ELOOP|EISDIR/);
    expect(ran?.looks?.length).toBeGreaterThan(0);
    expect(new Set(ran?.looks)).toEqual(new Set(["nothing"]));
    expect(readdirSync(join(lab.folder, "run", "confined"))).toEqual([]);
  });

  it("make no devices", async () => {
    const argv = [
      "/bin/sh",
      "-c",
      "mknod /out/scan.xml c 1 5 2>/out/said; mknod /tmp/a b 8 0 2>>/out/said; mv /out/said /out/scan.xml",
    ];
    const [ran] = await started(runner).run({ plan: "-sS -p 22 10.99.1.2", argv });
    expect(ran?.xml.match(/Operation not permitted/g)).toHaveLength(2);
  });

  it("end a fork bomb with themselves: the account has so many processes and no more", async () => {
    const argv = ["/bin/sh", "-c", 'exec "$0" "$@" >/out/scan.xml', ...way("bomb")];
    const [ran] = await started(runner).run({ plan: "-sS -p 22 10.99.1.2", argv, ttlSeconds: 1 });
    expect(ran?.end?.ending).toBe("time-box");
    expect(Number(ran?.xml)).toBeLessThan(64);
    expect(ran?.end?.revocation?.revoked.some((one) => one.startsWith("uid "))).toBe(true);
  });

  it("have so much memory for each process and no more", async () => {
    const program =
      "taken = 0\ntry:\n  kept = []\n  while taken < 2048: kept.append(bytearray(32 << 20)); taken += 32\nexcept MemoryError: pass\nprint(taken)";
    const argv = ["/bin/sh", "-c", 'exec "$0" "$@" >/out/scan.xml', "/usr/bin/python3", "-c", program];
    const [ran] = await started(runner).run({ plan: "-sT -p 22 10.99.1.2", argv });
    expect(Number(ran?.xml)).toBeGreaterThan(512);
    expect(Number(ran?.xml)).toBeLessThan(1024);
  });

  it("keep their account and their files from their first moment to their end, whoever wants them gone", async () => {
    const argv = ["/bin/sh", "-c", "ls -d /out >/out/scan.xml; sleep 0.3; ls /out >>/out/scan.xml"];
    const [ran] = await started(runner).run({ plan: "-sS -p 22 10.99.1.2", argv, discards: true });
    expect(ran).toMatchObject({ started: true, xml: "/out\nscan.xml\n", end: { ending: "exited" } });
    expect(readdirSync(join(lab.folder, "run", "confined"))).toEqual([]);
  });

  it("end within a time box of one second", async () => {
    const late = yardstick();
    const [ran] = await started(runner).run({ plan: "-sS -p 22 10.99.1.2", argv: ["/bin/sleep", "60"], ttlSeconds: 1 });
    expect(ran?.end).toMatchObject({ ending: "time-box" });
    expect(ran?.end?.seconds).toBeLessThan(3 + late());
  });

  it("go on and reach their targets in a time box that was made longer, and end with that one", async () => {
    const late = yardstick();
    const argv = way("knock", "longer");
    const [ran] = await started(runner).run({ plan: "-sS -O -p 22 10.99.1.2", argv, ttlSeconds: 1, extendTo: 4 });
    expect(ran?.end).toMatchObject({ ending: "time-box", violations: [] });
    expect(ran?.end?.seconds).toBeGreaterThan(3.5);
    expect(ran?.end?.seconds).toBeLessThan(6 + late());
  });

  it("find a free account among nine hundred that are taken, leave one in use alone, and say so when none is free", async () => {
    const uids = join(lab.folder, "run", "uid");
    for (let uid = 1_900_000_000; uid < 1_900_000_998; uid++) mkdirSync(join(uids, String(uid)));
    const used = spawnSync("true");
    expect(used.status).toBe(0);
    const user = lab.start(["setpriv", "--reuid=1900000998", "--regid=1900000998", "--clear-groups", "sleep", "20"]);
    while (lab.there("ps", "-u", "1900000998", "-o", "pid=").trim() === "")
      await new Promise((resolve) => setTimeout(resolve, 20));
    const [ran] = await started(runner).run({ plan: "-sS -p 22 10.99.1.2" });
    expect(ran?.end?.revocation?.revoked).toContain("uid 1900000999");
    mkdirSync(join(uids, "1900000999"));
    const [none] = await started(runner).run({ plan: "-sS -p 22 10.99.1.2" });
    expect(none?.problem).toMatch(/^session-io: All 1000 accounts/);
    expect(user.exitCode).toBeNull();
    user.kill("SIGKILL");
    lab.there("pkill", "-u", "1900000998");
    rmSync(uids, { recursive: true });
  });
});
