// Target specifications: what the words of a command line name, and what is left of it after exclusions.
import { AddressSet, RUN_LIMIT, type Family } from "../sets/address-set.ts";
import { err, ok, type Result } from "../result.ts";
import { readTargetWord, type TargetProblem, type TargetWord } from "./target-grammar.ts";
import { explainRefusal } from "./target-refusal.ts";

export type { TargetProblem, TargetProblemCode, TargetWord } from "./target-grammar.ts";

/**
 * Reads one target word in the family of the run (-6 chooses for the whole line).
 *
 * Accepted words mean to nmap 7.93 exactly the returned set; names are only recognised, not resolved. Refusals carry
 * the canonical spelling as hint where there is one.
 *
 * Source: nmap's target grammar, observed (compliance corpus targets.jsonl); names by RFC 1123, 2.1.
 */
export function parseTargetWord(word: string, family: Family): Result<TargetWord, TargetProblem> {
  const read = readTargetWord(word, family);
  return read === undefined ? err(explainRefusal(word, family)) : ok(read);
}

/**
 * What is scanned: all the sets together, without the excluded ones.
 *
 * Refused as `too-many-runs` when the result falls into more than RUN_LIMIT runs: policy could not take it apart.
 */
export function targetSet(sets: readonly AddressSet[], excluded: AddressSet): Result<AddressSet, TargetProblem> {
  const tooMany: TargetProblem = {
    code: "too-many-runs",
    message: `The targets fall into more than ${RUN_LIMIT} separate ranges.`,
    hint: "scan fewer networks at a time",
  };
  try {
    const set = AddressSet.unionOf(sets).subtract(excluded);
    return set.runCount > RUN_LIMIT ? err(tooMany) : ok(set);
  } catch (error) {
    // The sets' one way to fail: an octet product that would have to be written out.
    if (error instanceof RangeError) return err(tooMany);
    throw error;
  }
}
