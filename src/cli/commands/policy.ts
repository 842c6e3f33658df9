// `jit-nmap policy ...`: the tools of those who write policies. Each sub-command in its own file, loaded when it is
// used; what they share is here.
import { EXIT } from "../exit-code.ts";
import { writeOut } from "../output.ts";
import { tellProblem } from "../tell.ts";
import type { RunCommand } from "./index.ts";

const subcommands: ReadonlyMap<string, () => Promise<{ readonly run: RunCommand }>> = new Map([
  ["check", () => import("./policy-check.ts")],
  ["test", () => import("./policy-test.ts")],
  ["read", () => import("./policy-read.ts")],
  ["explain", () => import("./policy-explain.ts")],
  ["replay", () => import("./policy-replay.ts")],
  ["schema", () => import("./policy-schema.ts")],
]);

const usage = `usage: jit-nmap policy check [PATH]       what is wrong with a policy; 78 when it can't be used
       jit-nmap policy test [PATH]        try the *.cases.yaml beside it; 78 when an answer is another
       jit-nmap policy read [PATH]        every rule as a sentence
       jit-nmap policy explain [--as NAME] [--at TIME] [--policy PATH] [--json] ARGS
                                          what it would say to whom, when, and why
       jit-nmap policy replay [--over 90d] PATH
                                          which past requests another policy would answer otherwise
       jit-nmap policy schema             the JSON Schema for editors

PATH is a policy file or a folder of them; left out, the policy in force is meant.
`;

export const run: RunCommand = async (context) => {
  const [name, ...args] = context.args;
  const subcommand = subcommands.get(name ?? "");
  if (subcommand !== undefined) {
    const { run: runSubcommand } = await subcommand();
    return runSubcommand({ ...context, args });
  }
  if (name === "--help" || name === "-h") {
    writeOut(usage);
    return EXIT.ok;
  }
  const message =
    name === undefined
      ? `policy needs one of ${[...subcommands.keys()].join(", ")}`
      : `there is no command policy ${name}`;
  return tellProblem({ code: "policy-usage", message, hint: "jit-nmap policy --help" });
};
