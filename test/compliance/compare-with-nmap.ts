// Lines that we accept, held against the installed nmap: it must accept them too and scan the same techniques and ports.
import { plan } from "../core/plan/plans.ts";
import type { ScanPlan } from "../../src/core/plan/scan-plan.ts";
import { protocolOf } from "../../src/core/plan/estimate.ts";
import type { GeneratedLine } from "./generated-lines.ts";
import { runNmap } from "./installed-nmap.ts";

export interface Difference {
  readonly words: readonly string[];
  readonly says: string;
}

export interface Compared {
  readonly accepted: number;
  readonly shown: number;
  /** Lines that are known to differ, with the reason, and were shown. */
  readonly known: ReadonlyMap<string, number>;
  readonly differences: readonly Difference[];
}

/**
 * Gaps that are known and accepted: reason, and how to recognise a line. A line that matches and does not differ closes
 * its gap, and the suite then says so. Empty is the aim.
 */
export const KNOWN_GAPS: readonly {
  readonly because: string;
  readonly matches: (words: readonly string[]) => boolean;
}[] = [];

const TYPES: Readonly<Partial<Record<ScanPlan["techniques"][number], string>>> = {
  "sctp-init": "sctpinit",
  "sctp-cookie-echo": "sctpcookieecho",
  "ip-protocol": "ipproto",
};

/** Shows the accepted ones of these lines to the installed nmap, at most `most` different ones. */
export function compareWithNmap(lines: readonly GeneratedLine[], most: number): Compared {
  const accepted = new Map<string, { readonly line: GeneratedLine; readonly built: ScanPlan }>();
  let count = 0;
  for (const line of lines) {
    const built = plan(line.words);
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
  // Without its target a line scans nothing, yet nmap reads it to the end and says in its XML what it would scan. Loading
  // scripts takes it fifty times as long, so few of those lines are read to the end.
  const argvs = shown.map(({ line: { words, withoutTarget }, built }, index): readonly string[] =>
    withoutTarget === undefined || built.outputs.length > 0 || (built.scripts.length > 0 && index % 20 !== 0)
      ? ["nmap", "--iflist", ...words]
      : ["nmap", "-oX", "-", ...withoutTarget],
  );
  const runs = runNmap(argvs);
  const differences: Difference[] = [];
  const known = new Map<string, number>();
  for (const [index, run] of runs.entries()) {
    const one = shown[index];
    if (one === undefined) throw new Error("a run too many");
    const { words } = one.line;
    const says =
      run.status !== 0
        ? `ends with ${String(run.status)}: ${run.stderr.split("\n")[0] ?? ""}`
        : argvs[index]?.[1] === "--iflist"
          ? undefined
          : scanDifference(one.built, run.stdout);
    const gap = KNOWN_GAPS.find(({ matches }) => matches(words));
    if (gap !== undefined) {
      if (says === undefined) differences.push({ words, says: `no longer differs: ${gap.because}` });
      else known.set(gap.because, (known.get(gap.because) ?? 0) + 1);
    } else if (says !== undefined) differences.push({ words, says });
  }
  return { accepted: count, shown: shown.length, known, differences };
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
