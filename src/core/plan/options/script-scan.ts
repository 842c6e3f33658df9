// The script engine's options. -sC is a letter of -s.
import { refused, sets, unmodelled, unmodelledBut, type OptionEntry } from "./option.ts";
import { time } from "./timing.ts";

export const scriptScan: readonly OptionEntry[] = [
  {
    names: ["--script"],
    argument: "required",
    placeholder: "SCRIPTS",
    help: "run these scripts",
    meaning: unmodelledBut("-sC runs the default scripts"),
  },
  {
    names: ["--script-args"],
    argument: "required",
    placeholder: "ARGUMENTS",
    help: "arguments for scripts",
    once: "--script-args",
    meaning: unmodelled,
  },
  {
    names: ["--script-args-file"],
    argument: "required",
    placeholder: "FILE",
    help: "arguments for scripts, from a file",
    once: "--script-args-file",
    meaning: unmodelled,
  },
  {
    names: ["--script-timeout"],
    argument: "required",
    placeholder: "TIME",
    help: "give up on a script after this time",
    once: "--script-timeout",
    meaning: time("scriptTimeoutMs", undefined),
  },
  {
    names: ["--script-trace"],
    argument: "none",
    help: "show what scripts send and receive",
    meaning: sets((draft) => {
      draft.scriptTrace = true;
    }),
  },
  {
    names: ["--script-help"],
    argument: "required",
    placeholder: "SCRIPTS",
    help: "describe scripts",
    meaning: unmodelled,
  },
  {
    names: ["--script-updatedb"],
    argument: "none",
    help: "rebuild the script index",
    meaning: refused(
      "it runs every installed script and rewrites a system file",
      "let the administrator run it with nmap",
    ),
  },
];
