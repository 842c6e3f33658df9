// Lines that we accept, held against the installed nmap: it must accept them too, scan the same techniques, ports and
// addresses and load the same scripts; and the line that we render in their place must do no other.
import { tokenise } from "../../src/core/plan/getopt.ts";
import { protocolOf } from "../../src/core/plan/estimate.ts";
import { renderArgv } from "../../src/core/plan/render.ts";
import type { ScanPlan } from "../../src/core/plan/scan-plan.ts";
import { AddressSet } from "../../src/core/sets/address-set.ts";
import { parseTargetWord } from "../../src/core/plan/targets.ts";
import { plan, type Tables } from "../core/plan/plans.ts";
import { saidFiles } from "../core/plan/said.ts";
import type { GeneratedLine } from "./generated-lines.ts";
import { runNmap, type NmapRun } from "./installed-nmap.ts";

export interface Difference {
  readonly words: readonly string[];
  readonly says: string;
}

export interface Compared {
  readonly accepted: number;
  /** Different lines that nmap read. */
  readonly shown: number;
  /** How often nmap was asked what they mean: their ports, addresses, scripts, and what is rendered for them. */
  readonly asked: number;
  /** Lines that are known to differ, with the reason, and were shown. */
  readonly known: ReadonlyMap<string, number>;
  readonly differences: readonly Difference[];
  /** Of the lines that were shown. */
  readonly plans: readonly ScanPlan[];
}

/**
 * Gaps that are known and accepted: reason, and how to recognise a line. A line that matches and does not differ closes
 * its gap, and the suite then says so. Empty is the aim.
 */
export const KNOWN_GAPS: readonly KnownGap[] = [];

export interface KnownGap {
  readonly because: string;
  readonly matches: (words: readonly string[]) => boolean;
}

const TYPES: Readonly<Partial<Record<ScanPlan["techniques"][number], string>>> = {
  "sctp-init": "sctpinit",
  "sctp-cookie-echo": "sctpcookieecho",
  "ip-protocol": "ipproto",
};

export interface Oracle {
  /** What nmap and we read the lines with; by default what is installed. */
  readonly data?: { readonly env: Readonly<Record<string, string>>; readonly tables: Tables };
  /** How it is asked; by default a process for each line. */
  readonly run?: typeof runNmap;
  readonly gaps?: readonly KnownGap[];
}

/** One question to nmap, and what its answer must be. */
interface Question {
  readonly argv: readonly string[];
  /** What differs, or nothing. */
  readonly differs: (run: NmapRun) => string | undefined;
}

/** Shows the accepted ones of these lines to nmap, at most `most` different ones. */
export function compareWithNmap(lines: readonly GeneratedLine[], most: number, oracle: Oracle = {}): Compared {
  const { data, run = runNmap, gaps = KNOWN_GAPS } = oracle;
  const accepted = new Map<string, { readonly line: GeneratedLine; readonly built: ScanPlan }>();
  let count = 0;
  for (const line of lines) {
    const built = plan(line.words, data === undefined ? {} : { tables: data.tables });
    if (!built.ok) continue;
    count++;
    // nmap would open such a file, also when it only checks the line.
    if (built.value.outputs.some(({ path }) => path !== "-")) continue;
    // Which interfaces there are is the machine's to say; in the namespace there is only lo.
    if ((built.value.packets?.interface ?? "lo") !== "lo") continue;
    accepted.set(line.words.join(" "), { line, built: built.value });
  }
  const all = [...accepted.values()];
  const shown = all.filter((_, index) => index % Math.ceil(all.length / most) === 0);
  // Many lines put the same question to nmap: each is asked once.
  const questions = new Map<string, Question>();
  const asked = shown.map(({ line, built }, index) =>
    questionsOf(line, built, index).map((question) => {
      const key = question.argv.join("\0");
      // The answer is judged for each line by itself.
      if (!questions.has(key)) questions.set(key, question);
      return { key, question };
    }),
  );
  const keys = [...questions.keys()];
  const runs = run(
    [...questions.values()].map(({ argv }) => argv),
    data?.env,
  );
  const answers = new Map(runs.map((each, index) => [keys[index] ?? "", each]));
  const differences: Difference[] = [];
  const known = new Map<string, number>();
  for (const [index, { line }] of shown.entries()) {
    const { words } = line;
    const found = (asked[index] ?? []).flatMap(({ key, question }) => {
      const answer = answers.get(key);
      if (answer === undefined) throw new Error("a question without an answer");
      const says =
        answer.status === 0
          ? question.differs(answer)
          : `ends ${question.argv.join(" ")} with ${String(answer.status)}: ${answer.stderr.split("\n")[0] ?? ""}`;
      return says === undefined ? [] : [says];
    });
    const gap = gaps.find(({ matches }) => matches(words));
    if (gap === undefined) differences.push(...found.map((says) => ({ words, says })));
    else if (found.length === 0) differences.push({ words, says: `no longer differs: ${gap.because}` });
    else known.set(gap.because, (known.get(gap.because) ?? 0) + 1);
  }
  const plans = shown.map(({ built }) => built);
  return { accepted: count, shown: shown.length, asked: keys.length, known, differences, plans };
}

