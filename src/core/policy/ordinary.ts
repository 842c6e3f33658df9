// What an ordinary scan is made of, and which scripts reach beyond the targets (policy.md, Meaning 4 and 5). One place,
// because covering, suggesting and the sentences must agree on it.
import type { Feature, PlannedScript, Technique } from "../plan/scan-plan.ts";

export const ordinaryTechniques: ReadonlySet<Technique> = new Set(["list", "ping", "connect", "syn", "udp"]);

export const ordinaryFeatures: ReadonlySet<Feature> = new Set([
  "service-version",
  "os-detection",
  "traceroute",
  "default-scripts",
]);

const notOrdinary: ReadonlySet<string> = new Set([
  "intrusive",
  "dos",
  "exploit",
  "brute",
  "fuzzer",
  "malware",
  "external",
  "broadcast",
]);

/** Scripts that came with -sC, -A or -sV, and other safe ones that are in none of the other-than-ordinary categories. */
export function isOrdinaryScript(script: PlannedScript): boolean {
  return (
    script.implied ||
    (script.own !== true &&
      script.categories.includes("safe") &&
      !script.categories.some((category) => notOrdinary.has(category)))
  );
}

/**
 * A named script that sends to hosts other than the targets: only a rule with `egress` addresses for it could cover
 * it. The two `external` scripts of -sC (open proxies) send to the target alone.
 */
export function contactsOthers(script: PlannedScript): boolean {
  return (
    !script.implied &&
    (script.contacts === "others" ||
      script.categories.some((category) => category === "external" || category === "broadcast"))
  );
}
