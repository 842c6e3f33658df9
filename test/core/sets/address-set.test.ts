import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  AddressSet,
  formatAddress,
  parseAddress,
  parseNetwork,
  RUN_LIMIT,
  type AddressRange,
  type FourOctets,
  type ReadonlyOctet,
} from "../../../src/core/sets/address-set.ts";

// The oracle: a set is a JavaScript Set of "family:number" over a small universe. 200 numbers either side of an octet
// border, so that runs meet, touch and cross it.
const BASE = 0x0a_00_ff_40n;
const WIDTH = 400;

const rangeIn = (family: 4 | 6): fc.Arbitrary<AddressRange> =>
  fc.tuple(fc.nat(WIDTH - 1), fc.nat(25)).map(([start, length]) => ({
    family,
    first: BASE + BigInt(start),
    last: BASE + BigInt(Math.min(start + length, WIDTH - 1)),
  }));
const someRanges = fc.array(fc.oneof({ weight: 3, arbitrary: rangeIn(4) }, rangeIn(6)), { maxLength: 12 });

const joined = (left: Set<string>, right: Set<string>): Set<string> => new Set([...left, ...right]);
const filtered = (set: Set<string>, keep: (member: string) => boolean): Set<string> => new Set([...set].filter(keep));

function members(ranges: readonly AddressRange[]): Set<string> {
  const all = new Set<string>();
  for (const { family, first, last } of ranges) {
    for (let value = first; value <= last; value++) all.add(`${family}:${value.toString()}`);
  }
  return all;
}
const spelledOut = (set: AddressSet): Set<string> => members([...set.ranges()]);

describe("address sets against sets of single addresses", () => {
  it("unite, subtract, intersect and compare as sets do", () => {
    fc.assert(
      fc.property(someRanges, someRanges, (left, right) => {
        const [a, b] = [AddressSet.ofRanges(left), AddressSet.ofRanges(right)];
        const [A, B] = [members(left), members(right)];
        expect(spelledOut(a)).toEqual(A);
        expect(spelledOut(a.union(b))).toEqual(joined(A, B));
        expect(spelledOut(a.subtract(b))).toEqual(filtered(A, (member) => !B.has(member)));
        expect(spelledOut(a.intersect(b))).toEqual(filtered(A, (member) => B.has(member)));
        expect(a.includes(b)).toBe([...B].every((member) => A.has(member)));
        expect(a.touches(b)).toBe([...A].some((member) => B.has(member)));
        expect(a.equals(b)).toBe(A.size === B.size && [...A].every((member) => B.has(member)));
        expect(a.size).toBe(BigInt(A.size));
        expect(a.isEmpty).toBe(A.size === 0);
      }),
      { numRuns: 400 },
    );
  });

  it("lists merged ranges, ascending, IPv4 before IPv6", () => {
    fc.assert(
      fc.property(someRanges, someRanges, (left, right) => {
        for (const set of [AddressSet.ofRanges(left), AddressSet.ofRanges(left).union(AddressSet.ofRanges(right))]) {
          const ranges = [...set.ranges()];
          expect(ranges.length).toBe(set.runCount);
          for (const [index, range] of ranges.entries()) {
            const before = ranges[index - 1];
            if (before === undefined) continue;
            expect(before.family).toBeLessThanOrEqual(range.family);
            if (before.family === range.family) expect(before.last + 1n).toBeLessThan(range.first);
          }
        }
      }),
    );
  });

  it("unites many sets at once as it does one by one", () => {
    const table = fc
      .array(fc.tuple(fc.integer({ min: 60, max: 90 }), fc.nat(9)), { minLength: 1, maxLength: 3 })
      .map((pairs): ReadonlyOctet => pairs.map(([first, more]) => [first, first + more]));
    const product = fc
      .tuple(fc.constantFrom(254, 255), table)
      .map(([c, d]) => AddressSet.ofOctets([[[10, 10]], [[0, 0]], [[c - 1, c]], d]));
    const plain = someRanges.map((ranges) => AddressSet.ofRanges(ranges));
    fc.assert(
      fc.property(fc.array(fc.oneof(plain, product), { maxLength: 8 }), (sets) => {
        const union = AddressSet.unionOf(sets);
        expect(spelledOut(union)).toEqual(sets.map(spelledOut).reduce(joined, new Set()));
        expect(union.toText()).toEqual(sets.reduce((all, set) => all.union(set), AddressSet.empty).toText());
      }),
    );
  });

  it("hold the very first and the very last address of each family", () => {
    const ends = AddressSet.ofRanges([
      { family: 4, first: 0n, last: 0n },
      { family: 4, first: 0xffff_fffen, last: 0xffff_ffffn },
      { family: 6, first: (1n << 128n) - 1n, last: (1n << 128n) - 1n },
    ]);
    const all = AddressSet.ofRanges([
      { family: 4, first: 0n, last: 0xffff_ffffn },
      { family: 6, first: 0n, last: (1n << 128n) - 1n },
    ]);
    expect(all.includes(ends)).toBe(true);
    expect(all.size).toBe((1n << 32n) + (1n << 128n));
    expect(all.subtract(ends).toText()).toEqual([
      "0.0.0.1-255.255.255.253",
      "::-ffff:ffff:ffff:ffff:ffff:ffff:ffff:fffe",
    ]);
    expect(all.subtract(ends).union(ends).equals(all)).toBe(true);
  });

  it("refuse ranges that do not exist", () => {
    expect(() => AddressSet.ofRanges([{ family: 4, first: 0n, last: 1n << 32n }])).toThrow(RangeError);
    expect(() => AddressSet.ofRanges([{ family: 6, first: 2n, last: 1n }])).toThrow(RangeError);
    expect(() => AddressSet.ofIpv4Runs(Uint32Array.of(5, 4))).toThrow(RangeError);
    expect(() => AddressSet.ofIpv4Runs(Uint32Array.of(5))).toThrow(RangeError);
    expect(() => AddressSet.ofOctets([[[0, 256]], [[0, 0]], [[0, 0]], [[0, 0]]])).toThrow(RangeError);
  });
});

