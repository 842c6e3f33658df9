// Options about guessing the operating system.
import { modelled, unmodelled, type OptionEntry } from "./option.ts";
import { badValue } from "./values.ts";

export const osDetection: readonly OptionEntry[] = [
  {
    names: ["-O"],
    argument: "optional",
    placeholder: "2",
    help: "guess the operating system",
    meaning: modelled((draft, use) => {
      // The first generation of OS detection is gone from nmap; 2 is the one there is.
      if (use.value !== undefined && use.value !== "2") return badValue(use, "nothing behind it");
      draft.osDetection = true;
      return undefined;
    }),
  },
  { names: ["--osscan-limit"], argument: "none", help: "only for hosts that look promising", meaning: unmodelled },
  { names: ["--osscan-guess", "--fuzzy"], argument: "none", help: "guess more boldly", meaning: unmodelled },
  {
    names: ["--max-os-tries"],
    argument: "required",
    placeholder: "COUNT",
    help: "how often to try",
    once: "--max-os-tries",
    meaning: unmodelled,
  },
  {
    names: ["--deprecated-xml-osclass"],
    argument: "none",
    help: "older layout of OS classes in XML",
    meaning: unmodelled,
  },
];
