import { execFileSync } from "node:child_process";
import { hash } from "node:crypto";
import { chmodSync, existsSync, mkdtempSync, readFileSync, rmSync, utimesSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it, onTestFinished } from "vitest";
import { findNmap, NMAP_DIRECTORIES } from "../../src/facts/nmap.ts";

const sha256Of = (path: string): string => `sha256:${hash("sha256", readFileSync(path), "hex")}`;

function scene() {
  const directory = mkdtempSync(join(tmpdir(), "jit-nmap-find-"));
  onTestFinished(() => {
    rmSync(directory, { recursive: true, force: true });
  });
  const path = join(directory, "nmap");
  const log = join(directory, "log");
  const nmap = (body: string): void => {
    writeFileSync(path, `#!/bin/sh\necho asked >>${log}\n${body}\n`);
    chmodSync(path, 0o755);
  };
  const find = () => findNmap({ cacheDirectory: join(directory, "state"), directories: [directory] });
  const asked = (): number => (existsSync(log) ? readFileSync(log, "utf8").split("\n").length - 1 : 0);
  return { directory, path, nmap, find, asked };
}

describe("finding nmap", () => {
  it("says of the installed one what it says of itself", async () => {
    const { directory } = scene();
    const version = /^Nmap version (\S+)/.exec(execFileSync("nmap", ["--version"], { encoding: "utf8" }))?.[1];
    const found = await findNmap({ cacheDirectory: directory });
    expect(found).toMatchObject({ ok: true, value: { version } });
    expect(NMAP_DIRECTORIES.map((entry) => join(entry, "nmap"))).toContain(found.ok ? found.value.path : "");
  });

  it("asks it once, and again when the file is another", async () => {
    const { path, nmap, find, asked } = scene();
    nmap("echo 'Nmap version 7.94 ( https://nmap.org )'");
    for (let run = 0; run < 3; run++)
      await expect(find()).resolves.toEqual({ ok: true, value: { path, version: "7.94", binary: sha256Of(path) } });
    expect(asked()).toBe(1);
    // The same size and the same modification time: the change time gives it away.
    nmap("echo 'Nmap version 7.95 ( https://nmap.org )'");
    utimesSync(path, new Date(0), new Date(0));
    await expect(find()).resolves.toEqual({ ok: true, value: { path, version: "7.95", binary: sha256Of(path) } });
    expect(asked()).toBe(2);
  });

  it("survives a damaged note", async () => {
    const { directory, nmap, find, asked } = scene();
    nmap("echo 'Nmap version 7.94SVN ( https://nmap.org )'");
    await find();
    writeFileSync(join(directory, "state", "nmap-version.json"), '{"key":');
    await expect(find()).resolves.toMatchObject({ ok: true, value: { version: "7.94SVN" } });
    expect(asked()).toBe(2);
  });

  it("runs it with an empty environment", async () => {
    const { nmap, find } = scene();
    nmap(
      `[ "$(/usr/bin/env | /bin/grep -v -e ^PWD= -e ^_= -e ^SHLVL= -e ^OLDPWD=)" ] && exit 1; echo 'Nmap version 7.94 ( x )'`,
    );
    await expect(find()).resolves.toMatchObject({ ok: true });
  });

  it.each([
    ["7.91", false],
    ["7.80", false],
    ["6.47", false],
    ["7.92", true],
    ["7.93", true],
    ["7.991SVN", true],
    ["8.01", true],
  ])("takes %s: %s", async (version, taken) => {
    const { nmap, find } = scene();
    nmap(`echo 'Nmap version ${version} ( https://nmap.org )'`);
    const found = await find();
    expect(found.ok).toBe(taken);
    if (!found.ok)
      expect(found.error).toMatchObject({ code: "nmap-too-old", message: expect.stringContaining(version) as string });
  });

  it("tells a missing one, with how to install it", async () => {
    await expect(scene().find()).resolves.toMatchObject({
      ok: false,
      error: { code: "nmap-missing", hint: expect.stringContaining("apt install nmap") as string },
    });
  });

  it.each([
    ["fails", "echo 'no \u001b[31mlibrary' >&2; exit 1", "no \\u{1b}[31mlibrary"],
    ["says something else", "echo hello", "no version"],
    ["hides a version in rubbish", "echo 'xNmap version 7.94 '", "no version"],
  ])("tells one that %s as unusable", async (_, body, because) => {
    const { nmap, find } = scene();
    nmap(body);
    await expect(find()).resolves.toMatchObject({
      ok: false,
      error: { code: "nmap-unusable", message: expect.stringContaining(because) as string },
    });
  });

  it("tells one that can't be executed", async () => {
    const { path, nmap, find } = scene();
    nmap("");
    chmodSync(path, 0o644);
    await expect(find()).resolves.toMatchObject({ ok: false, error: { code: "nmap-unusable" } });
  });
});
