import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { AddressSet } from "../../../src/core/sets/address-set.ts";
import { parseTargetWord, targetSet } from "../../../src/core/plan/targets.ts";

function read(word: string, family: 4 | 6 = 4): string[] {
  const result = parseTargetWord(word, family);
  if (!result.ok) throw new Error(`${word}: ${result.error.message}`);
  return result.value.kind === "name" ? [result.value.name] : result.value.set.toText();
}

describe("IPv4 target words", () => {
  // Expected sets from nmap 7.93's own `-sL` where an id of the corpus is given.
  it.each([
    ["10.0.0.1", ["10.0.0.1"]],
    ["255.255.255.255", ["255.255.255.255"]],
    ["0.0.0.0", ["0.0.0.0"]],
    ["10.0.0.-", ["10.0.0.0-10.0.0.255"]], // t008
    ["10.0.0.-5", ["10.0.0.0-10.0.0.5"]], // t009
    ["10.0.0.250-", ["10.0.0.250-10.0.0.255"]], // t010
    ["10.0.0.1,3-5,9", ["10.0.0.1", "10.0.0.3-10.0.0.5", "10.0.0.9"]], // t013
    ["10.0.0.5,1", ["10.0.0.1", "10.0.0.5"]], // t015
    ["10.0.0.-,5", ["10.0.0.0-10.0.0.255"]], // t020
    ["10.0.0.*", ["10.0.0.0-10.0.0.255"]],
    ["*.*.*.*", ["0.0.0.0-255.255.255.255"]],
    ["10.0-1.0,5.1-2", ["10.0.0.1-10.0.0.2", "10.0.5.1-10.0.5.2", "10.1.0.1-10.1.0.2", "10.1.5.1-10.1.5.2"]],
    ["10.0.0.1/30", ["10.0.0.0-10.0.0.3"]], // t112
    ["10.0.0.1/0", ["0.0.0.0-255.255.255.255"]],
    ["10.0.0.1/32", ["10.0.0.1"]],
    ["10.0.0.1-2/31", ["10.0.0.0-10.0.0.3"]], // t135
    ["10.0.0.1,9/30", ["10.0.0.0-10.0.0.3", "10.0.0.8-10.0.0.11"]], // t137
    ["10.0.0-1.1/30", ["10.0.0.0-10.0.0.3", "10.0.1.0-10.0.1.3"]], // t139
    ["10.0.1-2.5/22", ["10.0.0.0-10.0.3.255"]], // t147
    ["10.0.1,3.7/23", ["10.0.0.0-10.0.3.255"]], // t145
    ["10.1-2.3.4/24", ["10.1.3.0-10.1.3.255", "10.2.3.0-10.2.3.255"]], // t164
    ["10.0.0.7/1", ["0.0.0.0-127.255.255.255"]],
  ])("%s is read as nmap reads it", (word, expected) => {
    expect(read(word)).toEqual(expected);
  });

  it("keep an octet pattern of 195,072 runs as four tables", () => {
    const result = parseTargetWord("10.0-255.1-254.1,5,7", 4);
    expect(
      result.ok && result.value.kind === "addresses" && [result.value.set.size, result.value.set.runCount],
    ).toEqual([195_072n, 195_072]);
  });
});

describe("IPv6 target words", () => {
  it.each([
    ["::1", ["::1"]],
    ["2001:DB8::1", ["2001:db8::1"]],
    ["::1/126", ["::-::3"]],
    ["2001:db8::ff/118", ["2001:db8::-2001:db8::3ff"]],
    ["2001:db8::1/128", ["2001:db8::1"]],
    ["64:ff9b::10.0.0.1", ["64:ff9b::a00:1"]],
    ["ff02::1", ["ff02::1"]],
  ])("%s is read as nmap reads it", (word, expected) => {
    expect(read(word, 6)).toEqual(expected);
  });

  it.each(["::ffff:10.0.0.1", "::ffff:10.0.0.0/120", "::ffff:0:0/96", "::/0", "::/80", "0:0:0:0:0:ffff::/95"])(
    "%s is refused, because IPv4 packets would be sent past the IPv4 rules",
    (word) => {
      const result = parseTargetWord(word, 6);
      expect(!result.ok && result.error.code).toBe("target-family");
    },
  );
});

