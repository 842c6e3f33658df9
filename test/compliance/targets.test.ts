// Our reading of targets against nmap's own: recorded verdicts (corpus/targets.jsonl), and the installed nmap asked
// through -sL, which sends nothing, in a network namespace that has nowhere to send it.
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { AddressSet, formatAddress, type Family } from "../../src/core/sets/address-set.ts";
import { parseExclusions } from "../../src/core/plan/exclusions.ts";
import { parseTargetList } from "../../src/core/plan/target-list.ts";
import { renderTargets } from "../../src/core/plan/target-render.ts";
import { parseTargetWord, targetSet } from "../../src/core/plan/targets.ts";
import { nmapInNamespace, runNmap } from "./installed-nmap.ts";

interface Verdict {
  readonly accepted: boolean;
  readonly unique: number;
  readonly sha256: string;
  readonly skipped?: readonly string[];
}

interface Recorded {
  readonly id: string;
  readonly argv: readonly string[];
  readonly files?: Readonly<Record<string, string>>;
  readonly "nmap-7.93": Verdict;
  readonly "nmap-head": Verdict;
}

// The names of the namespace in which the verdicts were recorded, in its resolver's order.
const NAMES: ReadonlyMap<string, readonly string[]> = new Map([
  ["localhost", ["127.0.0.1", "::1"]],
  ["one.test", ["127.0.0.9"]],
  ["two.test", ["127.0.1.1", "127.0.2.1"]],
  ["three.test", ["127.0.3.7", "127.0.4.8", "127.0.5.9"]],
  ["six.test", ["::1"]],
  ["dual.test", ["127.0.6.6", "2001:db8::66"]],
  ["dash-name.test", ["127.0.7.7"]],
  ["5.test", ["127.0.7.8"]],
  ["1-2.test", ["127.0.7.9"]],
  ["dns1.test", ["127.0.9.1"]],
  ["dns3.test", ["127.0.9.3", "127.0.10.3", "127.0.11.3"]],
  ["dns6.test", ["2001:db8::6"]],
  ["dnsdual.test", ["127.0.9.9", "2001:db8::9"]],
]);

function resolve(name: string, family: Family): AddressSet[] {
  return (NAMES.get(name) ?? []).flatMap((address) => {
    const word = parseTargetWord(address, family);
    return word.ok && word.value.kind === "addresses" ? [word.value.set] : [];
  });
}

type Reading =
  | { readonly kind: "set"; readonly set: AddressSet; readonly names: boolean }
  | { readonly kind: "refused"; readonly code: string }
  /** The line uses what this reading is not about. */
  | { readonly kind: "elsewhere"; readonly because: string };

/** The few options that the corpus writes around its targets; everything else is option reading, tested with it. */
function read(record: Recorded): Reading {
  let family: Family = 4;
  let exclude: string | undefined;
  let list: string | undefined;
  const words: string[] = [];
  const sets: AddressSet[] = [];
  for (let index = 0; index < record.argv.length; index++) {
    const word = record.argv[index] ?? "";
    if (word === "--") {
      words.push(...record.argv.slice(index + 1));
      break;
    }
    if (word === "-6") family = 6;
    else if (word === "-4" || word === "--unique" || word === "--randomize-hosts") continue;
    else if (word === "--exclude" && exclude === undefined) exclude = record.argv[++index] ?? "";
    else if (word === "-iL" && list === undefined) list = record.argv[++index] ?? "";
    else if (word.startsWith("-") && word !== "-") return { kind: "elsewhere", because: word.slice(0, 15) };
    else words.push(word);
  }
  if (list !== undefined) {
    const content = record.files?.[list];
    if (content === undefined) return { kind: "elsewhere", because: "-iL of no file" };
    if (words.length > 0) return { kind: "elsewhere", because: "-iL with operands" };
    const listed = parseTargetList(Buffer.from(content, "latin1"), family, list);
    if (!listed.ok) return { kind: "refused", code: listed.error.code };
    sets.push(listed.value.set);
    words.push(...listed.value.names);
  }
  let names = false;
  for (const word of words) {
    // Recorded bytes are read as latin-1, ours arrive as UTF-8.
    const target = parseTargetWord(Buffer.from(word, "latin1").toString("utf8"), family);
    if (!target.ok) return { kind: "refused", code: target.error.code };
    if (target.value.kind === "addresses") {
      sets.push(target.value.set);
      continue;
    }
    names = true;
    const [first] = resolve(target.value.name, family);
    if (first === undefined) return { kind: "refused", code: "name-unresolved" };
    sets.push(first);
  }
  let excluded = AddressSet.empty;
  if (exclude !== undefined) {
    const exclusions = parseExclusions(exclude, family);
    if (!exclusions.ok) return { kind: "refused", code: exclusions.error.code };
    const resolved = exclusions.value.names.map((name) => resolve(name, family));
    if (resolved.some((addresses) => addresses.length === 0)) return { kind: "refused", code: "name-unresolved" };
    excluded = AddressSet.unionOf([exclusions.value.set, ...resolved.flat()]);
  }
  const set = targetSet(sets, excluded);
  return set.ok ? { kind: "set", set: set.value, names } : { kind: "refused", code: set.error.code };
}

