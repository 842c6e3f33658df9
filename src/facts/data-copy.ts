// The private copy of nmap's data directory: made once for each content, named by its hash, so that what a plan was
// judged with is what runs, whatever happens to the installed files. Only this file writes copies.
import { hash, randomUUID } from "node:crypto";
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  realpathSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { dirname, join } from "node:path";
import type { FactsProblem } from "../effects.ts";
import {
  dataFolder,
  dataHash,
  MANIFEST,
  SCRIPT_ENGINE,
  tablesOf,
  writeManifest,
  type DataFile,
  type DataLevel,
} from "../core/plan/data-manifest.ts";
import { err, ok } from "../core/result.ts";
import type { Result } from "../core/result.ts";
import { readOwnFile, writeOwnFile } from "./own-file.ts";

export interface DataCopy {
  readonly directory: string;
  /** `sha256:…`, part of the plan. */
  readonly hash: string;
}

/**
 * The copy for this level, from the note of an earlier start where the installed files still look as they did then:
 * a few calls of stat. Made anew otherwise; files that nmap lacks are left out.
 */
export function dataCopy(nmap: string, level: DataLevel, stateDir: string): Result<DataCopy, FactsProblem> {
  const copies = join(stateDir, "nmap-data");
  const note = join(copies, "known.json");
  try {
    // nmap looks beside its own executable, links followed.
    const source = join(dirname(realpathSync(nmap)), "..", "share", "nmap");
    const key = sourceKey(source);
    const known = remembered(note, key);
    const hash = known[level];
    if (hash !== undefined) {
      const directory = join(copies, dataFolder(hash));
      if (existsSync(join(directory, MANIFEST))) return ok({ directory, hash });
    }
    const made = makeCopy(source, level, copies);
    remember(note, key, { ...known, [level]: made.hash });
    return ok(made);
  } catch (error) {
    const { code, path = "" } = error as NodeJS.ErrnoException;
    if (code === undefined) throw error;
    return err({
      code: "nmap-data-unreadable",
      message: `nmap's data can't be copied (${code} ${path}).`,
      hint: "reinstall nmap, or make room for 25 MB in the state directory",
    });
  }
}

/** Whatever changes when a package or `nmap --script-updatedb` writes there. */
function sourceKey(source: string): string {
  const looked = [
    "",
    "scripts",
    "nselib",
    "nselib/data",
    "scripts/script.db",
    "nse_main.lua",
    ...tablesOf("detection"),
  ];
  const seen = looked.map((name) => {
    const stat = statSync(join(source, name), { throwIfNoEntry: false });
    return stat === undefined ? "-" : [stat.ino, stat.size, stat.mtimeMs, stat.ctimeMs].join(" ");
  });
  return [source, ...seen].join("\n");
}

function makeCopy(source: string, level: DataLevel, copies: string): DataCopy {
  const paths = tablesOf(level).filter((name) => existsSync(join(source, name)));
  if (level === "scripts") {
    paths.push(...SCRIPT_ENGINE.files);
    for (const folder of SCRIPT_ENGINE.folders) {
      for (const entry of readdirSync(join(source, folder), { recursive: true, withFileTypes: true })) {
        if (entry.isFile()) paths.push(join(entry.parentPath, entry.name).slice(source.length + 1));
      }
    }
  }
  mkdirSync(copies, { recursive: true, mode: 0o700 });
  const draft = join(copies, `.draft-${randomUUID()}`);
  try {
    const made = new Set<string>();
    const files = paths.sort().map((path): DataFile => {
      const target = join(draft, path);
      const folder = dirname(target);
      if (!made.has(folder)) mkdirSync(folder, { recursive: true, mode: 0o755 });
      made.add(folder);
      // The very bytes that are hashed are written: what changes in between can't come between.
      const content = readFileSync(join(source, path));
      writeFileSync(target, content, { mode: 0o444, flag: "wx" });
      const stat = statSync(target);
      return {
        path,
        sha256: hash("sha256", content, "hex"),
        size: stat.size,
        inode: stat.ino,
        modifiedMs: stat.mtimeMs,
        changedMs: stat.ctimeMs,
      };
    });
    writeFileSync(join(draft, MANIFEST), writeManifest(files), { mode: 0o444, flag: "wx" });
    const whole = dataHash(files);
    const directory = join(copies, dataFolder(whole));
    // Another start may have made the same at the same time; what stands there unfinished or damaged is replaced.
    if (!existsSync(join(directory, MANIFEST))) {
      rmSync(directory, { recursive: true, force: true });
      moveInto(draft, directory);
    }
    return { directory, hash: whole };
  } finally {
    rmSync(draft, { recursive: true, force: true });
  }
}

function moveInto(draft: string, directory: string): void {
  try {
    renameSync(draft, directory);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code !== "ENOTEMPTY" && code !== "EEXIST") throw error;
  }
}

type Known = Partial<Record<DataLevel, string>>;

function remembered(note: string, key: string): Known {
  try {
    const value = JSON.parse(readOwnFile(note)?.toString("utf8") ?? "null") as {
      key?: unknown;
      known?: unknown;
    } | null;
    if (value?.key !== key || typeof value.known !== "object" || value.known === null) return {};
    const known: Known = {};
    for (const level of ["tables", "detection", "scripts"] as const) {
      const hash = (value.known as Record<string, unknown>)[level];
      if (typeof hash === "string" && /^sha256:[0-9a-f]{64}$/.test(hash)) known[level] = hash;
    }
    return known;
  } catch {
    return {};
  }
}

function remember(note: string, key: string, known: Known): void {
  writeOwnFile(note, JSON.stringify({ key, known }));
}
