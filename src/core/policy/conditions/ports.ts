// `ports`: which ports. A plan without ports is inside every list and touches none; a plan that chooses ports at run
// time touches every list and is inside none (policy.md, small print).
import type { Asked } from "../asked.ts";
import type { Scope } from "../policy.ts";
import { listWords, otherPortsSentence } from "../words.ts";
import type { Condition } from "./condition.ts";

export const ports: Condition = {
  key: "ports",
  covers: (rule, asked) => rule.ports === undefined || asked.ports === undefined || rule.ports.set.touches(asked.ports),
  touches: (scope, asked) =>
    scope.ports === undefined ||
    asked.plan.otherPorts.length > 0 ||
    (asked.ports !== undefined && scope.ports.set.touches(asked.ports)),
  contains: (scope, asked) =>
    scope.ports === undefined ||
    (asked.plan.otherPorts.length === 0 && (asked.ports === undefined || scope.ports.set.includes(asked.ports))),
  failed: (rule, asked) =>
    `asks ${asked.words.ports}; the rule ${rule.effect === "deny" ? "names" : "covers"} ${portsWritten(rule)}`,
};

function portsWritten(scope: Scope): string {
  return scope.ports === undefined ? "every port" : listWords(scope.ports.written);
}

/** `other-ports`: whether a rule that lists ports takes a plan that chooses more of them at run time. */
export const otherPorts: Condition = {
  key: "other-ports",
  covers: (rule: Scope & { otherPorts: boolean }, asked: Asked) =>
    rule.ports === undefined || rule.otherPorts || asked.plan.otherPorts.length === 0,
  touches: () => true,
  contains: () => true,
  failed: (rule, asked) =>
    `asks ports chosen at run time (${otherPortsSentence(asked.plan)}); the rule covers ${portsWritten(rule)} and lacks other-ports: true`,
};
