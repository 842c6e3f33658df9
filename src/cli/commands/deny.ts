// `jit-nmap deny [ID]`: votes no, which ends a request.
import { vote } from "../vote.ts";
import type { RunCommand } from "./index.ts";

export const run: RunCommand = (context) => vote("deny", context);
