import { describe, expect, it } from "vitest";
import { isAllTold, newlyRefused, violationsOf, type Refused } from "../../../src/core/confinement/refused.ts";

const many = (count: number): readonly Refused[] =>
  Array.from({ length: count }, (_, n) => ({ what: `10.0.0.${n} udp/9`, packets: n + 1 }));

describe("what is told of refused packets while a session runs", () => {
  it("is each destination once, with its count when it was first seen", () => {
    const told = new Set<string>();
    const sentences = newlyRefused([{ what: "10.0.0.9 tcp/23", packets: 1 }], 1, told);
    expect(sentences).toEqual(["the kernel refused 1 packet to 10.0.0.9 tcp/23"]);
    const later = [
      { what: "10.0.0.9 tcp/23", packets: 70 },
      { what: "10.0.0.8 icmp", packets: 2 },
    ];
    expect(newlyRefused(later, 72, told)).toEqual(["the kernel refused 2 packets to 10.0.0.8 icmp"]);
    expect(newlyRefused(later, 99, told)).toEqual([]);
  });

  it("is twenty destinations at most and that there are more, however many there are and however often it is looked", () => {
    const told = new Set<string>();
    const first = newlyRefused(many(5), 15, told);
    expect([first.length, isAllTold(told)]).toEqual([5, false]);
    const second = newlyRefused(many(4096), 1 << 23, told);
    expect(second).toHaveLength(16);
    expect(second.at(-1)).toBe("the kernel refused packets to more than 20 destinations");
    expect(isAllTold(told)).toBe(true);
    expect(newlyRefused(many(4096), 1 << 24, told)).toEqual([]);
  });

  it("is that there was something, where it had no destination that could be named", () => {
    const told = new Set<string>();
    expect(newlyRefused([], 5, told)).toEqual(["the kernel refused 5 packets to somewhere else"]);
    expect(newlyRefused([], 9, told)).toEqual([]);
  });

  it("is the last word too where nothing came after it, so that nothing is on record twice", () => {
    const refused = many(3);
    expect(new Set(newlyRefused(refused, 6, new Set()))).toEqual(new Set(violationsOf(refused, 6)));
  });
});
