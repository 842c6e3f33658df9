// How fast, how often, how long.
import type { Draft } from "./draft.ts";
import { modelled, unmodelled, type Meaning, type OptionEntry } from "./option.ts";
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

// The limits for bare numbers are nmap's: from there on it suspects that milliseconds were meant.
const time = (field: "hostTimeoutMs" | "scanDelayMs", bareLimit: number): Meaning<string> =>
  modelled((draft: Draft, use) => {
    const value = duration(use, bareLimit);
    if (!value.ok) return value.error;
    draft[field] = value.value;
    return undefined;
  });

function later(name: `--${string}`, placeholder: string, help: string, ...aliases: string[]): OptionEntry {
  return { names: [name, ...aliases], argument: "required", placeholder, help, once: name, meaning: unmodelled };
}

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
  later("--max-scan-delay", "TIME", "wait at most so long between two probes of a host"),
  later("--min-hostgroup", "COUNT", "scan at least so many hosts side by side"),
  later("--max-hostgroup", "COUNT", "scan at most so many hosts side by side"),
  later("--min-parallelism", "COUNT", "at least so many probes on the way"),
  later("--max-parallelism", "COUNT", "at most so many probes on the way", "-M"),
  later("--min-rtt-timeout", "TIME", "wait at least so long for an answer"),
  later("--max-rtt-timeout", "TIME", "wait at most so long for an answer"),
  later("--initial-rtt-timeout", "TIME", "wait so long for the first answer"),
  {
    names: ["--defeat-rst-ratelimit"],
    argument: "none",
    help: "do not slow down for limited resets",
    meaning: unmodelled,
  },
  {
    names: ["--defeat-icmp-ratelimit"],
    argument: "none",
    help: "do not slow down for limited ICMP errors",
    meaning: unmodelled,
  },
  { names: ["--nogcc"], argument: "none", help: "no congestion control over all hosts", meaning: unmodelled },
];
