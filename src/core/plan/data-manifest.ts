// What is in a private copy of nmap's data directory: names, hashes, and how each file looked when it was written. The
// hash over it is part of the plan; facts/ writes copies, session/ checks them before a run.
import { hash } from "node:crypto";

export type DataLevel = "tables" | "detection" | "scripts";

export interface DataFile {
  /** Relative to the directory, with `/`. */
  readonly path: string;
  /** SHA-256 of the content, hexadecimal. */
  readonly sha256: string;
  /** What stat said when the copy was made: size, inode, and times in milliseconds since the epoch. */
  readonly size: number;
  readonly inode: number;
  readonly modifiedMs: number;
  readonly changedMs: number;
}

/** Kept beside the data, under this name. */
export const MANIFEST = "manifest.json";

const TABLES = ["nmap-services", "nmap-protocols", "nmap-payloads", "nmap-mac-prefixes", "nmap-rpc"];
const DETECTION = [...TABLES, "nmap-service-probes", "nmap-os-db"];

/** The tables that a copy of this level has; `scripts` has the script engine's whole folders besides. */
export function tablesOf(level: DataLevel): readonly string[] {
  return level === "tables" ? TABLES : DETECTION;
}

/** What the script engine loads: one file and two folders. */
export const SCRIPT_ENGINE = { files: ["nse_main.lua"], folders: ["nselib", "scripts"] } as const;

/** `sha256:…` over every file's hash and path, in the order of paths: two copies of the same data have the same. */
export function dataHash(files: readonly Pick<DataFile, "path" | "sha256">[]): string {
  const lines = files.map(({ path, sha256 }) => `${sha256}  ${path}\n`).sort();
  return `sha256:${hash("sha256", lines.join(""), "hex")}`;
}

export function writeManifest(files: readonly DataFile[]): string {
  return JSON.stringify(
    files.map(({ path, sha256, size, inode, modifiedMs, changedMs }) => [
      path,
      sha256,
      size,
      inode,
      modifiedMs,
      changedMs,
    ]),
  );
}

/** undefined when the text is none that `writeManifest` wrote. */
export function readManifest(text: string): readonly DataFile[] | undefined {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return undefined;
  }
  if (!Array.isArray(value)) return undefined;
  const files: DataFile[] = [];
  for (const row of value as readonly unknown[]) {
    if (!Array.isArray(row)) return undefined;
    const [path, sha256, size, inode, modifiedMs, changedMs] = row as readonly unknown[];
    if (typeof path !== "string" || typeof sha256 !== "string" || !/^[0-9a-f]{64}$/.test(sha256)) return undefined;
    // A path leads into the copy and nowhere else.
    if (path.startsWith("/") || path.split("/").includes("..")) return undefined;
    if (
      typeof size !== "number" ||
      typeof inode !== "number" ||
      typeof modifiedMs !== "number" ||
      typeof changedMs !== "number"
    ) {
      return undefined;
    }
    files.push({ path, sha256, size, inode, modifiedMs, changedMs });
  }
  return files;
}

/** Name of the folder that holds the copy with this hash. */
export function dataFolder(dataHash: string): string {
  const hex = /^sha256:([0-9a-f]{64})$/.exec(dataHash)?.[1];
  if (hex === undefined) throw new TypeError("not the hash of a data directory");
  return hex.slice(0, 32);
}
