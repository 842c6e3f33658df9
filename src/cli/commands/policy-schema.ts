// `jit-nmap policy schema`: the JSON Schema that an editor completes and checks policies with.
import { policySchemaText } from "../../core/policy/schema-json.ts";
import { commandLine, readCommandLine } from "../command-line.ts";
import { EXIT } from "../exit-code.ts";
import { writeOut } from "../output.ts";
import type { RunCommand } from "./index.ts";

export const run: RunCommand = ({ args }) => {
  const read = readCommandLine(commandLine("policy schema", "The JSON Schema of policies, for editors."), args);
  if (read.kind === "done") return Promise.resolve(read.code);
  writeOut(policySchemaText());
  return Promise.resolve(EXIT.ok);
};
