// Options about which hosts count as up, and about names and routes on the way to them.
import { badValue } from "./values.ts";
import { modelled, refused, sets, unmodelled, unmodelledBut, type OptionEntry, type Use } from "./option.ts";
import type { OptionProblem } from "../parse-error.ts";

// -Pn, and the spellings it had before. nmap 7.93 ignores whatever stands behind the letter; here it must be alone.
const SKIP = new Set(["n", "N", "0", "D"]);
const PROBE = /^(?:[EMP]|[SAUYO][0-9,-]*)$/;

function notYet(use: Use<string | undefined>): OptionProblem {
  const value = use.value ?? "";
  if (PROBE.test(value)) {
    return {
      code: "option-not-supported",
      message: `-P${value} is nmap's option, but this version does not run it.`,
      hint: "leave it out for nmap's default discovery, or use -Pn",
    };
  }
  return badValue(use, "the letter of one kind of probe", "to skip host discovery write -Pn, with nothing behind it");
}

export const hostDiscovery: readonly OptionEntry[] = [
  {
    names: ["-P"],
    argument: "optional",
    placeholder: "n",
    help: "how to find out which hosts are up; -Pn takes every target as up",
    meaning: modelled((draft, use) => {
      if (use.value === undefined || !SKIP.has(use.value)) return notYet(use);
      draft.skipDiscovery = true;
      return undefined;
    }),
  },
  {
    names: ["-n"],
    argument: "none",
    help: "no reverse DNS (always so here)",
    // Rendered always: a look-up would tell name servers who is scanned.
    meaning: sets(() => undefined),
  },
  {
    names: ["-R"],
    argument: "none",
    help: "reverse DNS for every target, up or not",
    meaning: unmodelledBut("leave it out"),
  },
  {
    names: ["--system-dns"],
    argument: "none",
    help: "resolve with the system's resolver",
    meaning: unmodelledBut("leave it out; names are resolved by the system anyway"),
  },
  {
    names: ["--dns-servers"],
    argument: "required",
    placeholder: "SERVERS",
    help: "resolve with other name servers",
    meaning: refused(
      "those servers are contacted too, and from nmap 7.96 on they decide what is scanned",
      "leave it out, or name the targets by address",
    ),
  },
  {
    names: ["--traceroute"],
    argument: "none",
    help: "trace the path to each host",
    meaning: unmodelledBut("run as root, -A includes it"),
  },
  {
    names: ["--disable-arp-ping"],
    argument: "none",
    help: "no ARP or ND discovery on the local network",
    meaning: unmodelled,
  },
  {
    names: ["--discovery-ignore-rst"],
    argument: "none",
    help: "do not take a TCP reset as a sign of life",
    meaning: unmodelled,
  },
];
