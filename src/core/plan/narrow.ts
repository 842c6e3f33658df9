// What is left of a plan when an approver takes something away. Only ever less: fewer addresses of those that are in
// it, at no higher rate; everything else stays to the letter.
import { err, ok, type Problem, type Result } from "../result.ts";
import { AddressSet } from "../sets/address-set.ts";
import { enforceRate } from "./enforce.ts";
import { estimateOf } from "./estimate.ts";
import type { ScanPlan } from "./scan-plan.ts";
import { parseTargetWord } from "./targets.ts";

export interface Less {
  /** nmap's target words without names; together at least one address, all of them the plan's. */
  readonly only?: readonly string[];
  /** Packets a second, at least 1. */
  readonly maxRate?: number;
}

export type NarrowProblem = Problem<"not-narrower" | "target-syntax">;

/** The same plan with less. What would add anything, or take nothing away, is refused. */
export function narrowPlan(plan: ScanPlan, { only, maxRate }: Less): Result<ScanPlan, NarrowProblem> {
  let narrower = plan;
  if (only !== undefined) {
    const set = readTargets(only, plan.family);
    if (!set.ok) return set;
    if (set.value.isEmpty) return refused("It leaves no target at all.");
    if (!plan.targets.includes(set.value)) {
      const more = set.value.subtract(plan.targets);
      return refused(`The request has no ${more.runCount > 5 ? "such targets" : more.toText().join(", ")}.`);
    }
    if (set.value.equals(plan.targets)) return refused("Those are all the targets that the request has.");
    const names = plan.names.map(({ typed, addresses }) => ({
      typed,
      addresses: addresses.filter((text) => isLeft(text, plan.family, set.value)),
    }));
    const fewer = { ...plan, targets: set.value, names };
    narrower = { ...fewer, estimate: estimateOf(fewer) };
  }
  if (maxRate !== undefined) {
    if (!(Number.isSafeInteger(maxRate) && maxRate >= 1)) return refused("A rate is a whole number from 1 on.");
    if (maxRate >= (plan.timing.maxRate ?? Number.POSITIVE_INFINITY)) {
      return refused(`The request has a rate of at most ${String(plan.timing.maxRate)} already.`);
    }
    narrower = enforceRate(narrower, maxRate);
  }
  return ok(narrower);
}

function readTargets(words: readonly string[], family: ScanPlan["family"]): Result<AddressSet, NarrowProblem> {
  const sets: AddressSet[] = [];
  for (const word of words) {
    const target = parseTargetWord(word, family);
    if (!target.ok) return err({ code: "target-syntax", message: target.error.message });
    if (target.value.kind !== "addresses") {
      return err({ code: "target-syntax", message: `${word} is a name: give addresses, which the request has.` });
    }
    sets.push(target.value.set);
  }
  return ok(AddressSet.unionOf(sets));
}

function isLeft(text: string, family: ScanPlan["family"], left: AddressSet): boolean {
  const address = parseTargetWord(text, family);
  return address.ok && address.value.kind === "addresses" && left.includes(address.value.set);
}

const refused = (message: string): Result<never, NarrowProblem> => err({ code: "not-narrower", message });
