// The targets of a plan as the last words of nmap's command, or, where they are too long for one, as the file that it
// reads them from.
import type { ScanPlan } from "./scan-plan.ts";
import { renderTargets } from "./target-render.ts";
import { parseTargetWord } from "./targets.ts";

/** Names that nmap finds in a private hosts file, each with its one address of the plan. */
type Hosts = readonly { readonly name: string; readonly address: string }[];

export interface TargetPlaces {
  /** Where the words of `targetsFile` are. */
  readonly targets?: string;
  readonly hosts?: Hosts;
}

/** Bytes of target words on a command line; above it they go through a file, of which there is no limit. */
const LONGEST_LINE = 65_536;

/** The end of the command: the words themselves, or where they are. */
export function renderTargetWords(plan: ScanPlan, files: TargetPlaces): readonly string[] {
  const words = targetWords(plan, files.hosts);
  if (!isLong(words)) return ["--", ...words];
  if (files.targets === undefined) throw new Error("a plan with so many targets cannot be rendered without a file");
  // The only source: nmap 7.93 leaves words of the line out when there is a list.
  return [`--iL=${files.targets}`];
}

/** What the file of targets holds, one word a line; undefined for a plan whose targets stand on the line. */
export function targetsFile(plan: ScanPlan, { hosts }: Pick<TargetPlaces, "hosts"> = {}): string | undefined {
  const words = targetWords(plan, hosts);
  return isLong(words) ? `${words.join("\n")}\n` : undefined;
}

/** Names take the place of their addresses, each address once; a name whose address is not scanned is left out. */
function targetWords({ targets, family }: ScanPlan, hosts: Hosts = []): readonly string[] {
  const names: string[] = [];
  let rest = targets;
  // Octet patterns stay whole: without one address they would fall into hundreds of thousands of pieces.
  for (const { name, address } of targets.ipv4Octets() === undefined ? hosts : []) {
    const single = parseTargetWord(address, family);
    if (!single.ok || single.value.kind !== "addresses" || !rest.includes(single.value.set)) continue;
    names.push(name);
    rest = rest.subtract(single.value.set);
  }
  return [...names, ...(rest.isEmpty ? [] : renderTargets(rest, family))];
}

function isLong(words: readonly string[]): boolean {
  let length = 0;
  for (const word of words) length += word.length + 1;
  return length > LONGEST_LINE;
}
