// Options that say what is scanned, besides the target words themselves.
import { modelled, refused, sets, type OptionEntry } from "./option.ts";
import { badValue } from "./values.ts";

export const targetSpecification: readonly OptionEntry[] = [
  {
    names: ["--exclude"],
    argument: "required",
    placeholder: "TARGETS",
    help: "leave these addresses out (comma list)",
    once: "--exclude",
    meaning: sets((draft, value) => {
      draft.exclude = value;
    }),
  },
  {
    names: ["--excludefile"],
    argument: "required",
    placeholder: "FILE",
    help: "leave the addresses in a file out",
    once: "--excludefile",
    meaning: modelled((draft, use) => {
      if (use.value === "" || use.value === "-") return badValue(use, "the name of a file");
      draft.excludeFile = use.value;
      return undefined;
    }),
  },
  {
    names: ["--iL"],
    argument: "required",
    placeholder: "FILE",
    help: "read targets from a file, or from standard input with -",
    once: "-iL",
    meaning: modelled((draft, use) => {
      if (use.value === "") return badValue(use, "the name of a file, or - for standard input");
      draft.targetList = use.value;
      return undefined;
    }),
  },
  {
    names: ["-i"],
    argument: "required",
    placeholder: "FILE",
    help: "forgotten spelling of -iL",
    meaning: refused(
      "it is a forgotten spelling of -iL that also swallows typing mistakes",
      "write -iL FILE, with a space",
    ),
  },
  {
    names: ["--iR"],
    argument: "required",
    placeholder: "COUNT",
    help: "scan random addresses",
    meaning: refused("nobody can judge random targets before they are scanned", "name the networks to scan"),
  },
  {
    names: ["--resolve-all"],
    argument: "none",
    help: "scan every address of a name, not only its first",
    meaning: sets((draft) => {
      draft.resolveAll = true;
    }),
  },
  {
    names: ["--unique"],
    argument: "none",
    help: "scan an address that is named twice only once",
    // The targets of a plan are a set: it is always so.
    meaning: sets(() => undefined),
  },
  {
    names: ["--randomize-hosts", "--rH"],
    argument: "none",
    help: "scan the targets in random order",
    meaning: sets((draft) => {
      draft.course.randomHosts = true;
    }),
  },
];
