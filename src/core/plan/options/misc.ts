// Everything that belongs to no other section.
import type { OptionProblem } from "../parse-error.ts";
import type { Draft } from "./draft.ts";
import { informs, modelled, refused, sets, type Meaning, type OptionEntry } from "./option.ts";
import { badValue } from "./values.ts";

const family = (wanted: 4 | 6): Meaning<undefined> =>
  modelled((draft: Draft): OptionProblem | undefined => {
    if (draft.family !== undefined && draft.family !== wanted) {
      return {
        code: "option-conflict",
        message: "-4 and -6 cannot stand in one command.",
        hint: "scan each in a run of its own",
      };
    }
    draft.family = wanted;
    return undefined;
  });

const ENGINES = ["epoll", "poll", "select"] as const;
const CODE = "files of the requester's choice would become part of nmap";

export const misc: readonly OptionEntry[] = [
  { names: ["-4"], argument: "none", help: "IPv4 targets (the default)", meaning: family(4) },
  { names: ["-6"], argument: "none", help: "IPv6 targets", meaning: family(6) },
  {
    names: ["-A"],
    argument: "none",
    help: "service versions and default scripts, and as root OS detection and traceroute",
    meaning: sets((draft) => {
      draft.aggressive = true;
    }),
  },
  {
    names: ["--yoloscan"],
    argument: "none",
    help: "hidden name of -A",
    meaning: refused("it is a hidden name of -A", "write -A"),
  },
  {
    names: ["--datadir"],
    argument: "required",
    placeholder: "DIRECTORY",
    help: "another data directory",
    meaning: refused(CODE, "use the installed data files"),
  },
  {
    names: ["--servicedb"],
    argument: "required",
    placeholder: "FILE",
    help: "another list of services",
    meaning: refused("a file would decide which ports are scanned", "name the ports with -p"),
  },
  {
    names: ["--versiondb"],
    argument: "required",
    placeholder: "FILE",
    help: "other probes for service versions",
    meaning: refused("a file would decide which bytes are sent", "use the installed probes"),
  },
  {
    names: ["--privileged"],
    argument: "none",
    help: "assume that raw sockets may be used",
    once: "the privileges",
    meaning: sets((draft) => {
      draft.privileged = true;
    }),
  },
  {
    names: ["--unprivileged"],
    argument: "none",
    help: "assume that raw sockets may not be used",
    once: "the privileges",
    meaning: sets((draft) => {
      draft.privileged = false;
    }),
  },
  {
    names: ["--send-eth"],
    argument: "none",
    help: "send raw Ethernet frames",
    once: "the way of sending",
    meaning: sets((draft) => {
      draft.packets.sendAs = "ethernet";
    }),
  },
  {
    names: ["--send-ip"],
    argument: "none",
    help: "send raw IP packets",
    once: "the way of sending",
    meaning: sets((draft) => {
      draft.packets.sendAs = "ip";
    }),
  },
  {
    names: ["--route-dst"],
    argument: "required",
    placeholder: "HOST",
    help: "show the route to a host",
    meaning: refused("it resolves another name on the way", "use ip route get HOST"),
  },
  {
    names: ["--nsock-engine"],
    argument: "required",
    placeholder: "ENGINE",
    help: "how nmap waits for sockets",
    once: "--nsock-engine",
    meaning: modelled((draft, use) => {
      const engine = ENGINES.find((name) => name === use.value);
      if (engine === undefined) return badValue(use, "epoll, poll or select", "leave it out; nmap knows best");
      draft.course.nsockEngine = engine;
      return undefined;
    }),
  },
  {
    names: ["--release-memory"],
    argument: "none",
    help: "free memory at the end",
    // It shows nowhere, and later versions ignore it.
    meaning: sets(() => undefined),
  },
  {
    names: ["-h", "--help"],
    argument: "none",
    help: "nmap's help",
    meaning: informs("help"),
  },
  {
    names: ["-V", "--version"],
    argument: "none",
    help: "nmap's version",
    meaning: informs("version"),
  },
  {
    names: ["--thc"],
    argument: "none",
    help: "a greeting instead of a scan",
    meaning: refused("nmap greets and scans nothing", "leave it out"),
  },
  {
    names: ["-I"],
    argument: "none",
    help: "identd scan, gone from nmap",
    meaning: refused("nmap has dropped it and only warns", "leave it out"),
  },
  {
    names: ["-q"],
    argument: "none",
    help: "without effect in nmap",
    meaning: refused("it has no meaning in nmap", "leave it out"),
  },
];
