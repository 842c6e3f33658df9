// The script engine's options. -sC is a letter of -s.
import { parseScriptArgs } from "../script-args.ts";
import { parseScripts, splitOwnScripts } from "../scripts-expression.ts";
import { informs, modelled, refused, sets, type OptionEntry } from "./option.ts";
import { time } from "./timing.ts";
import { badValue } from "./values.ts";

// Each is held against every installed script; there are a third as many of those.
const MOST_PIECES = 2000;
const MOST_OWN = 20;

export const scriptScan: readonly OptionEntry[] = [
  {
    names: ["--script"],
    argument: "required",
    placeholder: "SCRIPTS",
    help: "run these scripts: names, categories, expressions such as 'safe and not broadcast', own ones as ./NAME.nse",
    meaning: modelled((draft, use) => {
      const { own, others } = splitOwnScripts(use.value);
      draft.ownScriptPaths.push(...own);
      if (draft.ownScriptPaths.length > MOST_OWN) return badValue(use, `at most ${MOST_OWN} scripts of your own`);
      if (own.length > 0 && others === "") return undefined;
      const pieces = parseScripts(others);
      if (!pieces.ok) return pieces.error;
      for (const piece of pieces.value) {
        if (!draft.scripts.some(({ text }) => text === piece.text)) draft.scripts.push(piece);
      }
      if (draft.scripts.length > MOST_PIECES) {
        return badValue(use, `at most ${MOST_PIECES} expressions together`, "name categories, or scripts with *");
      }
      return undefined;
    }),
  },
  {
    names: ["--script-args"],
    argument: "required",
    placeholder: "ARGUMENTS",
    help: "arguments for scripts",
    once: "--script-args",
    meaning: modelled((draft, use) => {
      const args = parseScriptArgs(use.value, "--script-args");
      if (!args.ok) return args.error;
      draft.scriptArgs = args.value;
      return undefined;
    }),
  },
  {
    names: ["--script-args-file"],
    argument: "required",
    placeholder: "FILE",
    help: "arguments for scripts, from a file",
    once: "--script-args-file",
    meaning: modelled((draft, use) => {
      // nmap looks for a relative name in its data directories, never where the person is.
      if (!use.value.startsWith("/")) {
        return badValue(
          use,
          "the whole path of a file, because nmap looks for others among its own data",
          'write "$PWD/FILE"',
        );
      }
      draft.scriptArgsFile = use.value;
      return undefined;
    }),
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
    meaning: informs("script-help"),
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
