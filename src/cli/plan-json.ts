// The plan as `check --json` and `show --json` print it: a contract with scripts (interface.md), which is why it is not
// simply the stored document.
import { fromDocument, type PlanDocument } from "../core/plan/document.ts";
import type { Requirement } from "../core/policy/decision.ts";
import { commandOf } from "./command-of.ts";

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
    timing: document.timing,
    estimate: document.estimate,
    argv: ["nmap", ...commandOf(plan)],
  };
}

/** What must be answered before it runs; durations in seconds. */
export function requirementJson(requirement: Requirement) {
  if ("confirm" in requirement) return { rule: requirement.rule, confirm: true };
  const { rule, votes, via, answerWithinSeconds, startWithinSeconds, reason } = requirement;
  return { rule, votes, via, answerWithinSeconds, startWithinSeconds, ...(reason === undefined ? {} : { reason }) };
}

// Controls, invisible and unassigned characters: valid inside JSON strings, but a terminal would obey or hide them.
const unshowable = /(?!\n)[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}\p{Co}\p{Cn}]/gu;

/** A value as JSON with a line feed; `compact` for streams of objects, one a line. What can't be seen is `\\uXXXX`. */
export function jsonText(value: unknown, layout: "indented" | "compact" = "indented"): string {
  const text = JSON.stringify(value, undefined, layout === "indented" ? 2 : undefined);
  const shown = text.replace(unshowable, (character) =>
    Array.from({ length: character.length }, (_, index) => {
      const unit = character.charCodeAt(index).toString(16).padStart(4, "0");
      return `\\u${unit}`;
    }).join(""),
  );
  return `${shown}\n`;
}
