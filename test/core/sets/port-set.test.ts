import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { PortSet, PROTOCOLS, type NumberRange, type Protocol } from "../../../src/core/sets/port-set.ts";

type Parts = Partial<Record<Protocol, NumberRange[]>>;

const range = fc.tuple(fc.nat(60), fc.nat(8)).map(([first, more]): NumberRange => [first, first + more]);
const ranges = fc.array(range, { maxLength: 5 });
const parts: fc.Arbitrary<Parts> = fc.record(
  { tcp: ranges, udp: ranges, sctp: ranges, protocol: ranges },
  { requiredKeys: [] },
);

const joined = (left: Set<string>, right: Set<string>): Set<string> => new Set([...left, ...right]);
const filtered = (set: Set<string>, keep: (member: string) => boolean): Set<string> => new Set([...set].filter(keep));

function members(from: Parts): Set<string> {
  const all = new Set<string>();
  for (const protocol of PROTOCOLS) {
    for (const [first, last] of from[protocol] ?? []) {
      for (let port = first; port <= last; port++) all.add(`${protocol}/${port}`);
    }
  }
  return all;
}

function spelledOut(set: PortSet): Set<string> {
  const from: Parts = {};
  for (const protocol of PROTOCOLS) from[protocol] = [...set.ranges(protocol)];
  return members(from);
}

describe("port sets against sets of single ports", () => {
  it("unite, subtract, intersect and compare as sets do", () => {
    fc.assert(
      fc.property(parts, parts, (left, right) => {
        const [a, b] = [PortSet.of(left), PortSet.of(right)];
        const [A, B] = [members(left), members(right)];
        expect(spelledOut(a)).toEqual(A);
        expect(spelledOut(a.union(b))).toEqual(joined(A, B));
        expect(spelledOut(a.subtract(b))).toEqual(filtered(A, (member) => !B.has(member)));
        expect(spelledOut(a.intersect(b))).toEqual(filtered(A, (member) => B.has(member)));
        expect(a.includes(b)).toBe([...B].every((member) => A.has(member)));
        expect(a.touches(b)).toBe([...A].some((member) => B.has(member)));
        expect(a.equals(b)).toBe(A.size === B.size && [...A].every((member) => B.has(member)));
        expect(a.size()).toBe(A.size);
        expect(a.isEmpty).toBe(A.size === 0);
      }),
      { numRuns: 300 },
    );
  });

  it("come back from their text", () => {
    fc.assert(
      fc.property(parts, (from) => {
        const set = PortSet.of(from);
        const read: Partial<Record<Protocol, readonly NumberRange[]>> = {};
        for (const protocol of PROTOCOLS) {
          const list = PortSet.parseList(set.toText(protocol));
          expect(list === undefined).toBe(set.size(protocol) === 0);
          if (list !== undefined) read[protocol] = list;
        }
        expect(PortSet.of(read).equals(set)).toBe(true);
      }),
    );
  });

  it("merge neighbours and write them ascending", () => {
    const set = PortSet.of({
      tcp: [
        [443, 443],
        [80, 81],
        [82, 90],
        [22, 22],
        [85, 86],
      ],
    });
    expect(set.toText("tcp")).toBe("22,80-90,443");
    expect(set.toText("udp")).toBe("");
    expect(set.ranges("tcp")).toEqual([
      [22, 22],
      [80, 90],
      [443, 443],
    ]);
  });

  it("keep the same number of two protocols apart", () => {
    const dns = PortSet.of({ tcp: [[53, 53]] });
    expect(dns.touches(PortSet.of({ udp: [[53, 53]] }))).toBe(false);
    expect(dns.touches(PortSet.of({ tcp: [[0, 65_535]] }))).toBe(true);
  });

  it("refuse numbers that the protocol does not have", () => {
    for (const wrong of [
      { tcp: [[0, 65_536]] },
      { protocol: [[256, 256]] },
      { udp: [[2, 1]] },
      { tcp: [[-1, 2]] },
      { tcp: [[1.5, 2]] },
      { tcp: [[NaN, 2]] },
    ]) {
      expect(() => PortSet.of(wrong as unknown as Parts)).toThrow(RangeError);
    }
    expect(PortSet.of({ protocol: [[0, 255]] }).size("protocol")).toBe(256);
  });
});

describe("strict port lists", () => {
  it.each([
    ["22", [[22, 22]]],
    ["0-65535", [[0, 65_535]]],
    [
      "80-90,22",
      [
        [80, 90],
        [22, 22],
      ],
    ],
  ])("%s is read", (text, expected) => {
    expect(PortSet.parseList(text)).toEqual(expected);
  });

  it.each([
    "",
    ",",
    "22,",
    ",22",
    "22,,23",
    "022",
    "00",
    "65536",
    "99999",
    "2-1",
    "-5",
    "5-",
    "-",
    " 22",
    "22 ",
    "22\n",
    "2 2",
    "1e2",
    "0x5",
    "+5",
    "22-23-24",
    "http",
    "T:22",
    "２２",
    "22;23",
  ])("%j is refused", (text) => {
    expect(PortSet.parseList(text)).toBeUndefined();
  });
});
