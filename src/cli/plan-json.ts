// The plan as `check --json` and `show --json` print it: a contract with scripts (interface.md), which is why it is not
// simply the stored document.
import { fromDocument, type PlanDocument } from "../core/plan/document.ts";
import type { Requirement } from "../core/policy/decision.ts";
import { commandOf } from "../core/plan/command-of.ts";

/** Plain JSON. Ranges are merged and sorted; `count` is a decimal string, because IPv6 sets are large. */
export function planJson(document: PlanDocument) {
  const plan = fromDocument(document);
  const { tcp, udp, sctp, protocol } = document.ports;
  return {
    targets: { count: plan.targets.size.toString(), ranges: plan.targets.toText(), names: document.names },
    ports: { tcp, udp, sctp, protocol },
    otherPorts: document.otherPorts,
    techniques: document.techniques,
    discovery: document.discovery.map(({ kind, ports }) => (ports === undefined ? kind : `${kind}/${ports}`)),
    features: document.features,
    scripts: document.scripts.map((script) => script.name),
    ...(document.ownScripts === undefined ? {} : { ownScripts: document.ownScripts }),
    timing: document.timing,
    estimate: document.estimate,
    argv: ["nmap", ...commandOf(plan)],
  };
}

/** What must be answered before it runs; durations in seconds. */
export function requirementJson(requirement: Requirement) {
  if ("confirm" in requirement) return { rule: requirement.rule, confirm: true };
  const { rule, votes, via, answerWithinSeconds, startWithinSeconds, reason, strength, breakGlass } = requirement;
  return {
    rule,
    votes,
    via,
    answerWithinSeconds,
    startWithinSeconds,
    ...(reason === undefined ? {} : { reason }),
    ...(strength === undefined ? {} : { strength }),
    ...(breakGlass === undefined ? {} : { breakGlass }),
  };
}
