import { chmodSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir, userInfo } from "node:os";
import { dirname, join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { commands } from "../../src/cli/commands/index.ts";
import { parseTranscript, playStep, type Transcript } from "./transcript.ts";

const root = join(import.meta.dirname, "../..");
const me = userInfo();
const asRoot = me.uid === 0;
const folders: string[] = [];

afterAll(() => {
  for (const folder of folders) rmSync(folder, { recursive: true, force: true });
});

/** A folder for one session: its files, and the environment in which its commands run. */
function stageOf({ files, steps }: Transcript) {
  const home = mkdtempSync(join(tmpdir(), "jit-transcript-"));
  folders.push(home);
  // Several accounts at one store is what a shared folder is for.
  chmodSync(home, steps.some((step) => step.account !== undefined) ? 0o777 : 0o700);
  for (const [name, text] of files) {
    mkdirSync(dirname(join(home, name)), { recursive: true });
    writeFileSync(join(home, name), text, { mode: name.endsWith(".sh") ? 0o755 : 0o644 });
  }
  return {
    cwd: home,
    env: {
      PATH: `${join(root, "bin")}:/usr/sbin:/usr/bin:/sbin:/bin`,
      HOME: home,
      JIT_NMAP_HOME: home,
      NODE: process.execPath,
      TZ: "UTC",
      LANG: "C.UTF-8",
    },
    known: new Map([["me", me.username]]),
  };
}

const names = readdirSync(import.meta.dirname)
  .filter((name) => name.endsWith(".txt"))
  .sort();
const transcripts = names.map((name) => {
  const text = readFileSync(join(import.meta.dirname, name), "utf8");
  return { name, text, transcript: parseTranscript(text) };
});

describe("the transcript", () => {
  for (const { name, text, transcript } of transcripts) {
    const needsRoot = transcript.steps.some((step) => step.account !== undefined) || text.includes("unshare -m");
    it.skipIf(needsRoot && !asRoot).concurrent(`${name} goes as written`, async () => {
      expect(transcript.steps.length).toBeGreaterThan(0);
      const stage = stageOf(transcript);
      for (const step of transcript.steps) {
        const { actual, expected } = await playStep(step, stage);
        expect(actual, `line ${step.line}`).toBe(expected);
      }
    });
  }
});

describe("the transcripts together", () => {
  const everything = transcripts.flatMap(({ transcript }) => transcript.steps);

  it("use every command", () => {
    const used = everything.map((step) => /jit-nmap ([a-z]+)/.exec(step.command)?.[1]);
    expect([...commands.keys()].filter((name) => !used.includes(name))).toEqual([]);
  });

  it("reach every exit code that a session without a terminal can reach", () => {
    const reached = new Set(everything.map((step) => step.code));
    const wanted = [0, 1, 64, 69, 74, 75, 76, 77, 78, 79, 80, 124, 126, 127, 137, 255];
    expect(wanted.filter((code) => !reached.has(code))).toEqual([]);
  });
});
