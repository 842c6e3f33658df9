// Options that go with -sV.
import { modelled, sets, type OptionEntry } from "./option.ts";
import { wholeNumber } from "./values.ts";

// One variable in nmap: the last of the three wins there, a second is refused here.
const once = "the version intensity";

export const serviceDetection: readonly OptionEntry[] = [
  {
    names: ["--version-intensity"],
    argument: "required",
    placeholder: "0-9",
    help: "how many probes -sV tries: 0 few, 9 all",
    once,
    meaning: modelled((draft, use) => {
      const intensity = wholeNumber(use, 0, 9);
      if (!intensity.ok) return intensity.error;
      draft.versionIntensity = intensity.value;
      return undefined;
    }),
  },
  {
    names: ["--version-light"],
    argument: "none",
    help: "the same as --version-intensity 2",
    once,
    meaning: sets((draft) => {
      draft.versionIntensity = 2;
    }),
  },
  {
    names: ["--version-all"],
    argument: "none",
    help: "the same as --version-intensity 9",
    once,
    meaning: sets((draft) => {
      draft.versionIntensity = 9;
    }),
  },
  {
    names: ["--version-trace"],
    argument: "none",
    help: "show what -sV does",
    meaning: sets((draft) => {
      // nmap counts it as one -d that does not make it talk more.
      draft.versionTrace = true;
      draft.debugging = Math.min(10, draft.debugging + 1);
    }),
  },
  {
    names: ["--allports"],
    argument: "none",
    help: "let -sV talk to printers' ports too",
    meaning: sets((draft) => {
      draft.allPorts = true;
    }),
  },
];
