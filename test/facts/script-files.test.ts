// What is found out about the files of scripts, with the installed ones.
import { createHash } from "node:crypto";
import {
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { readScriptFiles } from "../../src/facts/script-files.ts";

const installed = "/usr/share/nmap/scripts";
const folder = mkdtempSync(join(tmpdir(), "jit-nmap-scripts-"));
const note = join(folder, "state", "script-files.json");
afterAll(() => {
  rmSync(folder, { recursive: true });
});

const look = (directory: string, names: readonly string[]) => {
  const files = readScriptFiles(directory, names, note);
  if (!files.ok) throw new Error(files.error.message);
  return files.value;
};
const sha256 = (path: string): string => `sha256:${createHash("sha256").update(readFileSync(path)).digest("hex")}`;

describe("the files of scripts", () => {
  it("have the hash of their content, remembered or not", () => {
    const names = ["banner", "http-title"];
    const first = look(installed, names);
    expect(existsSync(note)).toBe(true);
    for (const files of [first, look(installed, names)]) {
      for (const name of names) expect(files.get(name)?.digest).toBe(sha256(join(installed, `${name}.nse`)));
    }
  });

  it("are known by their rule for what comes before any target: the 69 of nmap 7.93", () => {
    const names = readdirSync(installed)
      .filter((name) => name.endsWith(".nse"))
      .map((name) => name.slice(0, -4));
    const files = look(installed, names);
    const before = names.filter((name) => files.get(name)?.beforeTargets);
    expect(before).toHaveLength(69);
    expect(before).toEqual(expect.arrayContaining(["broadcast-ping", "targets-sniffer", "dns-brute", "shodan-api"]));
    expect(before).not.toContain("http-title");
    expect(names.filter((name) => files.get(name)?.addsTargets)).toEqual([]);
  });

  it("are read again when they look different, even at the same size and time", () => {
    const path = join(folder, "own.nse");
    writeFileSync(path, "action = 1");
    expect(look(folder, ["own"]).get("own")?.addsTargets).toBe(false);
    const { atime, mtime } = statSync(path);
    writeFileSync(path, "action = 2");
    utimesSync(path, atime, mtime);
    expect(look(folder, ["own"]).get("own")?.digest).toBe(sha256(path));
    writeFileSync(path, "nmap.add_targets('10.0.0.1')");
    expect(look(folder, ["own"]).get("own")?.addsTargets).toBe(true);
  });

  it.each(["", "{", "null", '{"directory":"DIR","scripts":[["own"],["own","x","y",1,2],7]}'])(
    "do without a note that says %j",
    (text) => {
      writeFileSync(note, text.replace("DIR", folder));
      writeFileSync(join(folder, "own.nse"), "prerule = function() end");
      expect(look(folder, ["own"]).get("own")).toEqual({
        digest: sha256(join(folder, "own.nse")),
        beforeTargets: true,
        addsTargets: false,
      });
    },
  );

  it("that are missing make nmap's data unreadable", () => {
    expect(readScriptFiles(folder, ["absent"], note)).toMatchObject({
      ok: false,
      error: { code: "nmap-data-unreadable" },
    });
  });
});
