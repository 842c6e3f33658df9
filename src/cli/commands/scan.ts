// `jit-nmap scan [--] ARGS`: the same as no command; for a host that bears a command's name.
import { runScan } from "../scan.ts";
import type { RunCommand } from "./index.ts";

export const run: RunCommand = ({ args, effects }) => runScan(args, effects);
