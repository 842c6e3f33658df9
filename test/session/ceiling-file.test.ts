// The ceiling holds only where nobody but root can say another one: by writing the file, or by putting one in its place.
import { chmodSync, mkdirSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { readCeiling } from "../../src/session/ceiling-file.ts";
import { privateDirectory } from "./scene.ts";

describe.runIf(process.geteuid?.() === 0)("the ceiling's file", () => {
  function file(): { readonly folder: string; readonly path: string } {
    const folder = join(privateDirectory(), "jit-nmap");
    mkdirSync(folder, { mode: 0o755 });
    const path = join(folder, "ceiling.json");
    writeFileSync(path, '{"ttlSeconds":60}', { mode: 0o644 });
    return { folder, path };
  }

  it("is read where it is root's alone, and is none where there is none", () => {
    const { folder, path } = file();
    expect(readCeiling(path)).toEqual({ ttlSeconds: 60 });
    expect(readCeiling(join(folder, "other.json"))).toBeUndefined();
  });

  it.each<[string, (path: string, folder: string) => void]>([
    [
      "others can write",
      (path) => {
        chmodSync(path, 0o664);
      },
    ],
    [
      "others can put another in its place",
      (_, folder) => {
        chmodSync(folder, 0o775);
      },
    ],
  ])("is none of root's where %s", (_, change) => {
    const { folder, path } = file();
    change(path, folder);
    expect(() => readCeiling(path)).toThrow(/is no ceiling: others than root could/);
  });

  it("is not read through a link", () => {
    const { folder, path } = file();
    symlinkSync(path, join(folder, "link.json"));
    expect(() => readCeiling(join(folder, "link.json"))).toThrow(/it can't be read/);
  });
});