describe("host names", () => {
  it.each([
    "localhost",
    "scanme.example.org",
    "5.test",
    "1-2.test",
    "dash-name.test",
    "a",
    "10x",
    "deadbeef",
    `${"a".repeat(63)}.test`,
  ])("%s is a name in both families", (word) => {
    for (const family of [4, 6] as const) {
      expect(parseTargetWord(word, family)).toEqual({ ok: true, value: { kind: "name", name: word } });
    }
  });

  it("are read in lower case", () => {
    expect(read("Router.Example.ORG")).toEqual(["router.example.org"]);
  });

  it.each([
    "one_test",
    "-one.test",
    "one-.test",
    "one..test",
    ".test",
    `${"a".repeat(64)}.test`,
    `${"a.".repeat(127)}ab`,
    "a*b",
    "host.0x1f",
    "host.123",
    "a.b,c",
  ])("%s is none", (word) => {
    expect(parseTargetWord(word, 4).ok).toBe(false);
  });
});

describe("refused words say how to spell it", () => {
  it.each<[word: string, family: 4 | 6, code: string, hint: string]>([
    ["127.1", 4, "target-syntax", "write 127.0.0.1"],
    ["0x7f.1", 4, "target-syntax", "write 127.0.0.1"],
    ["127.1/30", 4, "target-syntax", "write 127.0.0.1/30"],
    ["2130706433", 4, "target-syntax", "write 127.0.0.1"],
    ["017700000001", 4, "target-syntax", "write 127.0.0.1"],
    ["10", 4, "target-syntax", "write 0.0.0.10"],
    ["10.0.0", 4, "target-syntax", "write 10.0.0.0"],
    ["0x0a.0.0.1", 4, "target-syntax", "write 10.0.0.1"],
    ["010.0.0.1", 4, "target-syntax", "write 10.0.0.1"],
    ["10.0.0.001-010", 4, "target-syntax", "write 10.0.0.1-10"],
    ["10.0.0.1/33", 4, "target-syntax", "write 10.0.0.1, which is what nmap would scan"],
    ["10.0.0.1/030", 4, "target-syntax", "write 10.0.0.1/30"],
    ["10.0.0.1/255.255.255.252", 4, "target-syntax", "write 10.0.0.1/30"],
    ["one.test/29", 4, "target-syntax", "write one.test, or an address with /29"],
    ["10.0.0.3-1", 4, "target-syntax", "write 10.0.0.1-3"],
    ["10.0.0.1-10.0.0.3", 4, "target-syntax", "write 10.0.0.1-3"],
    ["10.0.0.250-10.0.1.3", 4, "target-syntax", "write 10.0.0.250-255 10.0.1.0/30"],
    ["10.0.0.1,10.0.0.2", 4, "target-syntax", "write 10.0.0.1 10.0.0.2"],
    ["10.0.0.1,10.0.1.0/24", 4, "target-syntax", "write 10.0.0.1 10.0.1.0/24"],
    ["10.0.0.1;one.test", 4, "target-syntax", "write 10.0.0.1 one.test"],
    ["10.0.0.1 ", 4, "target-syntax", "write 10.0.0.1"],
    ["10.0.0.1\n", 4, "target-syntax", "write 10.0.0.1"],
    ["10.0.0.1–3", 4, "target-syntax", "write 10.0.0.1-3"],
    ["http://10.0.0.1/", 4, "target-syntax", "write 10.0.0.1"],
    ["https://user:pw@one.test:8443/x?y", 4, "target-syntax", "write one.test"],
    ["[2001:db8::1]", 6, "target-syntax", "write 2001:db8::1"],
    ["[2001:db8::1]:443", 6, "target-syntax", "write 2001:db8::1"],
    ["10.0.0.1:22", 4, "target-syntax", "write -p 22 10.0.0.1"],
    ["user@10.0.0.1", 4, "target-syntax", "write 10.0.0.1"],
    ["one.test.", 4, "target-syntax", "write one.test"],
    ["::1", 4, "target-family", "add -6"],
    ["2001:db8::/126", 4, "target-family", "add -6"],
    ["dead::beef", 4, "target-family", "add -6"],
    ["10.0.0.1", 6, "target-family", "leave out -6"],
    ["10.0.0.0/8", 6, "target-family", "leave out -6"],
    ["10.0.0.1-9", 6, "target-family", "leave out -6"],
    ["::ffff:10.0.0.1", 6, "target-family", "write 10.0.0.1 without -6"],
    ["::ffff:10.0.0.0/104", 6, "target-family", "write 10.0.0.0/8 without -6"],
    ["2001:db8::1/129", 6, "target-syntax", "write 2001:db8::1, which is what nmap would scan"],
  ])("%j in IPv%i: %s, %s", (word, family, code, hint) => {
    const result = parseTargetWord(word, family);
    expect(result.ok).toBe(false);
    if (!result.ok) expect([result.error.code, result.error.hint]).toEqual([code, hint]);
  });

  it("is a hint that works: what it says to write is accepted", () => {
    let checked = 0;
    fc.assert(
      fc.property(refusable, fc.constantFrom<4 | 6>(4, 6), (word, family) => {
        const result = parseTargetWord(word, family);
        if (result.ok) return;
        const hint = result.error.hint ?? "";
        const written = /^write (?!-p |several|write|a |out |prefixes|international)([^,]+)$/.exec(hint)?.[1];
        if (written === undefined) return;
        checked++;
        const inFamily = written.endsWith(" without -6") ? 4 : family;
        for (const part of written.replace(/ without -6$/, "").split(" ")) {
          expect(parseTargetWord(part, inFamily).ok, `${JSON.stringify(word)} -> ${written}`).toBe(true);
        }
      }),
      { numRuns: 10_000 },
    );
    expect(checked).toBeGreaterThan(100);
  });

  it.each([
    "",
    "-",
    " ",
    "\t",
    "10.0.0.1\u0000",
    "\u001b[31m10.0.0.1",
    "10.0.0.1\u202e",
    "１０.0.0.1",
    "10.0.0.256",
    "10.0.0.300",
    "10..0.1",
    "10.0.0.",
    "10.0.0.1.2",
    "10.0.0.1,,2",
    "10.0.0.1,",
    "10.0.0.1-3-5",
    "10.0.0.--5",
    "10.0.0.*,1",
    "10.0.0.**",
    "10.0.0.+1",
    "10,0,0,1",
    "4294967296",
    "10.0.0.1//30",
    "10.0.0.1/32/30",
    "10.0.0.1/",
    "10.0.0.1/-1",
    "10.0.0.1/0x1e",
    "/24",
    "fe80::1%lo",
    "fe80::1%1/126",
    "2001:db8::1,2",
    "2001:db8::[1-5]",
    "2001:db8:::1",
    "1.2.3.4::",
    "$HOST",
    "10.0.0.1|id",
    "café.example",
    "x".repeat(2000),
    "999999999999999999999999",
    "10.0.0.99999999999999999999",
  ])("%j is refused in both families with a printable sentence", (word) => {
    for (const family of [4, 6] as const) {
      const result = parseTargetWord(word, family);
      expect(result.ok).toBe(false);
      if (result.ok) continue;
      const text = `${result.error.message}${result.error.hint ?? ""}`;
      expect(result.error.message).toMatch(/^[^\n]*\.$/);
      expect(text).not.toMatch(/[\u0000-\u001f\u007f-\u009f\u202e]/);
      expect(text.length).toBeLessThan(400);
    }
  });
});