const octetRange = fc
  .tuple(fc.nat(255), fc.nat(255))
  .map(([a, b]): [number, number] => [Math.min(a, b), Math.max(a, b)]);
const octet: fc.Arbitrary<ReadonlyOctet> = fc.oneof(
  fc.constant<ReadonlyOctet>([[0, 255]]),
  fc.constant<ReadonlyOctet>([
    [0, 3],
    [254, 255],
  ]),
  fc.array(octetRange, { minLength: 1, maxLength: 4 }),
);
const has = (table: ReadonlyOctet, value: number): boolean =>
  table.some(([first, last]) => first <= value && value <= last);

describe("octet products against counting every address", () => {
  // 10.a.b.c with a in 7..9 so that the count stays small: 3 * 65536 addresses at most.
  const product = fc
    .tuple(
      fc.constantFrom<ReadonlyOctet>(
        [[7, 9]],
        [
          [7, 7],
          [9, 9],
        ],
        [[8, 8]],
      ),
      octet,
      octet,
    )
    .map(([b, c, d]): FourOctets => [[[10, 10]], b, c, d]);

  function bruteForceRuns(octets: FourOctets): [number, number][] {
    const runs: [number, number][] = [];
    for (let value = 0x0a_07_00_00; value <= 0x0a_09_ff_ff; value++) {
      const inside =
        has(octets[1], (value >>> 16) & 255) && has(octets[2], (value >>> 8) & 255) && has(octets[3], value & 255);
      if (!inside) continue;
      const previous = runs.at(-1);
      if (previous?.[1] === value - 1) previous[1] = value;
      else runs.push([value, value]);
    }
    return runs;
  }

  it("have the same runs, size and number of runs", () => {
    fc.assert(
      fc.property(product, (octets) => {
        const set = AddressSet.ofOctets(octets);
        const expected = bruteForceRuns(octets);
        expect([...set.ipv4Runs()]).toEqual(expected.flat());
        expect(set.runCount).toBe(expected.length);
        expect(set.size).toBe(BigInt(expected.reduce((sum, [first, last]) => sum + last - first + 1, 0)));
      }),
      { numRuns: 40 },
    );
  });

  it("meet other products and plain runs as their own runs do", () => {
    const plain = fc
      .array(fc.tuple(fc.integer({ min: 0x0a_06_f0_00, max: 0x0a_0a_10_00 }), fc.nat(70_000)), { maxLength: 8 })
      .map((pairs) => AddressSet.ofIpv4Runs(Uint32Array.from(pairs.flatMap(([first, more]) => [first, first + more]))));
    const productSet = product.map((octets) => AddressSet.ofOctets(octets));
    fc.assert(
      fc.property(productSet, fc.oneof(plain, productSet), (left, right) => {
        const flatLeft = AddressSet.ofIpv4Runs(left.ipv4Runs());
        const flatRight = AddressSet.ofIpv4Runs(right.ipv4Runs());
        for (const [a, b, x, y] of [
          [left, right, flatLeft, flatRight],
          [right, left, flatRight, flatLeft],
        ] as const) {
          expect(a.includes(b)).toBe(x.includes(y));
          expect(a.touches(b)).toBe(x.touches(y));
          expect(a.equals(b)).toBe(x.equals(y));
          expect(a.union(b).ipv4Runs()).toEqual(x.union(y).ipv4Runs());
          expect(a.subtract(b).ipv4Runs()).toEqual(x.subtract(y).ipv4Runs());
          expect(a.intersect(b).ipv4Runs()).toEqual(x.intersect(y).ipv4Runs());
        }
      }),
      { numRuns: 150 },
    );
  });

  it("stay small where writing them out would not be", () => {
    const everywhere = AddressSet.ofOctets([
      [[0, 255]],
      [[0, 255]],
      [[0, 255]],
      [
        [1, 1],
        [3, 3],
        [5, 5],
      ],
    ]);
    expect(everywhere.size).toBe(3n << 24n);
    expect(everywhere.runCount).toBe(3 << 24);
    const network = networkOf("10.0.0.0/8");
    expect(everywhere.touches(network)).toBe(true);
    expect(networkOf("0.0.0.0/0").includes(everywhere)).toBe(true);
    expect(network.includes(everywhere)).toBe(false);
    expect(everywhere.includes(networkOf("10.0.0.3"))).toBe(true);
    expect(everywhere.includes(networkOf("10.0.0.3-10.0.0.4"))).toBe(false);
    expect(everywhere.union(networkOf("10.0.0.3")).runCount).toBe(3 << 24);
    expect(everywhere.subtract(networkOf("10.0.0.4")).runCount).toBe(3 << 24);
    expect(everywhere.intersect(networkOf("0.0.0.0/0")).runCount).toBe(3 << 24);
    expect(() => everywhere.subtract(networkOf("10.0.0.3"))).toThrow(RangeError);
    expect(() => everywhere.toText()).toThrow(RangeError);
    expect(() => everywhere.ipv4Runs()).toThrow(RangeError);
    expect(RUN_LIMIT).toBe(1_000_000);
  });

  it("leave room for the million runs that a policy holds anyway", () => {
    const words = new Uint32Array(2_200_000);
    for (let index = 0; index < 1_100_000; index++) words[2 * index] = words[2 * index + 1] = 16 * index;
    const many = AddressSet.ofIpv4Runs(words);
    expect(many.union(networkOf("255.0.0.0/8")).runCount).toBe(1_100_001);
    expect(many.subtract(networkOf("0.0.0.16")).runCount).toBe(1_099_999);
  });
});

