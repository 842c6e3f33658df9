// What is written, where, and how much of it.
import type { OptionProblem } from "../parse-error.ts";
import type { OutputFormat } from "../scan-plan.ts";
import type { Draft } from "./draft.ts";
import { informs, modelled, refused, sets, type Meaning, type OptionEntry, type Use } from "./option.ts";
import { time } from "./timing.ts";
import { badValue } from "./values.ts";

const PLAIN = "write -oN, -oX or -oG and the file, with a space between";

function addOutput(draft: Draft, use: Use<string>, format: OutputFormat, path: string): OptionProblem | undefined {
  // nmap drops a percent sign at the end, which leaves nothing of "%".
  if (path === "" || path === "%") return badValue(use, "the name of a file");
  // nmap refuses it too: it looks like an option that stands in the wrong place.
  if (path.startsWith("-") && path !== "-") {
    return badValue(use, "a file, or - for standard output", `for a file of that name write ./${path}`);
  }
  if (draft.outputs.some((output) => output.format === format)) {
    return {
      code: "option-repeated",
      message: `The ${format} output is given twice, and nmap would write one of the two only.`,
    };
  }
  if (draft.outputs.some((output) => plainPath(output.path) === plainPath(path))) {
    const where = path === "-" ? "to standard output" : "into one file";
    return { code: "option-conflict", message: `Two outputs cannot both go ${where}.`, hint: "give each its own name" };
  }
  draft.outputs.push({ format, path });
  return undefined;
}

/** `./a` and `a//b` are other spellings of a name; links are found out when the files are looked at. */
const plainPath = (path: string): string => path.replace(/\/(?:\.?\/)+/g, "/").replace(/^(?:\.\/)+(?=[^/])/, "");

const output = (format: OutputFormat): Meaning<string> =>
  modelled((draft, use) => addOutput(draft, use, format, use.value));

function addAll(draft: Draft, use: Use<string>): OptionProblem | undefined {
  if (use.value === "-") return badValue(use, "the beginning of three file names", "for standard output write -oN -");
  return (
    addOutput(draft, use, "normal", use.value === "" ? "" : `${use.value}.nmap`) ??
    addOutput(draft, use, "grepable", `${use.value}.gnmap`) ??
    addOutput(draft, use, "xml", `${use.value}.xml`)
  );
}

/** How far -v or -d goes with this value: a level to set, or steps to add; undefined for what nmap refuses. */
function level(value: string | undefined, letter: string): { set: number } | { add: number } | undefined {
  if (value === undefined) return { add: 1 };
  if (/^(?:[0-9]|10)$/.test(value)) return { set: Number(value) };
  return value !== "" && value.replaceAll(letter, "") === "" ? { add: 1 + value.length } : undefined;
}

const HIGHEST = 10;

