// `jit-nmap approve [ID]`: votes yes on somebody else's request.
import { vote } from "../vote.ts";
import type { RunCommand } from "./index.ts";

export const run: RunCommand = (context) => vote("approve", context);