function excludesTwice({ argv }: Recorded): boolean {
  const excluded = (argv[argv.indexOf("--exclude") + 1] ?? "").split(",");
  return argv.includes("--exclude") && new Set(excluded).size < excluded.length;
}

function addresses(set: AddressSet): string[] {
  const all: string[] = [];
  for (const { family, first, last } of set.ranges()) {
    for (let value = first; value <= last; value++) all.push(formatAddress(family, value));
  }
  return all;
}

const hashOf = (set: AddressSet): string => createHash("sha256").update(addresses(set).sort().join("\n")).digest("hex");

const corpus = readFileSync(new URL("corpus/targets.jsonl", import.meta.url), "utf8")
  .trimEnd()
  .split("\n")
  .map((line) => JSON.parse(line) as Recorded);

describe("recorded target lines", () => {
  it("that we accept mean to nmap 7.93 the same set", () => {
    const counts = new Map<string, number>();
    const count = (what: string): void => void counts.set(what, (counts.get(what) ?? 0) + 1);
    const stricter: string[] = [];
    for (const record of corpus) {
      const reading = read(record);
      // 7.93 runs out of memory when one full address is excluded twice; 7.95 and later take it for what it is.
      const verdict = record[excludesTwice(record) ? "nmap-head" : "nmap-7.93"];
      if (reading.kind !== "set") {
        count(reading.kind === "refused" ? `refused: ${reading.code}` : `elsewhere: ${reading.because}`);
        if (reading.kind === "refused" && verdict.accepted && verdict.unique > 0) stricter.push(record.argv.join(" "));
        continue;
      }
      count("accepted");
      const line = `${record.id} ${JSON.stringify(record.argv)}`;
      expect(verdict.accepted, line).toBe(true);
      expect(verdict.skipped, line).toBeUndefined();
      expect([Number(reading.set.size), hashOf(reading.set)], line).toEqual([verdict.unique, verdict.sha256]);
      // The newest nmap resolves names by its own rules; addresses it reads the same.
      if (!reading.names) expect(record["nmap-head"].sha256, `${line}, newest`).toBe(verdict.sha256);
      const rendered = AddressSet.unionOf(
        ([4, 6] as const).flatMap((family) => renderTargets(reading.set, family).map((word) => setOf(word, family))),
      );
      expect(rendered.equals(reading.set), `${line}, rendered`).toBe(true);
    }
    console.log(`targets.jsonl, ${corpus.length} lines:`, Object.fromEntries([...counts].sort()));
    console.log(
      `nmap scans and we refuse (${stricter.length}):`,
      stricter.map((line) => JSON.stringify(line)).join(" "),
    );
    // Every line is in one of these; a line that moves is a change of the grammar.
    const sum = (prefix: string): number =>
      [...counts].reduce((total, [what, times]) => (what.startsWith(prefix) ? total + times : total), 0);
    expect({ accepted: sum("accepted"), refused: sum("refused"), elsewhere: sum("elsewhere") }).toEqual({
      accepted: 143,
      refused: 150,
      elsewhere: 41,
    });
  });
});

function setOf(word: string, family: Family): AddressSet {
  const read = parseTargetWord(word, family);
  if (!read.ok || read.value.kind === "name") throw new Error(`no addresses: ${word}`);
  return read.value.set;
}

const SEED = 20_261_122;