const fragments = fc.constantFrom(
  "10",
  "0",
  "1",
  "255",
  "256",
  "007",
  "0x7f",
  "-",
  "3-1",
  "1-9",
  "*",
  ".",
  ".",
  ".",
  ".10.0.",
  ",",
  "/",
  "/24",
  "/33",
  ":",
  "::",
  "ffff",
  "[",
  "]",
  "@",
  "%",
  "http://",
  "a",
  "test",
  " ",
  "–",
);
const refusable = fc.array(fragments, { minLength: 1, maxLength: 9 }).map((parts) => parts.join(""));

describe("any word at all", () => {
  it("gives a result, never an exception", () => {
    fc.assert(
      fc.property(fc.oneof(fc.string({ unit: "binary" }), refusable), fc.constantFrom<4 | 6>(4, 6), (word, family) => {
        const result = parseTargetWord(word, family);
        if (!result.ok) expect(result.error.message).not.toBe("");
      }),
      { numRuns: 3000 },
    );
  });
});

describe("what is left to scan", () => {
  const set = (word: string): AddressSet => {
    const result = parseTargetWord(word, 4);
    if (!result.ok || result.value.kind === "name") throw new Error(word);
    return result.value.set;
  };

  it("is the union without the exclusions", () => {
    const left = targetSet([set("10.0.0.0/29"), set("10.0.0.4-20")], set("10.0.0.6"));
    expect(left.ok && left.value.toText()).toEqual(["10.0.0.0-10.0.0.5", "10.0.0.7-10.0.0.20"]);
  });

  it("is refused when it falls into more than a million ranges", () => {
    for (const sets of [[set("*.*.*.1,3")], [set("*.*.*.1,3"), set("10.0.0.2")]]) {
      const left = targetSet(sets, AddressSet.empty);
      expect(!left.ok && left.error.code).toBe("too-many-runs");
    }
    expect(targetSet([set("10.*.*.1,3,5,7")], AddressSet.empty).ok).toBe(true);
    expect(targetSet([set("10.*.*.1,3,5,7"), set("10.0.0.2")], set("10.0.0.1")).ok).toBe(true);
  });
});