function questionsOf(line: GeneratedLine, built: ScanPlan, index: number): readonly Question[] {
  const tokens = tokenise(line.words);
  if (!tokens.ok) throw new Error("an accepted line without tokens");
  const { options, operands } = tokens.value;
  const values = (name: string): readonly string[] =>
    options.filter((option) => option.name === name).flatMap(({ argument }) => argument ?? []);
  const questions: Question[] = [];
  const scans = (argv: readonly string[]): Question => ({ argv, differs: (run) => scanDifference(built, run.stdout) });

  // Without its target a line scans nothing, yet nmap reads it to the end and says in its XML what it would scan.
  const without = line.withoutTarget ?? withoutOperands(line.words, operands);
  // Loading scripts takes several times as long, so few of those lines are read to the end.
  if (without === undefined || built.outputs.length > 0 || (built.scripts.length > 0 && index % 8 !== 0)) {
    questions.push({ argv: ["nmap", "--iflist", ...line.words], differs: () => undefined });
  } else questions.push(scans(["nmap", "-oX", "-", ...without]));

  const resolved = built.names.every(({ typed }) => typed === "localhost" && built.family === 4);
  const resolveAll = options.some(({ name }) => name === "--resolve-all");
  const excludedNames = values("--exclude").some((text) => /[g-z]/.test(text.replaceAll("localhost", "")));
  if (resolved && !resolveAll && !excludedNames && built.targets.size <= 1024n) {
    const excluded = values("--exclude").flatMap((text) => ["--exclude", text]);
    questions.push({
      argv: ["nmap", "-sL", "-n", `-${built.family}`, ...excluded, "-oX", "-", "--", ...operands],
      differs: (run) => targetDifference(built, run.stdout),
    });
  }
  if (built.scripts.length > 0) {
    const rules = [...values("--script")];
    if (built.features.includes("default-scripts")) rules.push("default");
    if (built.features.includes("service-version")) rules.push("version");
    questions.push({
      argv: ["nmap", ...rules.flatMap((rule) => ["--script-help", rule]), "-oX", "-"],
      differs: (run) => scriptDifference(built, run.stdout),
    });
  }
  // Every fourth: most of them are rendered alike, and what is rendered differs in few ways.
  if (index % 4 === 0 && built.scripts.length === 0 && built.outputs.length === 0) {
    const rendered = renderArgv(built, { ...saidFiles, xml: "-" });
    questions.push(scans(rendered.slice(0, rendered.indexOf("--"))));
  }
  return questions;
}

/** The words without the operands; undefined where one of them is an option's value too. */
function withoutOperands(words: readonly string[], operands: readonly string[]): readonly string[] | undefined {
  const left = words.filter((word) => !operands.includes(word));
  return left.length === words.length - operands.length ? left : undefined;
}

function targetDifference(built: ScanPlan, xml: string): string | undefined {
  // A word that nmap skipped would scan nothing; accepted words are never skipped.
  const skipped = /<target specification="([^"]*)" status="skipped"/.exec(xml)?.[1];
  if (skipped !== undefined) return `skips ${skipped}`;
  const sets = [...xml.matchAll(/<address addr="([^"%]+)[^"]*" addrtype="ipv[46]"/g)].map(([, text = ""]) => {
    const word = parseTargetWord(text, built.family);
    if (!word.ok || word.value.kind !== "addresses") throw new Error(`nmap lists ${text}`);
    return word.value.set;
  });
  const listed = AddressSet.unionOf(sets);
  return listed.equals(built.targets)
    ? undefined
    : `lists ${listed.toText().join(" ")}; the plan ${built.targets.toText().join(" ")}`;
}

function scriptDifference(built: ScanPlan, xml: string): string | undefined {
  const names = [...xml.matchAll(/<script filename="[^"]*\/([^"/]+)\.nse"/g)].map(([, name = ""]) => name);
  const theirs = [...new Set(names)].sort().join(" ");
  const ours = built.scripts
    .map(({ name }) => name)
    .sort()
    .join(" ");
  return theirs === ours ? undefined : `loads ${theirs}; the plan ${ours}`;
}

function scanDifference(built: ScanPlan, xml: string): string | undefined {
  const scans = [...xml.matchAll(/<scaninfo type="(\w+)"[^>]* protocol="\w+" numservices="\d+" services="([^"]*)"/g)];
  const said = scans.map(([, type = "", services = ""]) => `${type} ${services}`).sort();
  const planned = built.techniques.flatMap((technique) => {
    const protocol = protocolOf(technique);
    return protocol === undefined ? [] : [`${TYPES[technique] ?? technique} ${built.ports.toText(protocol)}`];
  });
  const [theirs, ours] = [said.join("; "), planned.sort().join("; ")];
  return theirs === ours ? undefined : `scans ${theirs}; the plan ${ours}`;
}
