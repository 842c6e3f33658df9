// What of a request concerns its requester's own account: files that its run writes with the requester's rights, and
// scripts that run with them. No approver changes it, so the requester can know it again at the end.
import { hash } from "node:crypto";
import { canonicalJson } from "../canonical-json.ts";
import type { Request } from "./request.ts";

/** 64 hexadecimal digits; the same for every version of a request. */
export function ownPartOf({ cwd, plan }: Pick<Request, "cwd" | "plan">): string {
  const { outputs, appendOutput, scripts, scriptArguments, ownScripts, inputs } = plan;
  const parts = { cwd, outputs, appendOutput, scripts, scriptArguments, ownScripts, inputs };
  const given = Object.fromEntries(Object.entries(parts).filter(([, value]) => value !== undefined));
  return hash("sha256", `jit-nmap/own-part/v1\0${canonicalJson(given)}`);
}
