import { spawn } from "node:child_process";
import { join } from "node:path";
import { describe, expect, it } from "vitest";

const main = join(import.meta.dirname, "../../src/cli/main.ts");

interface Ended {
  readonly code: number | null;
  readonly out: string;
  readonly err: string;
}

/** `main` with the given effects (an expression), in a process of its own: its output goes to the descriptors. */
function start(
  argv: readonly string[],
  effects: string,
  options: { readonly env?: Record<string, string>; readonly stdout?: "read" | "closed" | "full" } = {},
): Promise<Ended> {
  const script = `
    const { main } = await import(process.argv[1]);
    let made = 0;
    const code = await main(process.argv.slice(2), () => { made += 1; if (made > 1) throw new Error("made twice"); return (${effects}); });
    process.exit(code);`;
  const node = [process.execPath, "--input-type=module", "-e", script, main, ...argv];
  const redirect = options.stdout === "full" ? '"$@" >/dev/full' : '"$@"';
  const child = spawn("/bin/sh", ["-c", `exec ${redirect}`, "sh", ...node], {
    env: { PATH: process.env["PATH"], ...options.env },
    stdio: ["ignore", "pipe", "pipe"],
    detached: true,
  });
  let out = "";
  let err = "";
  // Nobody reads: by the time something is written, the pipe is closed.
  if (options.stdout === "closed") child.stdout.destroy();
  else child.stdout.on("data", (bytes: Buffer) => (out += bytes.toString()));
  child.stderr.on("data", (bytes: Buffer) => (err += bytes.toString()));
  return new Promise((resolve) => {
    child.on("close", (code) => {
      resolve({ code, out, err });
    });
  });
}

const never = '(() => { throw new Error("effects were made") })()';
const failing = (code: string): string =>
  `{ facts: { requester() { throw Object.assign(new Error("the trail is \\u001b[31mfull"), { code: "${code}", hint: "make room" }) } } }`;

describe("main", () => {
  it.each([["--help"], ["help"], ["--jit-help"], ["requests", "--help"], ["check", "--help"]])(
    "needs nothing of the machine for %s %s",
    async (...argv) => {
      expect(await start(argv.filter(Boolean), never)).toMatchObject({ code: 0, err: "" });
    },
  );

  it.each([[[]], [["extend"]], [["--jit-nonsense"]], [["audit"]], [["show", "--nonsense"]]])(
    "refuses %j before it needs anything",
    async (argv) => {
      expect(await start(argv, never)).toMatchObject({ code: 64, out: "" });
    },
  );

  it("ends with 70 on a defect, tells it escaped, and where it is only when asked", async () => {
    const effects = '{ facts: { requester() { throw new TypeError("boom \\u001b[31m") } } }';
    const quiet = await start(["-sL", "h"], effects);
    expect(quiet.code).toBe(70);
    expect(quiet.err).toContain("jit-nmap: error: a defect in jit-nmap: boom \\u{1b}[31m\n");
    expect(quiet.err).not.toContain("scan.ts");
    const loud = await start(["-sL", "h"], effects, { env: { JIT_NMAP_DEBUG: "1" } });
    expect(loud.code).toBe(70);
    expect(loud.err).toContain("scan.ts");
  });

  it("ends with 74 when the trail fails, whatever way", async () => {
    for (const code of ["store-full", "store-read-only", "trail-broken"]) {
      const { code: exit, err } = await start(["-sL", "h"], failing(code));
      expect(exit).toBe(74);
      expect(err).toBe("jit-nmap: error: the trail is \\u{1b}[31mfull\njit-nmap: hint: make room\n");
    }
  });

  it("ends with 74 when the trail has no place, and with 70 when that is no fault of the machine", async () => {
    const place = '(() => { process.getBuiltinModule("node:fs").mkdirSync("/proc/nowhere") })()';
    const { code, err } = await start(["-sL", "h"], place);
    expect(code).toBe(74);
    expect(err).toContain("the trail has no place: ");
    expect((await start(["-sL", "h"], never)).code).toBe(70);
  });

  it("ends quietly with 141 when nobody reads its output any more", async () => {
    expect(await start(["--help"], never, { stdout: "closed" })).toMatchObject({ code: 141, err: "" });
  });

  it("ends with 74 when its output can't be written", async () => {
    const { code, err } = await start(["--help"], never, { stdout: "full" });
    expect(code).toBe(74);
    expect(err).toMatch(/^jit-nmap: error: standard output can't be written: ENOSPC/);
  });
});
