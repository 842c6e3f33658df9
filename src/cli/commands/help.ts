// `jit-nmap help`: the same as --help.
import { printHelp } from "../help-text.ts";
import type { RunCommand } from "./index.ts";

export const run: RunCommand = () => Promise.resolve(printHelp());
