import {
  appendFileSync,
  chmodSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it, onTestFinished } from "vitest";
import type { DataLevel } from "../../src/core/plan/data-manifest.ts";
import { dataHash, MANIFEST, readManifest } from "../../src/core/plan/data-manifest.ts";
import { dataCopy } from "../../src/facts/data-copy.ts";
import { checkedData } from "../../src/session/data-directory.ts";

const NMAP = "/usr/bin/nmap";

/** An nmap of a few small files, which a test may change. */
function scene() {
  const directory = mkdtempSync(join(tmpdir(), "jit-nmap-data-"));
  onTestFinished(() => {
    rmSync(directory, { recursive: true, force: true });
  });
  const share = join(directory, "share/nmap");
  mkdirSync(join(share, "scripts"), { recursive: true });
  mkdirSync(join(share, "nselib/data"), { recursive: true });
  mkdirSync(join(directory, "bin"));
  writeFileSync(join(directory, "bin/nmap"), "");
  for (const name of [
    "nmap-services",
    "nmap-os-db",
    "nse_main.lua",
    "nselib/a.lua",
    "nselib/data/d",
    "scripts/script.db",
  ])
    writeFileSync(join(share, name), `${name}\n`);
  const stateDir = join(directory, "state");
  const copy = (level: DataLevel): { directory: string; hash: string } => {
    const made = dataCopy(join(directory, "bin/nmap"), level, stateDir);
    if (!made.ok) throw new Error(made.error.message);
    return made.value;
  };
  return { share, stateDir, copy };
}

const filesOf = (directory: string): readonly string[] =>
  readdirSync(directory, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && entry.name !== MANIFEST)
    .map((entry) => join(entry.parentPath, entry.name).slice(directory.length + 1))
    .sort();

describe("the private copy of nmap's data", () => {
  it("holds what its level needs, byte for byte", () => {
    const { share, copy } = scene();
    expect(filesOf(copy("tables").directory)).toEqual(["nmap-services"]);
    expect(filesOf(copy("detection").directory)).toEqual(["nmap-os-db", "nmap-services"]);
    const { directory } = copy("scripts");
    expect(filesOf(directory)).toEqual(filesOf(share));
    for (const path of filesOf(directory))
      expect(readFileSync(join(directory, path))).toEqual(readFileSync(join(share, path)));
  });

  it("is made once for the same content, and anew when the installed files change", () => {
    const { share, stateDir, copy } = scene();
    const first = copy("scripts");
    expect(copy("scripts")).toEqual(first);
    appendFileSync(join(share, "scripts/script.db"), "more\n");
    const second = copy("scripts");
    expect(second.hash).not.toBe(first.hash);
    // What was approved with the first still has its files.
    expect(checkedData(stateDir, first.hash)).toEqual({ ok: true, value: first.directory });
    expect(checkedData(stateDir, second.hash)).toEqual({ ok: true, value: second.directory });
  });

  it("is named by the hash of all its files", () => {
    const { copy } = scene();
    const { directory, hash } = copy("scripts");
    const files = readManifest(readFileSync(join(directory, MANIFEST), "utf8")) ?? [];
    expect(files.map(({ path }) => path)).toEqual(filesOf(directory));
    expect(dataHash([...files].reverse())).toBe(hash);
    expect(dataHash(files.slice(1))).not.toBe(hash);
  });

  it.each<[string, (file: string, directory: string) => void]>([
    [
      "was changed, also to the same length",
      (file) => {
        writeFileSync(file, "NSELIB/a.lua\n");
      },
    ],
    [
      "grew",
      (file) => {
        appendFileSync(file, "os.execute('id')\n");
      },
    ],
    [
      "is gone",
      (file) => {
        rmSync(file);
      },
    ],
    [
      "became a folder",
      (file) => {
        rmSync(file);
        mkdirSync(file);
      },
    ],
    [
      "lost its manifest",
      (_, directory) => {
        rmSync(join(directory, MANIFEST));
      },
    ],
    [
      "has a manifest without it",
      (_, directory) => {
        const manifest = join(directory, MANIFEST);
        const rows = JSON.parse(readFileSync(manifest, "utf8")) as unknown[];
        chmodSync(manifest, 0o644);
        writeFileSync(manifest, JSON.stringify(rows.slice(1)));
      },
    ],
  ])("is not used when a file of it %s", (_, change) => {
    const { stateDir, copy } = scene();
    const { directory, hash } = copy("scripts");
    const file = join(directory, "nselib/a.lua");
    chmodSync(file, 0o644);
    change(file, directory);
    expect(checkedData(stateDir, hash)).toMatchObject({ ok: false, error: { code: "nmap-data-changed" } });
  });

  it("is used when only its times are others, as after a move", () => {
    const { stateDir, copy } = scene();
    const { directory, hash } = copy("tables");
    const file = join(directory, "nmap-services");
    chmodSync(file, 0o600);
    writeFileSync(file, readFileSync(file));
    expect(checkedData(stateDir, hash).ok).toBe(true);
  });

  it("says which file can't be copied", () => {
    const { stateDir } = scene();
    expect(dataCopy("/nonexistent/nmap", "tables", stateDir)).toMatchObject({
      ok: false,
      error: { code: "nmap-data-unreadable" },
    });
  });

  it("of the installed nmap costs a start next to nothing, once it is there", () => {
    const stateDir = mkdtempSync(join(tmpdir(), "jit-nmap-data-"));
    onTestFinished(() => {
      rmSync(stateDir, { recursive: true, force: true });
    });
    const timed = (work: () => void): number => {
      const start = performance.now();
      work();
      return performance.now() - start;
    };
    const median = (work: () => void): number => {
      const times = Array.from({ length: 41 }, () => timed(work)).sort((left, right) => left - right);
      return times[20] ?? Number.NaN;
    };
    for (const level of ["tables", "detection", "scripts"] as const) {
      let hash = "";
      const making = timed(() => {
        const made = dataCopy(NMAP, level, stateDir);
        if (!made.ok) throw new Error(made.error.message);
        hash = made.value.hash;
      });
      const finding = median(() => dataCopy(NMAP, level, stateDir));
      const checking = median(() => checkedData(stateDir, hash));
      expect(finding + checking, level).toBeLessThan(making / 4);
    }
    expect(readdirSync(join(stateDir, "nmap-data")).filter((name) => name.startsWith("."))).toEqual([]);
  });
});
