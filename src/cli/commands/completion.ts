// `jit-nmap completion SHELL`: a script that completes commands, options and ids of requests.
import { scanLetters } from "../../core/plan/options/scan-techniques.ts";
import { sections } from "../../core/plan/options/index.ts";
import { writtenName } from "../../core/plan/options/option.ts";
import { commandLine, readCommandLine } from "../command-line.ts";
import { completionText, shells, type Completed } from "../completion-text.ts";
import { EXIT } from "../exit-code.ts";
import { ownOptions } from "../help-text.ts";
import { writeOut } from "../output.ts";
import { tellProblem } from "../tell.ts";
import { commands, type RunCommand } from "./index.ts";

export const run: RunCommand = ({ args }) => {
  const command = commandLine("completion", "A script that completes commands, options and ids of requests.")
    .argument("<shell>", shells.join(", "))
    .addHelpText(
      "after",
      "\nbash: source <(jit-nmap completion bash)\nzsh:  source <(jit-nmap completion zsh)\nfish: jit-nmap completion fish | source",
    );
  const read = readCommandLine(command, args);
  if (read.kind === "done") return Promise.resolve(read.code);
  const shell = shells.find((one) => one === read.operands[0]);
  if (shell === undefined) {
    const message = `there is no completion for ${read.operands[0] ?? ""}: it is ${shells.join(", ")}`;
    return Promise.resolve(tellProblem({ code: "unknown-shell", message }));
  }
  const named = [...commands].map(([word, { usage, summary }]) => ({
    word,
    help: summary,
    takesId: /\bID\b/.test(usage),
  }));
  writeOut(completionText(shell, { commands: named, options: [...nmapsOptions(), ...ours()] }));
  return Promise.resolve(EXIT.ok);
};

/** Of each option the name to write; those with letters behind them as people write them. */
function nmapsOptions(): readonly Completed[] {
  return Object.values(sections).flatMap((entries) =>
    entries.flatMap(({ names: [name], help, meaning }) => {
      if (meaning.kind === "refused") return [];
      if (name === "-s") return [...scanLetters.keys()].map((letter) => ({ word: `-s${letter}`, help: "a scan type" }));
      return [{ word: name === "-P" ? "-Pn" : writtenName(name), help }];
    }),
  );
}

function ours(): readonly Completed[] {
  return ownOptions.flatMap(([options, help]) =>
    options.split(", ").map((option) => ({ word: option.replace(/ .*$/, ""), help })),
  );
}