function networkOf(text: string): AddressSet {
  const network = parseNetwork(text);
  if (!network.ok) throw new Error(`${text}: ${network.error.message}`);
  return network.value;
}

describe("addresses as text", () => {
  it("are written as RFC 5952 says and read back", () => {
    // Sections 1, 4 and 5 of RFC 5952.
    for (const [typed, canonical] of [
      ["2001:db8:0:0:1:0:0:1", "2001:db8::1:0:0:1"],
      ["2001:0db8::0001", "2001:db8::1"],
      ["2001:db8:0:1:1:1:1:1", "2001:db8:0:1:1:1:1:1"],
      ["2001:0:0:1:0:0:0:1", "2001:0:0:1::1"],
      ["2001:DB8::A", "2001:db8::a"],
      ["0:0:0:0:0:0:0:0", "::"],
      ["1::", "1::"],
      ["::1.2.3.4", "::102:304"],
      ["::ffff:192.0.2.1", "192.0.2.1"],
      ["::ffff:c000:201", "192.0.2.1"],
      ["255.255.255.255", "255.255.255.255"],
      ["0.0.0.0", "0.0.0.0"],
    ] as const) {
      const address = parseAddress(typed);
      expect(address, typed).toBeDefined();
      if (address !== undefined) expect(formatAddress(address.family, address.value)).toBe(canonical);
    }
  });

  it("come back from canonical text as the same number", () => {
    const sparse = fc.array(fc.constantFrom(0n, 0n, 1n, 0xffffn, 0x0abcn), { minLength: 8, maxLength: 8 });
    fc.assert(
      fc.property(sparse, (groups) => {
        const value = groups.reduce<bigint>((sum, group) => (sum << 16n) | group, 0n);
        fc.pre(value >> 32n !== 0xffffn);
        const text = formatAddress(6, value);
        expect(parseAddress(text)).toEqual({ family: 6, value });
        // An independent reader of the same text: the URL parser writes the canonical form too.
        expect(new URL(`http://[${text}]/`).hostname).toBe(`[${text}]`);
      }),
    );
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 0xffff_ffff }), (value) => {
        const text = formatAddress(4, BigInt(value));
        expect(parseAddress(text)).toEqual({ family: 4, value: BigInt(value) });
        expect(new URL(`http://${value}/`).hostname).toBe(text);
      }),
    );
  });

  it("are refused in every other spelling", () => {
    for (const text of [
      "",
      " ",
      "1",
      "1.2.3",
      "1.2.3.4.5",
      "01.2.3.4",
      "1.2.3.256",
      "1.2.3.-4",
      "1.2.3.4 ",
      " 1.2.3.4",
      "1.2.3.4\n",
      "0x7f.0.0.1",
      "1.2.3.4/8",
      "1..2.3",
      "１.2.3.4",
      ":",
      ":::",
      "1:2:3:4:5:6:7",
      "1:2:3:4:5:6:7:8:9",
      "1::2::3",
      "12345::",
      "::g",
      "fe80::1%eth0",
      "[::1]",
      "::1 ",
      "::1.2.3",
      "1.2.3.4::",
      "::1.2.3.4:5",
      "1:2:3:4:5:6:7::8",
      "::ffff:1.2.3.04",
      "1:2:3:4:5:6:7:1.2.3.4",
      "-::1",
      "::+1",
    ]) {
      expect(parseAddress(text), JSON.stringify(text)).toBeUndefined();
    }
  });
});