export const outputOptions: readonly OptionEntry[] = [
  {
    names: ["--oN"],
    argument: "required",
    placeholder: "FILE",
    help: "normal output to a file",
    meaning: output("normal"),
  },
  { names: ["--oX"], argument: "required", placeholder: "FILE", help: "XML to a file", meaning: output("xml") },
  {
    names: ["--oG"],
    argument: "required",
    placeholder: "FILE",
    help: "grepable output to a file",
    meaning: output("grepable"),
  },
  {
    names: ["--oA"],
    argument: "required",
    placeholder: "BASE",
    help: "all three, to BASE.nmap, BASE.xml and BASE.gnmap",
    meaning: modelled(addAll),
  },
  {
    names: ["--oS"],
    argument: "required",
    placeholder: "FILE",
    help: "output for fun to a file",
    meaning: refused("it is a joke that nothing can read", "write -oN FILE"),
  },
  {
    names: ["--oM"],
    argument: "required",
    placeholder: "FILE",
    help: "old name of -oG",
    meaning: refused("it is an old name of -oG", "write -oG FILE"),
  },
  {
    names: ["--oH"],
    argument: "required",
    placeholder: "FILE",
    help: "HTML, which nmap never had",
    meaning: refused("nmap has no HTML output", "write -oX FILE and convert it"),
  },
  {
    names: ["-o"],
    argument: "required",
    placeholder: "FILE",
    help: "old spelling of -oN",
    meaning: refused("it is an old spelling that writes to files with surprising names", PLAIN),
  },
  {
    names: ["-m"],
    argument: "required",
    placeholder: "FILE",
    help: "old spelling of -oG",
    meaning: refused("it is an old spelling of -oG", "write -oG FILE"),
  },
  {
    names: ["-v"],
    argument: "optional",
    placeholder: "LEVEL",
    help: "say more; again for more still, or -v1 to -v10",
    meaning: modelled((draft, use) => {
      const change = level(use.value, "v");
      if (change === undefined) return badValue(use, "v again, or a level from 1 to 10");
      // nmap's -v0 throws its normal output away.
      if ("set" in change && change.set === 0) {
        return badValue(use, "a level from 1 to 10", "for silence send the output to /dev/null");
      }
      draft.verbosity = "set" in change ? change.set : Math.min(HIGHEST, draft.verbosity + change.add);
      return undefined;
    }),
  },
  {
    names: ["--verbose"],
    argument: "none",
    help: "the same as -v",
    meaning: sets((draft) => {
      draft.verbosity = Math.min(HIGHEST, draft.verbosity + 1);
    }),
  },
  {
    names: ["--vv"],
    argument: "none",
    help: "the same as -vv",
    meaning: sets((draft) => {
      draft.verbosity = Math.min(HIGHEST, draft.verbosity + 2);
    }),
  },
  {
    names: ["-d", "--debug"],
    argument: "optional",
    placeholder: "LEVEL",
    help: "say what happens inside; again for more, or -d1 to -d10",
    meaning: modelled((draft, use) => {
      const change = level(use.value, "d");
      if (change === undefined) return badValue(use, "d again, or a level from 0 to 10");
      // As nmap does: a level sets both, a step raises both, and reasons are shown from now on.
      if ("set" in change) {
        draft.debugging = change.set;
        draft.verbosity = change.set;
      } else {
        draft.debugging = Math.min(HIGHEST, draft.debugging + change.add);
        draft.verbosity = Math.min(HIGHEST, draft.verbosity + change.add);
      }
      draft.reason = true;
      return undefined;
    }),
  },
  {
    names: ["--reason"],
    argument: "none",
    help: "say why a port or host is in its state",
    meaning: sets((draft) => {
      draft.reason = true;
    }),
  },
  {
    names: ["--open"],
    argument: "none",
    help: "show open ports only",
    meaning: sets((draft) => {
      draft.open = true;
    }),
  },
  {
    names: ["--packet-trace"],
    argument: "none",
    help: "show every packet",
    meaning: sets((draft) => {
      draft.packetTrace = true;
    }),
  },
  {
    names: ["--append-output"],
    argument: "none",
    help: "add to output files instead of replacing them",
    meaning: sets((draft) => {
      draft.appendOutput = true;
    }),
  },
  {
    names: ["--resume"],
    argument: "required",
    placeholder: "FILE",
    help: "go on with an interrupted scan",
    meaning: refused(
      "the command to run would come from a file",
      "jit-nmap again ID --remaining asks for what was left",
    ),
  },
  {
    names: ["--stylesheet"],
    argument: "required",
    placeholder: "PATH",
    help: "stylesheet that the XML names",
    meaning: refused(
      "it would run in the browser of whoever opens the XML",
      "leave it out; the XML names no stylesheet",
    ),
  },
  {
    names: ["--webxml"],
    argument: "none",
    help: "name nmap.org's stylesheet in the XML",
    meaning: refused("opening the XML would contact nmap.org", "leave it out; the XML names no stylesheet"),
  },
  {
    names: ["--no-stylesheet"],
    argument: "none",
    help: "name no stylesheet in the XML (always so here)",
    meaning: sets(() => undefined),
  },
  {
    names: ["--stats-every"],
    argument: "required",
    placeholder: "TIME",
    help: "show progress this often",
    once: "--stats-every",
    meaning: time("statsEveryMs", undefined, 1),
  },
  {
    names: ["--log-errors"],
    argument: "none",
    help: "without effect in nmap",
    meaning: sets(() => undefined),
  },
  {
    names: ["--noninteractive"],
    argument: "none",
    help: "read no keys while scanning (always so here)",
    meaning: sets(() => undefined),
  },
  {
    names: ["--iflist"],
    argument: "none",
    help: "list interfaces and routes",
    meaning: informs("interfaces"),
  },
];
