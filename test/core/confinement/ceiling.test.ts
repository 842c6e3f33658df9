import { describe, expect, it } from "vitest";
import { aboveCeiling, parseCeiling } from "../../../src/core/confinement/ceiling.ts";
import { confine } from "../../../src/core/confinement/confinement.ts";
import { planOf } from "../plan/plans.ts";

const above = (text: string, line: string, ttlSeconds = 60, egress: readonly string[] = []): string | undefined => {
  const ceiling = parseCeiling(text);
  if (!ceiling.ok) throw new Error(ceiling.error);
  const plan = planOf(line);
  return aboveCeiling(plan, confine(plan, { egress }).reach, ttlSeconds, ceiling.value)?.message;
};

describe("the ceiling of a machine", () => {
  const file = '{ "networks": ["10.0.0.0/8", "2001:db8::/32"], "ttlSeconds": 600, "kinds": ["syn", "ping"] }';

  it("lets pass what lies under it, and all where there is none", () => {
    expect(above(file, "-sS -p 22 10.0.0.0/24", 600)).toBeUndefined();
    expect(above(file, "-6 -sn 2001:db8::/120")).toBeUndefined();
    expect(above("{}", "-sU -p 53 192.0.2.1", 1e6)).toBeUndefined();
  });

  it.each([
    ["an address outside", "-sS -p 22 10.0.0.1 11.0.0.1", 60, [], "outside its networks"],
    ["what its scripts may contact outside", "-sS -p 22 10.0.0.1", 60, ["192.0.2.1"], "outside its networks"],
    ["a longer time box", "-sS -p 22 10.0.0.1", 601, [], "600 s is the longest"],
    ["another kind of scan beside an allowed one", "-sS -sU -p 22 10.0.0.1", 60, [], "of the kind udp"],
  ] as const)("stops %s", (_, line, ttl, egress, because) => {
    expect(above(file, line, ttl, egress)).toContain(because);
  });

  it("stops everything where it names no network", () => {
    expect(above('{ "networks": [] }', "-sS -p 22 10.0.0.1")).toContain("outside its networks");
  });

  it.each([
    "",
    "[]",
    "null",
    '{ "network": [] }',
    '{ "ttlSeconds": 0 }',
    '{ "networks": ["10.0.0.1/8"] }',
    '{ "kinds": 7 }',
  ])("is no ceiling when the file says %s", (text) => {
    expect(parseCeiling(text).ok).toBe(false);
  });
});
