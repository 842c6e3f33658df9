// Options about guessing the operating system.
import { modelled, sets, type OptionEntry } from "./option.ts";
import { badValue, wholeNumber } from "./values.ts";

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
  {
    names: ["--osscan-limit"],
    argument: "none",
    help: "only for hosts that look promising",
    meaning: sets((draft) => {
      draft.osOptions.limit = true;
    }),
  },
  {
    names: ["--osscan-guess", "--fuzzy"],
    argument: "none",
    help: "guess more boldly",
    meaning: sets((draft) => {
      draft.osOptions.guess = true;
    }),
  },
  {
    names: ["--max-os-tries"],
    argument: "required",
    placeholder: "COUNT",
    help: "how often to try",
    once: "--max-os-tries",
    meaning: modelled((draft, use) => {
      const tries = wholeNumber(use, 1, 50);
      if (!tries.ok) return tries.error;
      draft.osOptions.maxTries = tries.value;
      return undefined;
    }),
  },
  {
    names: ["--deprecated-xml-osclass"],
    argument: "none",
    help: "older layout of OS classes in XML",
    meaning: sets((draft) => {
      draft.osOptions.oldXml = true;
    }),
  },
];
