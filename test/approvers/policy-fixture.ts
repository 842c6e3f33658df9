// A policy for tests of what only needs to be given one.
import { parsePolicy } from "../../src/core/policy/parse.ts";
import type { Policy } from "../../src/core/policy/policy.ts";
import { AddressSet } from "../../src/core/sets/address-set.ts";

export function policyFixture(text = "version: 1\npeople: { leads: [carol, dave] }\n"): Policy {
  const given = { origin: "test", networkFiles: new Map(), attached: AddressSet.empty };
  const policy = parsePolicy([{ name: "test.yaml", text }], given);
  if (!policy.ok) throw new Error(JSON.stringify(policy.error));
  return policy.value;
}
