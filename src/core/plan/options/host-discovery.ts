// Options about which hosts count as up, and about names and routes on the way to them.
import type { OptionProblem } from "../parse-error.ts";
import type { Draft, TypedProbe } from "./draft.ts";
import { modelled, refused, sets, type OptionEntry, type Use } from "./option.ts";
import { badValue } from "./values.ts";

// -Pn, and the spellings it had before. nmap 7.93 ignores whatever stands behind the letter; here it must be alone.
const SKIP = new Set(["n", "N", "0", "D"]);

/** What a letter behind -P probes with; -PI and -PT are the names that -PE and -PA had before. */
const PROBES: ReadonlyMap<string, { readonly letter: TypedProbe["letter"]; readonly ports: boolean }> = new Map([
  ["E", { letter: "E", ports: false }],
  ["I", { letter: "E", ports: false }],
  ["P", { letter: "P", ports: false }],
  ["M", { letter: "M", ports: false }],
  ["R", { letter: "R", ports: false }],
  ["S", { letter: "S", ports: true }],
  ["A", { letter: "A", ports: true }],
  ["T", { letter: "A", ports: true }],
  ["U", { letter: "U", ports: true }],
  ["Y", { letter: "Y", ports: true }],
  ["O", { letter: "O", ports: true }],
]);

function addProbe(draft: Draft, use: Use<string | undefined>): OptionProblem | undefined {
  const value = use.value ?? "";
  if (SKIP.has(value)) {
    draft.skipDiscovery = true;
    return undefined;
  }
  const expected = "the letter of one kind of probe";
  if (SKIP.has(value.charAt(0))) {
    return badValue(use, expected, "to skip host discovery write -Pn, with nothing behind it");
  }
  if (value.startsWith("B")) return badValue(use, expected, "write -PE -PA80, which is what nmap makes of it");
  const probe = PROBES.get(value.charAt(0));
  if (probe === undefined) {
    return badValue(use, expected, "-PE, -PP, -PM, -PS, -PA, -PU, -PY, -PO, or -Pn to skip host discovery");
  }
  const ports = value.slice(1);
  if (!probe.ports && ports !== "") return badValue(use, expected, `write -P${probe.letter}, with nothing behind it`);
  if (draft.probes.some(({ letter }) => letter === probe.letter)) {
    if (!probe.ports) return undefined;
    return {
      code: "option-repeated",
      message: `-P${probe.letter} is given twice, and nmap takes one list of ports.`,
      hint: "put all ports into one list, with commas",
    };
  }
  draft.probes.push({ letter: probe.letter, ports });
  return undefined;
}

export const hostDiscovery: readonly OptionEntry[] = [
  {
    names: ["-P"],
    argument: "optional",
    placeholder: "n|E|P|M|S[PORTS]|A[PORTS]|U[PORTS]|Y[PORTS]|O[NUMBERS]",
    help: "how to find out which hosts are up; -Pn takes every target as up",
    meaning: modelled(addProbe),
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
    meaning: refused("name servers would learn every target", "leave it out, and look names up afterwards"),
  },
  {
    names: ["--system-dns"],
    argument: "none",
    help: "resolve with the system's resolver",
    // Names are resolved before nmap runs, by the system; nmap itself asks nobody.
    meaning: sets(() => undefined),
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
    meaning: sets((draft) => {
      draft.traceroute = true;
    }),
  },
  {
    names: ["--disable-arp-ping"],
    argument: "none",
    help: "no ARP or ND discovery on the local network",
    meaning: sets((draft) => {
      draft.course.noArpPing = true;
    }),
  },
  {
    names: ["--discovery-ignore-rst"],
    argument: "none",
    help: "do not take a TCP reset as a sign of life",
    meaning: sets((draft) => {
      draft.course.ignoreReset = true;
    }),
  },
];
