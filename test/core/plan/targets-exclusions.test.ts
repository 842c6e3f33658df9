import { describe, expect, it } from "vitest";
import { parseExclusions } from "../../../src/core/plan/exclusions.ts";

describe("--exclude", () => {
  it.each([
    ["10.0.0.2", ["10.0.0.2"]],
    ["10.0.0.0/30,10.0.0.6", ["10.0.0.0-10.0.0.3", "10.0.0.6"]],
    ["10.0.0.1-3,10.0.0.5", ["10.0.0.1-10.0.0.3", "10.0.0.5"]],
    ["10.0.0.1,10.0.0.1", ["10.0.0.1"]],
    ["10.0.0.0-1/31", ["10.0.0.0-10.0.0.1"]],
    ["::1,10.0.0.1", ["10.0.0.1", "::1"]],
  ])("%s takes off what nmap takes off", (text, expected) => {
    const result = parseExclusions(text, 4);
    expect(result.ok && [result.value.set.toText(), result.value.names]).toEqual([expected, []]);
  });

  it("names hosts to be resolved", () => {
    const result = parseExclusions("10.0.0.1,Gateway.test,other.test", 4);
    expect(result.ok && [result.value.set.toText(), result.value.names]).toEqual([
      ["10.0.0.1"],
      ["gateway.test", "other.test"],
    ]);
  });

  it("keeps a wide pattern small", () => {
    const result = parseExclusions("10.*.*.1-9", 4);
    expect(result.ok && result.value.set.size).toBe(9n << 16n);
  });

  it.each([
    ["10.0.0.1,3,5", "write 10.0.0.1,10.0.0.3"],
    ["10.0.0.1,3-5", "write 10.0.0.1,10.0.0.3-5"],
    ["10.0.0.1,", "leave the extra comma out"],
    ["", "leave the extra comma out"],
    ["10.0.0.1,,10.0.0.2", "leave the extra comma out"],
    ["010.0.0.2", "write 10.0.0.2"],
    ["10.2", "write 10.0.0.2"],
    ["0x0a.0.0.2", "write 10.0.0.2"],
    ["one.test/29", "write one.test, or an address with /29"],
    ["10.0.0.1/33", "write 10.0.0.1, which is what nmap would scan"],
    ["10.0.0.2 10.0.0.3", undefined],
    ["::ffff:10.0.0.2", "write 10.0.0.2"],
    ["::/0", "write a longer prefix"],
    ["fe80::1%lo", "write a global address, or one whose interface is not in question"],
    ["10.0.0.2\u001b[2J", undefined],
  ])("%j is refused: %s", (text, hint) => {
    const result = parseExclusions(text, 4);
    expect(result.ok).toBe(false);
    if (result.ok) return;
    expect(result.error.code).toBe("exclude-syntax");
    expect(result.error.hint).toBe(hint);
    expect(result.error.message).not.toMatch(/[\u0000-\u001f]/);
  });
});
