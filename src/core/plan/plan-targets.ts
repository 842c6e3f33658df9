// The targets of a plan: what the line names and excludes, with the addresses that its names were found to have.
import { err, ok, type Result } from "../result.ts";
import { AddressSet } from "../sets/address-set.ts";
import type { Facts } from "./facts.ts";
import type { ParseProblem } from "./parse-error.ts";
import type { Options } from "./read-options.ts";
import type { TypedName } from "./scan-plan.ts";
import { areTargetsLonger } from "./target-render.ts";
import { parseTargetWord, targetSet } from "./targets.ts";

// What is stored, hashed and shown stays within bounds: a million separate networks fit.
const LONGEST_TARGETS = 33_554_432;

export interface Resolved {
  readonly targets: AddressSet;
  readonly names: readonly TypedName[];
}

/** All addresses of the line, names with those that they had when they were looked up; without what it excludes. */
export function planTargets(options: Options, facts: Facts): Result<Resolved, ParseProblem> {
  const sets: AddressSet[] = [];
  const pinned = new Map<string, readonly { text: string; set: AddressSet }[]>();
  for (const target of options.targets) {
    if (target.kind === "addresses") {
      sets.push(target.set);
      continue;
    }
    const addresses = addressesOf(target.name, options, facts);
    if (!addresses.ok) return addresses;
    // Without --resolve-all nmap scans a name's first address of the family; the others it only mentions.
    const chosen = options.resolveAll ? addresses.value : addresses.value.slice(0, 1);
    pinned.set(target.name, chosen);
    sets.push(...chosen.map((address) => address.set));
  }
  const exclusions = [options.excluded.set];
  for (const name of options.excluded.names) {
    const addresses = addressesOf(name, options, facts);
    if (!addresses.ok) return addresses;
    exclusions.push(...addresses.value.map((address) => address.set));
  }
  const excluded = AddressSet.unionOf(exclusions);
  const targets = targetSet(sets, excluded);
  if (!targets.ok) return targets;
  if (targets.value.isEmpty) {
    return err({ code: "no-targets", message: "The exclusions leave no target.", hint: "exclude less" });
  }
  if (areTargetsLonger(targets.value, options.family, LONGEST_TARGETS)) {
    return err({
      code: "too-many-runs",
      message: "The targets fall into more pieces than a plan holds.",
      hint: "scan fewer networks at a time, or exclude whole networks",
    });
  }
  const names = [...pinned].map(([typed, chosen]) => ({
    typed,
    addresses: chosen.filter(({ set }) => !excluded.touches(set)).map(({ text }) => text),
  }));
  return ok({ targets: targets.value, names });
}

/** Never empty: a name without an address of the family is refused. */
function addressesOf(
  name: string,
  options: Options,
  facts: Facts,
): Result<readonly { text: string; set: AddressSet }[], ParseProblem> {
  const found = facts.names.get(name);
  if (found === undefined) throw new Error("a name that was not looked up");
  const addresses: { text: string; set: AddressSet }[] = [];
  for (const text of found.addresses) {
    // What a resolver says is read as strictly as what a person types.
    const word = parseTargetWord(text, options.family);
    if (!word.ok || word.value.kind !== "addresses")
      return err(unresolved(name, "the resolver's answer is no address"));
    addresses.push({ text, set: word.value.set });
  }
  if (addresses.length === 0) return err(unresolved(name, found.problem ?? `it has no IPv${options.family} address`));
  return ok(addresses);
}

function unresolved(name: string, because: string): ParseProblem {
  return {
    code: "name-unresolved",
    message: `${name} cannot be resolved: ${because}.`,
    hint: "check the name, or give the address",
  };
}
