// `targets`: which addresses. A covering rule may take a part; which part is coverage.ts's business.
import type { Asked } from "../asked.ts";
import type { AddressSet } from "../../sets/address-set.ts";
import type { Scope, Written } from "../policy.ts";
import { listWords, rangesWords } from "../words.ts";
import type { Condition } from "./condition.ts";

const touches = (scope: Scope, asked: Asked): boolean =>
  scope.targets === undefined || scope.targets.set.touches(asked.plan.targets);

export const targets: Condition = {
  key: "targets",
  covers: touches,
  touches,
  contains: (scope, asked) => scope.targets === undefined || scope.targets.set.includes(asked.plan.targets),
  failed: (rule, asked) =>
    `asks ${asked.words.targets}; the rule ${rule.effect === "deny" ? "names" : "covers"} ${namesWords(rule)}`,
};

// What a rule names does not change: said once per policy, not once per decision.
const said = new WeakMap<Written<AddressSet>, string>();

/** "lab (10.20.0.0/16)": the words of the policy, and the addresses where the words are names. */
function namesWords({ targets }: Scope): string {
  if (targets === undefined) return "every address";
  const known = said.get(targets);
  if (known !== undefined) return known;
  const written = listWords(targets.written);
  const hasNames = targets.written.some((name) => /^[a-z]/i.test(name) && !name.includes(":"));
  const words = hasNames ? `${written} (${rangesWords(targets.set)})` : written;
  said.set(targets, words);
  return words;
}
