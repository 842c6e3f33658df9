// How fast, how often, how long.
import type { Draft } from "./draft.ts";
import { modelled, sets, type Meaning, type OptionEntry } from "./option.ts";
import { badValue, duration, packetRate, wholeNumber } from "./values.ts";

type Template = 0 | 1 | 2 | 3 | 4 | 5;

const TEMPLATES: ReadonlyMap<string, Template> = new Map<string, Template>([
  ["0", 0],
  ["1", 1],
  ["2", 2],
  ["3", 3],
  ["4", 4],
  ["5", 5],
  ["paranoid", 0],
  ["sneaky", 1],
  ["polite", 2],
  ["normal", 3],
  ["aggressive", 4],
  ["insane", 5],
]);

const rate = (field: "minRate" | "maxRate"): Meaning<string> =>
  modelled((draft, use) => {
    const value = packetRate(use);
    if (!value.ok) return value.error;
    draft[field] = value.value;
    return undefined;
  });

type TimeField =
  | "hostTimeoutMs"
  | "scanDelayMs"
  | "maxScanDelayMs"
  | "minRttTimeoutMs"
  | "maxRttTimeoutMs"
  | "initialRttTimeoutMs"
  | "scriptTimeoutMs"
  | "statsEveryMs";

/**
 * @param bareLimit  a number without a unit from here on is refused, as nmap does: it suspects that milliseconds were
 *                   meant. Undefined where nmap takes any.
 * @param least      milliseconds.
 */
export const time = (field: TimeField, bareLimit: number | undefined, least = 0): Meaning<string> =>
  modelled((draft: Draft, use) => {
    const value = duration(use, bareLimit ?? Infinity);
    if (!value.ok) return value.error;
    if (value.value < least) return badValue(use, `a time of at least ${least}ms`);
    draft[field] = value.value;
    return undefined;
  });

type CountField = "minHostgroup" | "maxHostgroup" | "minParallelism" | "maxParallelism";

const count = (field: CountField, highest: number): Meaning<string> =>
  modelled((draft: Draft, use) => {
    const value = wholeNumber(use, 1, highest);
    if (!value.ok) return value.error;
    draft[field] = value.value;
    return undefined;
  });

const flag = (field: "defeatRstRatelimit" | "defeatIcmpRatelimit" | "noGroupCongestionControl"): Meaning<undefined> =>
  sets((draft) => {
    draft[field] = true;
  });

function valued(
  name: `--${string}`,
  placeholder: string,
  help: string,
  meaning: Meaning<string>,
  ...aliases: string[]
): OptionEntry {
  return { names: [name, ...aliases], argument: "required", placeholder, help, once: name, meaning };
}

// Above it nmap's own group size is capped, and a --min-hostgroup beyond ends it.
const LARGEST_GROUP = 100_000;
const MOST_PROBES = 1_000_000;
// From 50 on, nmap takes a bare number of seconds for a mistake.
const RTT_BARE = 50;
// nmap's shortest wait for an answer.
const SHORTEST_RTT = 5;

export const timing: readonly OptionEntry[] = [
  {
    names: ["-T", "--timing"],
    argument: "required",
    placeholder: "0-5",
    help: "timing template, from 0 paranoid to 5 insane; 3 is normal",
    // Templates do not replace each other in nmap: -T5 -T3 stays 5, -T0 -T5 keeps one probe at a time.
    once: "-T",
    meaning: modelled((draft, use) => {
      // nmap compares the first character only, and reads -T11 as 5.
      const template = TEMPLATES.get(use.value.toLowerCase());
      if (template === undefined) {
        return badValue(
          use,
          "0 to 5, or paranoid, sneaky, polite, normal, aggressive or insane",
          "write for example -T4",
        );
      }
      draft.template = template;
      return undefined;
    }),
  },
  {
    names: ["--max-rate"],
    argument: "required",
    placeholder: "PACKETS",
    help: "at most so many packets a second",
    once: "--max-rate",
    meaning: rate("maxRate"),
  },
  {
    names: ["--min-rate"],
    argument: "required",
    placeholder: "PACKETS",
    help: "at least so many packets a second",
    once: "--min-rate",
    meaning: rate("minRate"),
  },
  {
    names: ["--max-retries"],
    argument: "required",
    placeholder: "COUNT",
    help: "send a probe again at most so often",
    once: "--max-retries",
    meaning: modelled((draft, use) => {
      const count = wholeNumber(use, 0, 1_000_000);
      if (!count.ok) return count.error;
      draft.maxRetries = count.value;
      return undefined;
    }),
  },
  {
    names: ["--host-timeout"],
    argument: "required",
    placeholder: "TIME",
    help: "give up on a host after this time; 0 is never",
    once: "--host-timeout",
    meaning: time("hostTimeoutMs", 10_000),
  },
  {
    names: ["--scan-delay"],
    argument: "required",
    placeholder: "TIME",
    help: "wait at least so long between two probes of a host",
    once: "--scan-delay",
    meaning: time("scanDelayMs", 100),
  },
  valued("--max-scan-delay", "TIME", "wait at most so long between two probes of a host", time("maxScanDelayMs", 100)),
  valued("--min-hostgroup", "COUNT", "scan at least so many hosts side by side", count("minHostgroup", LARGEST_GROUP)),
  valued("--max-hostgroup", "COUNT", "scan at most so many hosts side by side", count("maxHostgroup", LARGEST_GROUP)),
  valued("--min-parallelism", "COUNT", "at least so many probes on the way", count("minParallelism", MOST_PROBES)),
  valued("--max-parallelism", "COUNT", "at most so many probes on the way", count("maxParallelism", MOST_PROBES), "-M"),
  valued("--min-rtt-timeout", "TIME", "wait at least so long for an answer", time("minRttTimeoutMs", RTT_BARE)),
  valued(
    "--max-rtt-timeout",
    "TIME",
    "wait at most so long for an answer",
    time("maxRttTimeoutMs", RTT_BARE, SHORTEST_RTT),
  ),
  valued(
    "--initial-rtt-timeout",
    "TIME",
    "wait so long for the first answer",
    time("initialRttTimeoutMs", RTT_BARE, 1),
  ),
  {
    names: ["--defeat-rst-ratelimit"],
    argument: "none",
    help: "do not slow down for limited resets",
    meaning: flag("defeatRstRatelimit"),
  },
  {
    names: ["--defeat-icmp-ratelimit"],
    argument: "none",
    help: "do not slow down for limited ICMP errors",
    meaning: flag("defeatIcmpRatelimit"),
  },
  {
    names: ["--nogcc"],
    argument: "none",
    help: "no congestion control over all hosts",
    meaning: flag("noGroupCongestionControl"),
  },
];
