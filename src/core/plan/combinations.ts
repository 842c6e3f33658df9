// Options that are fine alone and not together: what nmap ends with an error for, and what it would quietly ignore.
// After all options are read, because their order does not matter.
import { protocolOf } from "./estimate.ts";
import type { Draft } from "./options/draft.ts";
import type { OptionProblem } from "./parse-error.ts";

export function refuseCombination(draft: Draft): OptionProblem | undefined {
  return refuseScans(draft) ?? refusePorts(draft) ?? refusePairs(draft);
}

const conflict = (message: string, hint?: string): OptionProblem => ({
  code: "option-conflict",
  message,
  ...(hint === undefined ? {} : { hint }),
});

function refuseScans(draft: Draft): OptionProblem | undefined {
  const { techniques } = draft;
  if (techniques.has("list") && techniques.has("ping")) {
    return conflict("-sL and -sn do not go together: one lists the targets, the other looks for them.");
  }
  const tcp = [...techniques].filter((technique) => protocolOf(technique) === "tcp");
  if (tcp.length > 1) return conflict("Only one kind of TCP scan fits into a run.", "choose one, for example -sS");
  if (techniques.has("ip-protocol")) {
    if (techniques.size > 1) return conflict("-sO goes with no other scan.", "scan each in a run of its own");
    // nmap switches these off and says so in passing.
    const needsPorts = draft.aggressive ? "-A" : draft.osDetection ? "-O" : draft.serviceVersion ? "-sV" : undefined;
    if (needsPorts !== undefined)
      return conflict(`${needsPorts} needs open ports, and -sO scans none.`, "leave one out");
  }
  if (techniques.has("list") && draft.traceroute) {
    return conflict("--traceroute sends packets, and -sL sends none.", "leave one of them out");
  }
  const without = withoutPorts(draft);
  if (without === undefined) return undefined;
  if (techniques.size > 1)
    return conflict(`${without} scans no ports, so no scan of ports goes with it.`, `leave ${without} out`);
  // nmap refuses -O and, as root, -A here; -sV it would ignore.
  const wanted = draft.aggressive ? "-A" : draft.osDetection ? "-O" : draft.serviceVersion ? "-sV" : undefined;
  return wanted === undefined
    ? undefined
    : conflict(`${wanted} needs open ports, and ${without} scans none.`, `leave ${wanted} or ${without} out`);
}

function refusePorts(draft: Draft): OptionProblem | undefined {
  const typed =
    draft.ports !== undefined
      ? "-p"
      : draft.fast
        ? "-F"
        : draft.topPorts !== undefined
          ? "--top-ports"
          : draft.excludePorts !== undefined
            ? "--exclude-ports"
            : undefined;
  const without = withoutPorts(draft);
  // --exclude-ports with -sn takes ports off host discovery: that has a meaning.
  if (typed !== undefined && without !== undefined && !(typed === "--exclude-ports" && without === "-sn")) {
    return conflict(`${typed} chooses ports, and ${without} scans none.`, `leave ${typed} or ${without} out`);
  }
  if (draft.fast && draft.ports !== undefined) {
    return conflict(
      "-F and -p both choose the ports.",
      "for the most common ports inside a range use --top-ports with -p",
    );
  }
  if (draft.fast && draft.topPorts !== undefined) {
    return conflict("-F and --top-ports both choose the ports, and nmap would ignore -F.", "leave -F out");
  }
  return undefined;
}

/** A least value above the most: nmap ends with an error for these. */
function refusePairs(draft: Draft): OptionProblem | undefined {
  const pairs = [
    ["rate", draft.minRate, draft.maxRate],
    ["hostgroup", draft.minHostgroup, draft.maxHostgroup],
    // The slow templates send one probe at a time, and nmap holds a typed minimum against that.
    ["parallelism", draft.minParallelism, draft.maxParallelism ?? ((draft.template ?? 3) <= 2 ? 1 : undefined)],
    ["rtt-timeout", draft.minRttTimeoutMs, draft.maxRttTimeoutMs],
  ] as const;
  for (const [name, least, most] of pairs) {
    if (least === undefined || most === undefined || least <= most) continue;
    const unit = name === "rtt-timeout" ? "ms" : "";
    return conflict(`--min-${name} ${least}${unit} is above --max-${name} ${most}${unit}.`);
  }
  if (draft.mtu !== undefined && draft.fragmentBytes > 0) {
    return conflict("-f and --mtu both choose the size of fragments.", "leave -f out");
  }
  return undefined;
}

function withoutPorts(draft: Draft): "-sL" | "-sn" | undefined {
  return draft.techniques.has("list") ? "-sL" : draft.techniques.has("ping") ? "-sn" : undefined;
}
