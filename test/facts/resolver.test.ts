import { describe, expect, it } from "vitest";
import { resolveNames } from "../../src/facts/resolver.ts";
import type { Lookup } from "../../src/facts/resolver.ts";

const answering = (table: Readonly<Record<string, readonly string[]>>): Lookup & { asked: string[] } => {
  const asked: string[] = [];
  const lookup: Lookup = (name, family) => {
    asked.push(`${name}/${family}`);
    const addresses = table[name];
    if (addresses === undefined) return Promise.reject(Object.assign(new Error("gone"), { code: "ENOTFOUND" }));
    return Promise.resolve(addresses.map((address) => ({ address, family })));
  };
  return Object.assign(lookup, { asked });
};

describe("resolving names", () => {
  it("asks the machine's own resolver", async () => {
    await expect(resolveNames(["localhost"], 4)).resolves.toEqual(
      new Map([["localhost", { addresses: ["127.0.0.1"] }]]),
    );
  });

  it("asks each name once, keeps the resolver's order and no address twice", async () => {
    const lookup = answering({ a: ["10.0.0.9", "10.0.0.1", "10.0.0.9"] });
    await expect(resolveNames(["a", "a"], 4, lookup)).resolves.toEqual(
      new Map([["a", { addresses: ["10.0.0.9", "10.0.0.1"] }]]),
    );
    expect(lookup.asked).toEqual(["a/4"]);
  });

  it("does not let one name that is not there spoil the others", async () => {
    const found = await resolveNames(["gone", "a"], 4, answering({ a: ["10.0.0.1"] }));
    expect(found.get("a")).toEqual({ addresses: ["10.0.0.1"] });
    expect(found.get("gone")).toEqual({ addresses: [], problem: "no such name, or it has no IPv4 address" });
  });

  it.each([
    ["of the other family", 4, "::1"],
    ["that is no address", 4, "10.0.0.1; rm"],
    ["with a zone", 6, "fe80::1%eth0"],
    ["that is IPv4 in IPv6's clothes", 6, "::ffff:10.0.0.1"],
  ] as const)("leaves out an answer %s", async (_, family, address) => {
    const found = await resolveNames(["a"], family, answering({ a: [address] }));
    expect(found.get("a")).toEqual({ addresses: [], problem: `it has no IPv${family} address that can be scanned` });
  });

  it("says when trying again may help", async () => {
    const lookup: Lookup = () => Promise.reject(Object.assign(new Error("later"), { code: "EAI_AGAIN" }));
    expect((await resolveNames(["a"], 4, lookup)).get("a")?.problem).toContain("try again");
  });
});
