// What `jit-nmap --help`, `-V` and a bare `jit-nmap` print. From the tables that parse, so that none can be forgotten.
import type { Effects } from "../effects.ts";
import { escapeText } from "../core/escape.ts";
import { commands } from "./commands/index.ts";
import { EXIT, exitCodeMeanings } from "./exit-code.ts";
import { writeErr, writeOut } from "./output.ts";
import { VERSION } from "./version.ts";
import { padTo } from "./width.ts";
import { wrap } from "./wrap.ts";

/** Ours on a scan line, with their values as people write them. */
export const ownOptions: readonly (readonly [option: string, meaning: string])[] = [
  ["--jit-reason TEXT", "why; a rule may require it"],
  ["--jit-ttl DURATION", "a shorter time box than the rule grants (90s, 15m, 1h30m)"],
  ["--jit-wait DURATION", "how long to wait for an answer"],
  ["--jit-break-glass", "run now without asking, where a rule allows it; leaves a review owed"],
  ["--jit-not-before TIME", "approve now, run later: 22:00, or RFC 3339"],
  ["--jit-accept-narrower", "run what an approver leaves of it without asking me again"],
  ["--jit-help, --jit-version", "this text; the version"],
];

/** Of the narrowest terminal that people use; wider ones get the same text. */
const COLUMNS = 80;

export function printHelp(): number {
  const names = [...commands].map(([name, { usage, summary }]) => [`${name} ${usage}`.trimEnd(), summary] as const);
  writeOut(
    [
      "usage: jit-nmap NMAP-ARGUMENTS...    exactly as with nmap",
      "       jit-nmap COMMAND ...",
      "",
      "Commands:",
      ...table(names),
      "",
      "Our options on a scan line, anywhere before --:",
      ...table(ownOptions),
      "",
      "Exit codes:",
      ...table(exitCodeMeanings),
      "",
      "jit-nmap COMMAND --help tells more about a command.",
      "nmap's own options: jit-nmap -h, man nmap.",
      "A host that bears a command's name: jit-nmap scan -- NAME.",
      "",
    ].join("\n"),
  );
  return EXIT.ok;
}

function table(rows: readonly (readonly [string, string])[]): readonly string[] {
  const width = Math.max(...rows.map(([left]) => left.length));
  return rows.flatMap(([left, right]) =>
    wrap(right, COLUMNS - width - 4).map((line, index) => `  ${padTo(index === 0 ? left : "", width)}  ${line}`),
  );
}

/** Ours and nmap's, since it is both that run; a missing nmap is said and is no failure of the question. */
export async function printVersion(effects: () => Promise<Effects>): Promise<number> {
  const { facts } = await effects();
  const found = await facts.find({ names: [], family: 4, services: false, scripts: false, data: undefined });
  const nmap = found.ok ? `nmap ${found.value.nmap.version} at ${found.value.nmap.path}` : found.error.message;
  writeOut(`jit-nmap ${VERSION} (Node ${process.versions.node}; ${escapeText(nmap)})\n`);
  return EXIT.ok;
}

export function printUsage(): number {
  writeErr("usage: jit-nmap NMAP-ARGUMENTS...    exactly as with nmap");
  writeErr("       jit-nmap COMMAND ...          jit-nmap --help lists them");
  return EXIT.notUnderstood;
}
