// The requester's files, among them those that block, never end, or are not what they seem.
import { execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { createInputFiles } from "../../src/facts/input-files.ts";

const folder = mkdtempSync(join(tmpdir(), "jit-nmap-input-"));
afterAll(() => {
  rmSync(folder, { recursive: true });
});
const files = createInputFiles({ largest: 100_000 });
const path = (name: string): string => join(folder, name);

describe("an input file", () => {
  it.each([0, 1, 4095, 4096, 4097, 99_999, 100_000])("of %i bytes is read whole", async (size) => {
    const content = Buffer.alloc(size, "10.0.0.1\n");
    writeFileSync(path("list"), content);
    const read = await files.read(path("list"));
    expect(read.ok && Buffer.from(read.value).equals(content)).toBe(true);
  });

  it("may be a link, as everywhere where one only reads", async () => {
    writeFileSync(path("list"), "10.0.0.1\n");
    symlinkSync("list", path("link"));
    expect(await files.read(path("link"))).toMatchObject({ ok: true });
  });

  it("is refused above the limit, whatever it says of its size", async () => {
    writeFileSync(path("large"), Buffer.alloc(100_001));
    const small = createInputFiles({ largest: 10 });
    expect(await files.read(path("large"))).toMatchObject({ ok: false, error: { code: "input-refused" } });
    // A file of /proc has no size.
    expect(await small.read("/proc/self/status")).toMatchObject({ ok: false });
    expect(await files.read("/proc/self/status")).toMatchObject({ ok: true });
  });

  it("is refused when nothing else than a plain file is there", async () => {
    execFileSync("mkfifo", [path("pipe")]);
    mkdirSync(path("folder"));
    const server = createServer().listen(path("socket"));
    symlinkSync("loop", path("loop"));
    const cases: readonly [string, RegExp][] = [
      [path("pipe"), /it is a pipe/],
      [path("folder"), /it is a directory/],
      [path("socket"), /a socket or a device|not a plain file/],
      [path("loop"), /in a circle/],
      [path("absent"), /no such file/],
      [path("list/below"), /not a directory/],
      [path("n".repeat(300)), /too long/],
      ["/dev/zero", /not a plain file/],
      ["/dev/full", /not a plain file/],
    ];
    for (const [name, because] of cases) {
      const read = await files.read(name);
      expect([name, read.ok ? "read" : read.error.message]).toEqual([name, expect.stringMatching(because)]);
    }
    await new Promise((resolve) => server.close(resolve));
  });

  it("is refused when somebody writes to it meanwhile", async () => {
    writeFileSync(path("growing"), Buffer.alloc(20_000_000, "10.0.0.1\n"));
    const writer = spawn("sh", ["-c", 'while :; do echo 192.0.2.1 >> "$0"; done', path("growing")]);
    await once(writer, "spawn");
    const large = createInputFiles();
    const messages = new Set<string>();
    // The writer needs a moment to begin; a read that comes before it is whole.
    for (let turn = 0; turn < 100 && !messages.has("changed"); turn++) {
      const read = await large.read(path("growing"));
      messages.add(read.ok ? "whole" : /changed while/.test(read.error.message) ? "changed" : read.error.message);
    }
    writer.kill("SIGKILL");
    expect([...messages].filter((message) => message !== "whole")).toEqual(["changed"]);
  });
});

describe("standard input", () => {
  async function* endless(): AsyncGenerator<Uint8Array> {
    for (;;) {
      await Promise.resolve();
      yield Buffer.alloc(1000, "10.0.0.1\n");
    }
  }

  it("is read to its end", async () => {
    async function* two(): AsyncGenerator<Uint8Array> {
      await Promise.resolve();
      yield Buffer.from("10.0.0.1\n10.");
      yield Buffer.from("0.0.2\n");
    }
    const read = await createInputFiles({ standardInput: two }).read("-");
    expect(read.ok && Buffer.from(read.value).toString()).toBe("10.0.0.1\n10.0.0.2\n");
  });

  it("is left when it does not end", async () => {
    const read = await createInputFiles({ largest: 5000, standardInput: endless }).read("-");
    expect(read).toMatchObject({
      ok: false,
      error: { message: "Standard input can't be read: it is larger than 5000 bytes." },
    });
  });
});
