// Which ports are scanned. The texts are read later, when the protocols are known.
import { modelled, sets, unmodelledBut, type OptionEntry } from "./option.ts";
import { wholeNumber } from "./values.ts";

export const portSpecification: readonly OptionEntry[] = [
  {
    names: ["-p"],
    argument: "required",
    placeholder: "PORTS",
    help: "ports to scan: 22, 80-90, T:22,U:53, http, - for 1-65535",
    once: "-p",
    meaning: sets((draft, value) => {
      draft.ports = value;
    }),
  },
  {
    names: ["--exclude-ports"],
    argument: "required",
    placeholder: "PORTS",
    help: "leave these ports out, in host discovery too",
    once: "--exclude-ports",
    meaning: sets((draft, value) => {
      draft.excludePorts = value;
    }),
  },
  {
    names: ["-F"],
    argument: "none",
    help: "the 100 most common ports instead of 1000",
    meaning: sets((draft) => {
      draft.fast = true;
    }),
  },
  {
    names: ["--top-ports"],
    argument: "required",
    placeholder: "COUNT",
    help: "so many of the most common ports",
    once: "--top-ports",
    meaning: modelled((draft, use) => {
      const count = wholeNumber(use, 1, 65_536);
      if (!count.ok) return count.error;
      draft.topPorts = count.value;
      return undefined;
    }),
  },
  {
    names: ["--port-ratio"],
    argument: "required",
    placeholder: "RATIO",
    help: "ports more common than this",
    once: "--top-ports",
    meaning: unmodelledBut("choose by number with --top-ports"),
  },
  {
    names: ["-r"],
    argument: "none",
    help: "scan ports in order",
    meaning: sets((draft) => {
      draft.course.portsInOrder = true;
    }),
  },
];
