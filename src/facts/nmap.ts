// Which nmap this machine has. Asked of nmap itself once, then remembered by what identifies the file: the path of an
// allowed scan must not start nmap twice.
import { accessSync, constants, readFileSync, statSync } from "node:fs";
import type { BigIntStats } from "node:fs";
import { join } from "node:path";
import type { FactsProblem } from "../effects.ts";
import type { NmapIdentity } from "../core/plan/scan-plan.ts";
import { escapeText } from "../core/escape.ts";
import { err, ok } from "../core/result.ts";
import type { Result } from "../core/result.ts";
import { readOwnFile, writeOwnFile } from "./own-file.ts";

/** Where nmap may be: fixed, so that no variable and no directory of the requester's chooses what runs. */
export const NMAP_DIRECTORIES: readonly string[] = [
  "/usr/bin",
  "/usr/local/bin",
  "/usr/sbin",
  "/usr/local/sbin",
  "/sbin",
  "/bin",
];

/** The oldest nmap whose command line this program reads as nmap does. */
const OLDEST = 7.92;
const INSTALL = "install it: apt install nmap, or dnf install nmap, or apk add nmap";
const VERSION_TIMEOUT_MS = 10_000;

export interface NmapFinderOptions {
  /** Directory for what is remembered. That it can't be written costs time, nothing else. */
  readonly cacheDirectory: string;
  readonly directories?: readonly string[];
}

/** The installed nmap with its version, at least 7.92. */
export async function findNmap(options: NmapFinderOptions): Promise<Result<NmapIdentity, FactsProblem>> {
  const found = firstFile(options.directories ?? NMAP_DIRECTORIES);
  if (found === undefined) return err({ code: "nmap-missing", message: "nmap is not installed.", hint: INSTALL });
  const { path, stat } = found;
  const key = identityKey(path, stat);
  const file = join(options.cacheDirectory, "nmap-version.json");
  const known = remembered(file, key);
  if (known !== undefined) return checked({ path, ...known });
  try {
    accessSync(path, constants.X_OK);
  } catch {
    return err({
      code: "nmap-unusable",
      message: "nmap is installed, but can't be executed.",
      hint: `look at the permissions of ${path}`,
    });
  }
  const version = await askVersion(path);
  if (!version.ok) return version;
  const { hash } = await import("node:crypto");
  const binary = `sha256:${hash("sha256", readFileSync(path), "hex")}`;
  remember(file, key, { version: version.value, binary });
  return checked({ path, version: version.value, binary });
}

function firstFile(directories: readonly string[]): { path: string; stat: BigIntStats } | undefined {
  for (const directory of directories) {
    const path = join(directory, "nmap");
    const stat = statSync(path, { bigint: true, throwIfNoEntry: false });
    if (stat?.isFile() === true) return { path, stat };
  }
  return undefined;
}

/** Changes with every replacement of the file; ctime can't be set back by its owner. */
function identityKey(path: string, stat: BigIntStats): string {
  return [path, stat.dev, stat.ino, stat.size, stat.mtimeNs, stat.ctimeNs].join(" ");
}

function checked(nmap: NmapIdentity): Result<NmapIdentity, FactsProblem> {
  if (Number.parseFloat(nmap.version) >= OLDEST) return ok(nmap);
  return err({
    code: "nmap-too-old",
    message: `nmap ${nmap.version} is too old: ${OLDEST} or later is needed.`,
    hint: `update the one at ${nmap.path}`,
  });
}

/** Loaded when needed: execa costs more than the rest of finding nmap together. */
async function askVersion(path: string): Promise<Result<string, FactsProblem>> {
  const { execa } = await import("execa");
  const answer = await execa(path, ["--version"], {
    env: {},
    extendEnv: false,
    cwd: "/",
    stdin: "ignore",
    timeout: VERSION_TIMEOUT_MS,
    forceKillAfterDelay: 1000,
    maxBuffer: 65_536,
    reject: false,
  });
  const version = /^Nmap version (\d{1,3}\.\d{1,4}[0-9A-Za-z]{0,16})(?= )/m.exec(answer.stdout)?.[1];
  if (answer.exitCode === 0 && version !== undefined) return ok(version);
  const because = answer.timedOut
    ? `it did not answer within ${VERSION_TIMEOUT_MS / 1000} seconds`
    : answer.exitCode !== 0
      ? escapeText(answer.stderr.split("\n")[0] ?? "").slice(0, 200) || "it ended with an error"
      : "its answer has no version";
  return err({
    code: "nmap-unusable",
    message: `nmap does not say its version: ${because}.`,
    hint: `try: ${path} --version`,
  });
}

type Asked = Pick<NmapIdentity, "version" | "binary">;

function remembered(file: string, key: string): Asked | undefined {
  try {
    const value: unknown = JSON.parse(readOwnFile(file)?.toString("utf8") ?? "null");
    if (typeof value !== "object" || value === null) return undefined;
    const entry = value as Record<string, unknown>;
    const { version, binary } = entry;
    if (entry["key"] !== key || typeof version !== "string" || !/^\d/.test(version)) return undefined;
    return typeof binary === "string" && /^sha256:[0-9a-f]{64}$/.test(binary) ? { version, binary } : undefined;
  } catch {
    return undefined;
  }
}

function remember(file: string, key: string, asked: Asked): void {
  try {
    writeOwnFile(file, JSON.stringify({ key, ...asked }));
  } catch {
    // Asked again next time.
  }
}
