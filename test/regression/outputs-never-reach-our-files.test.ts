// `-oX ~/.local/state/jit-nmap/trail.db-wal` replaced the trail's journal by a scan's result, and `-oN` in the folder of
// policies wrote a policy: an output must not reach our own files, by whatever name or mount, nor the kernel's.
import { spawnSync } from "node:child_process";
import { linkSync, mkdirSync, readFileSync, realpathSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { scan } from "../../src/pipeline.ts";
import { createOutputFiles } from "../../src/session/outputs.ts";
import { World } from "../pipeline/world.ts";
import { privateDirectory } from "../session/scene.ts";

const bytes = Buffer.from("<nmaprun/>");

function ourFolders() {
  const home = privateDirectory();
  const state = join(home, "state");
  const config = join(home, "config");
  mkdirSync(join(state, "sessions", "s0000000001"), { recursive: true });
  mkdirSync(join(config, "policies"), { recursive: true });
  writeFileSync(join(state, "trail.db"), "trail");
  writeFileSync(join(config, "policies", "p.yaml"), "version: 1\n");
  return { home, state, config, outputs: createOutputFiles(undefined, [state, config]) };
}

test.each([
  "state/trail.db",
  "state/trail.db-wal",
  "state/trail.db-shm",
  "state/new.xml",
  "state/sessions/s0000000001/scan.xml",
  "config/policies/p.yaml",
  "config/policies/new.yaml",
  "way/trail.db-wal",
  "way/../state/new.xml",
])("an output to %s is refused before and after the scan", async (name) => {
  const { home, state, outputs } = ourFolders();
  symlinkSync(state, join(home, "way"));
  const path = `${home}/${name}`;
  const refusal = { code: "output-refused", message: expect.stringContaining("own files") as string };
  await expect(outputs.check(path)).resolves.toMatchObject(refusal);
  await expect(outputs.write(path, bytes)).resolves.toMatchObject(refusal);
  expect(readFileSync(join(state, "trail.db"), "utf8")).toBe("trail");
});

test("an output beside our folders is written", async () => {
  const { home, outputs } = ourFolders();
  await expect(outputs.check(join(home, "out.xml"))).resolves.toBeUndefined();
  await expect(outputs.write(join(home, "out.xml"), bytes)).resolves.toBeUndefined();
  expect(readFileSync(join(home, "out.xml"))).toEqual(bytes);
});

test.runIf(process.geteuid?.() === 0)(
  "another mount of a folder of ours, or of one file in it, is no way around",
  () => {
    const { home, state, config } = ourFolders();
    mkdirSync(join(home, "mounted"));
    writeFileSync(join(home, "one-file"), "");
    const program = `
    const { createOutputFiles } = await import(process.argv[1]);
    const outputs = createOutputFiles(undefined, process.argv.slice(2, 4));
    for (const path of process.argv.slice(4)) {
      for (const problem of [await outputs.check(path), await outputs.write(path, Buffer.from("x"))]) console.log(problem?.code);
    }`;
    const mounts = `mount --bind ${config}/policies ${home}/mounted && mount --bind ${state}/trail.db ${home}/one-file && exec "$@"`;
    const module = join(import.meta.dirname, "../../src/session/outputs.ts");
    const node = [process.execPath, "--input-type=module", "-e", program, module, state, config];
    const words = ["-m", "sh", "-c", mounts, "sh", ...node, join(home, "mounted/p.yaml"), join(home, "one-file")];
    const { stdout, stderr } = spawnSync("unshare", words, { encoding: "utf8" });
    expect(stderr).toBe("");
    expect(stdout.trim().split("\n")).toEqual(Array(4).fill("output-refused"));
    expect(readFileSync(join(state, "trail.db"), "utf8")).toBe("trail");
  },
);

test.each(["/proc/self/comm", "/proc/self/new", "/sys/kernel/uevent_seqnum", "/proc/self/oom_score_adj"])(
  "%s is no output file",
  async (path) => {
    const outputs = createOutputFiles();
    await expect(outputs.check(path)).resolves.toMatchObject({ code: "output-refused" });
    await expect(outputs.write(path, Buffer.from("0"))).resolves.toMatchObject({ code: "output-refused" });
  },
);

test("a name that ends in a slash is refused before the scan, not after", async () => {
  const path = `${privateDirectory()}/new/`;
  await expect(createOutputFiles().check(path)).resolves.toMatchObject({ code: "output-refused" });
});

test("two outputs of one line never go to one file", async () => {
  const home = realpathSync(privateDirectory());
  const outputs = createOutputFiles();
  symlinkSync(home, join(home, "way"));
  const refusal = { code: "output-refused", message: expect.stringContaining("same file") as string };
  await expect(outputs.check(join(home, "way/a"), [join(home, "a")])).resolves.toMatchObject(refusal);
  await expect(outputs.check(join(home, "a"), [join(home, "b")])).resolves.toBeUndefined();
  writeFileSync(join(home, "a"), "");
  linkSync(join(home, "a"), join(home, "b"));
  await expect(outputs.check(join(home, "a"), [join(home, "b")])).resolves.toMatchObject({ code: "output-refused" });
});

test("the pipeline asks with the other files of the line", async () => {
  const world = new World("version: 1\nrules:\n  - { name: near, effect: allow, targets: [127.0.0.0/8], ttl: 5m }\n");
  const asked: (readonly string[])[] = [];
  world.effects.outputs.check = (path, others = []) => {
    asked.push([path, ...others]);
    return Promise.resolve(undefined);
  };
  await scan(world.ask("-sL -oN a -oX b 127.0.0.1"), {}, world.effects);
  expect(asked).toEqual([["/home/bob/a"], ["/home/bob/b", "/home/bob/a"]]);
});
