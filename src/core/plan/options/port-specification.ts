// Which ports are scanned. The texts are read later, when the protocols are known.
import { modelled, sets, type OptionEntry } from "./option.ts";
import { badValue, wholeNumber } from "./values.ts";

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
    meaning: modelled((draft, use) => {
      // nmap 7.93 takes what it cannot read for 0, and that for every port it knows.
      const ratio = /^0?\.[0-9]{1,9}$/.test(use.value) ? Number(use.value) : 0;
      if (ratio === 0) return badValue(use, "a number above 0 and below 1, such as 0.1");
      draft.portRatio = ratio;
      return undefined;
    }),
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