describe.skipIf(!nmapInNamespace)("generated target words and the installed nmap", () => {
  /** nmap's list of each word, all words in one run: loopback addresses that no word names mark the borders. */
  function listed(words: readonly string[], family: Family): string[][] {
    const marker = (index: number): string =>
      family === 4 ? `127.200.${index >> 8}.${index & 255}` : `2001:db8:ffff::${(index + 1).toString(16)}`;
    const operands = words.flatMap((word, index) => [...word.split(" "), marker(index)]);
    const [run] = runNmap([["nmap", "-sL", "-n", `-${family}`, "-oX", "-", "--", ...operands]]);
    const xml = run?.stdout ?? "";
    const found = [...xml.matchAll(/<address addr="([^"%]+)[^"]*" addrtype="ipv[46]"/g)].map(
      ([, address]) => address ?? "",
    );
    const lists: string[][] = [];
    let current: string[] = [];
    for (const address of found) {
      if (address === marker(lists.length)) {
        lists.push(current);
        current = [];
      } else {
        current.push(address);
      }
    }
    return lists;
  }

  const number = fc.oneof(fc.constantFrom(0, 1, 2, 127, 128, 254, 255), fc.nat(255)).map(String);
  const small = fc.oneof(
    { weight: 4, arbitrary: number },
    { weight: 2, arbitrary: fc.tuple(fc.nat(250), fc.nat(5)).map(([a, more]) => `${a}-${a + more}`) },
    { weight: 1, arbitrary: fc.nat(4).map((a) => `-${a}`) },
    { weight: 1, arbitrary: fc.integer({ min: 251, max: 255 }).map((a) => `${a}-`) },
    { weight: 1, arbitrary: fc.tuple(number, number).map(([a, b]) => `${a}-${b}`) },
  );
  const octet = fc.oneof(
    { weight: 6, arbitrary: fc.array(small, { minLength: 1, maxLength: 3 }).map((items) => items.join(",")) },
    { weight: 1, arbitrary: fc.constantFrom("*", "-", "1,", "**", "256", "01", "") },
  );
  const mask = fc.oneof(
    { weight: 3, arbitrary: fc.constant("") },
    { weight: 3, arbitrary: fc.integer({ min: 20, max: 32 }).map((length) => `/${length}`) },
    { weight: 1, arbitrary: fc.constantFrom("/33", "/", "/024", "/x") },
  );
  const word4 = fc
    .tuple(fc.constantFrom("0", "1,3", "0-2", "9"), octet, octet, mask)
    .map(([b, c, d, m]) => `127.${b}.${c}.${d}${m}`);
  const group = fc.oneof(
    fc.constantFrom("0", "1", "ffff", "a0"),
    fc.nat(0xffff).map((value) => value.toString(16)),
  );
  const word6 = fc
    .tuple(
      fc.array(group, { maxLength: 5 }),
      fc.array(group, { maxLength: 2 }),
      fc.constantFrom("", "", "/120", "/127", "/128", "/118", "/129"),
    )
    .map(([head, tail, m]) => `2001:db8${head.map((each) => `:${each}`).join("")}::${tail.join(":")}${m}`);

  it.each([
    [4, word4, 700],
    [6, word6, 200],
  ] as const)("agree on every accepted IPv%i word", (family, arbitrary, runs) => {
    const words = [...new Set(fc.sample(arbitrary, { numRuns: runs, seed: SEED }))];
    const accepted = words.filter((word) => {
      const read = parseTargetWord(word, family);
      return read.ok && read.value.kind === "addresses" && read.value.set.size <= 1024n;
    });
    console.log(`IPv${family}: ${accepted.length} of ${words.length} generated words accepted, seed ${SEED}`);
    expect(accepted.length).toBeGreaterThan(words.length / 4);
    const lists = listed(accepted, family);
    expect(lists).toHaveLength(accepted.length);
    for (const [index, word] of accepted.entries()) {
      expect([...new Set(lists[index])].sort(), word).toEqual(addresses(setOf(word, family)).sort());
    }
  });

  it("list exactly the set, each address once, from the words that we render", () => {
    const run = fc
      .tuple(fc.nat(0x3_ff_ff), fc.oneof(fc.nat(2), fc.nat(700)))
      .map(([offset, more]) => [offset, offset + more]);
    const sets = fc
      .sample(fc.array(run, { minLength: 1, maxLength: 5 }), { numRuns: 40, seed: SEED })
      .map((runs) => AddressSet.ofIpv4Runs(Uint32Array.from(runs.flat(), (offset) => 0x7f_00_00_00 + offset)));
    const even = Array.from({ length: 128 }, (_, index) => [2 * index, 2 * index] as const);
    // As long as a word gets: nearly a thousand characters.
    sets.push(AddressSet.ofOctets([[[127, 127]], [[0, 0]], even, even]));
    const words = sets.map((set) => renderTargets(set, 4));
    const lists = listed(
      words.map((each) => each.join(" ")),
      4,
    );
    for (const [index, set] of sets.entries()) {
      expect([...(lists[index] ?? [])].sort(), words[index]?.join(" ")).toEqual(addresses(set).sort());
    }
  });
});