describe("networks of a policy", () => {
  it.each([
    ["10.0.0.0/8", ["10.0.0.0-10.255.255.255"]],
    ["10.1.2.3", ["10.1.2.3"]],
    ["10.1.2.3/32", ["10.1.2.3"]],
    ["0.0.0.0/0", ["0.0.0.0-255.255.255.255"]],
    ["10.0.0.1-10.0.1.7", ["10.0.0.1-10.0.1.7"]],
    ["2001:db8::/127", ["2001:db8::-2001:db8::1"]],
    ["::/0", ["::-ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff"]],
    ["::1", ["::1"]],
    ["::1-::ff", ["::1-::ff"]],
    ["::ffff:10.0.0.0/104", ["10.0.0.0-10.255.255.255"]],
    ["::ffff:10.0.0.7", ["10.0.0.7"]],
  ])("%s is read", (text, expected) => {
    expect(networkOf(text).toText()).toEqual(expected);
  });

  it.each([
    "",
    "10.0.0.1/8",
    "10.0.0.0/33",
    "10.0.0.0/08",
    "10.0.0.0/",
    "/8",
    "10.0.0.0/8/8",
    "10.0.0.0/255.0.0.0",
    "10.0.0.9-10.0.0.1",
    "10.0.0.1-::1",
    "10.0.0.1-",
    "-10.0.0.1",
    "10.0.0.1-9",
    "10.0.0.*",
    "10/8",
    "2001:db8::1/64",
    "::/129",
    "::ffff:10.0.0.0/95",
    "lab",
    "10.0.0.0/ 8",
    "10.0.0.0/-1",
    "10.0.0.0/+8",
    "fe80::1%lo",
  ])("%s is refused", (text) => {
    const network = parseNetwork(text);
    expect(network.ok).toBe(false);
    if (!network.ok) {
      expect(network.error.code).toBe("network-syntax");
      expect(network.error.message).not.toBe("");
    }
  });

  it("names the network that was meant when host bits are set", () => {
    const network = parseNetwork("10.1.2.3/8");
    expect(!network.ok && network.error.hint).toBe("write 10.0.0.0/8, or the address alone");
  });
});
