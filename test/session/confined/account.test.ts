// Accounts of sessions: which are free on this machine, and that rules hold those that root's file names.
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { rangeProblem } from "../../../src/session/confined/account.ts";
import { Lab, possible, Runner, started } from "./lab.ts";

describe("a range of accounts", () => {
  const range = { first: 1_900_000_000, count: 1000 };
  const etc = mkdtempSync(join(tmpdir(), "jit-etc-"));
  afterEach(() => {
    for (const file of ["passwd", "group", "subuid", "subgid"]) rmSync(join(etc, file), { force: true });
  });
  afterAll(() => {
    rmSync(etc, { recursive: true });
  });

  it.each([
    ["passwd", "carol:x:1900000999:100::/home/carol:/bin/sh\n", /1900000999 .*account carol/],
    ["group", "ops:x:1900000000:\n", /1900000000 .*group ops/],
    ["subuid", "carol:100000:65536\nbob:1899999000:1001\n", /1899999000 .*subuid, to bob/],
    ["subgid", "bob:1900000999:65536\n", /1900000999 .*subgid, to bob/],
  ])("is not free where %s gives a number of it away", (file, text, problem) => {
    writeFileSync(join(etc, file), text);
    expect(rangeProblem(range, etc)).toMatch(problem);
  });

  it("is free where those files give away what lies beside it, or are not there", () => {
    expect(rangeProblem(range, etc)).toBeUndefined();
    writeFileSync(join(etc, "passwd"), "root:x:0:0::/root:/bin/sh\nlast:x:1899999999:0::/:/bin/sh\n\n");
    writeFileSync(join(etc, "subuid"), "bob:1900001000:65536\n");
    expect(rangeProblem(range, etc)).toBeUndefined();
  });
});

describe.skipIf(!possible)("sessions whose accounts root's file names", () => {
  const lab = new Lab();
  let usual: Runner | undefined;
  beforeAll(async () => {
    await lab.up();
    usual = lab.runner();
  });
  afterAll(async () => {
    await usual?.end();
    lab.down();
  });
  const words = [process.execPath, join(import.meta.dirname, "in-lab.ts"), join(lab.folder, "run")];
  const others = (): Runner => new Runner(lab.start(words, { UIDS: '{ "first": 2000000000, "count": 20 }' }));
  const code = readFileSync(join(import.meta.dirname, "packets.py"), "utf8");
  const plan = "-sS -p 22 10.99.1.2";
  const hostile = { plan, argv: ["/usr/bin/python3", "-c", code, "raw"] };

  it("are held to their plans as all others, after and before sessions of the usual accounts", async () => {
    const [first] = await started(usual).run({ plan });
    expect(first?.end?.revocation?.revoked.at(-1)).toMatch(/^uid 19000/);
    const before = lab.arrived();
    const own = others();
    // The first under other numbers makes the standing rules anew, and refuses to where another has begun meanwhile.
    const [ran] = await own.run({ plan });
    const [bad] = await own.run(hostile);
    await own.end();
    expect(ran?.end?.revocation?.revoked.at(-1)).toMatch(/^uid 20000000[01]\d$/);
    expect(ran?.xml).toContain('state="open"');
    expect(bad?.end?.violations?.join()).toMatch(/refused 5 packets to 10\.99\.1\.3/);
    const [back] = await started(usual).run(hostile);
    expect(back?.end?.violations?.join()).toMatch(/refused 5 packets to 10\.99\.1\.3/);
    expect(lab.arrived()).toBe(before);
  });

  it("do not begin while sessions of other accounts run, which go on", async () => {
    const wait = "until [ -e /out/go ]; do sleep 0.1; done";
    const slow = started(usual).run({ plan, ttlSeconds: 60, argv: ["/bin/sh", "-c", wait] });
    while (!lab.there("nft", "list", "ruleset").includes("expires"))
      await new Promise((resolve) => setTimeout(resolve, 20));
    const own = others();
    const [refused] = await own.run({ plan });
    expect(refused?.problem).toMatch(/sessions run whose accounts are not those of the ceiling's file/);
    const folder = join(lab.folder, "run", "confined");
    for (const session of readdirSync(folder)) writeFileSync(join(folder, session, "out", "go"), "");
    expect((await slow)[0]?.end).toMatchObject({ ending: "exited", exitCode: 0, violations: [] });
    const [now] = await own.run({ plan });
    await own.end();
    expect(now?.end?.exitCode).toBe(0);
  });
});
