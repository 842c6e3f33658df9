import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { tokenise } from "../../src/core/plan/getopt.ts";
import { plan } from "../core/plan/plans.ts";
import { nmapInNamespace, runNmap, validated } from "./installed-nmap.ts";

// Pieces of lines, right and wrong ones; no output files, because nmap opens those even when it only checks a line.
const pieces = [
  "-sS -sT -sU -sn -sL -sV -sC -sVC -nsS -sTU -sPn -sP -s -sR -sB -A -O -O2 -O1",
  "-Pn -PN -P0 -Pn1 -n -4 -46 -F -v -vv -v3 -v99 -vd -d -dd -d0 -d3x --verb --deb=2 --debug --vv",
  "-T4 -T11 -T4x -Tpolite -T6 -timing=3 --timin=Sneaky -p80 -p-100 -p- -p=80 -p1-5,http -pT:80,U:53 -p,80 -p70000 -p[1-9] -pht*",
  "-p|1,2,3 -p|U:53 -p|-5 --top-ports|5 --top-p=7 --top-ports|0 --top-ports|1e2 --top-ports|0x10 --exclude-ports|22 --exclude-po=1-9",
  "--max-rate|100 --max-rat=2.5 --max-rate|0 --max-rate|5x --min-rate|1 --min-rate|999 --max-retries|3 --max-retries|-1 --max-retries=07",
  "--host-timeout|5m --host-timeout=1.5H --host-timeout|10000 --host-timeout|1ms --host-timeout|x --scan-delay|0 --scan-delay=100 --scan-delay|20ms",
  "--version-light --version-intensity|3 --version-in=10 --version-all --open --reason --reas -open --re --exclude|127.0.0.1 --exclude=127.0.0.2,127.0.0.4-6 --exclude|,",
  "-oX|- -oG|- -oA|- -oN|-",
  "-- - -q -x -y --un --nosuch -6",
]
  .join(" ")
  .split(" ")
  .map((piece) => piece.split("|"));
const targets = ["127.0.0.1", "127.0.0.0/29", "127.0.0.1-3", "localhost", "127.1", "127.0.0.1,3", "::1", "127.0.0.256"];
const line = fc
  .tuple(fc.array(fc.constantFrom(...pieces), { maxLength: 4 }), fc.nat(4), fc.constantFrom(...targets))
  .map(([options, at, target]) => [...options.slice(0, at), [target], ...options.slice(at)].flat());

const seed = Number(process.env["FUZZ_SEED"] ?? 20_261_122);

describe.skipIf(!nmapInNamespace)("generated command lines", () => {
  it("accepts none that the installed nmap refuses", () => {
    const generated = fc.sample(line, { numRuns: 4000, seed });
    const accepted = [
      ...new Map(generated.filter((words) => plan(words).ok).map((words) => [words.join(" "), words])).values(),
    ];
    // Single options of one letter group and the like come often; a spread of lines is enough for every run of the suite.
    const spread = accepted.filter((_, index) => index % Math.ceil(accepted.length / 100) === 0);
    const wrong = runNmap(spread.map((words) => validated(["nmap", ...words])))
      .map((run, index) => ({ words: spread[index], says: run.stderr, status: run.status }))
      .filter(({ status }) => status !== 0);
    console.log(`seed ${seed}: ${generated.length} lines, ${accepted.length} accepted, ${spread.length} shown to nmap`);
    expect(accepted.length).toBeGreaterThan(300);
    expect(wrong).toEqual([]);
  });

  it("calls unknown, ambiguous or incomplete what the C library does, and nothing else", () => {
    const generated = fc.sample(line, { numRuns: 80, seed: seed + 1 });
    const codes = ["unknown-option", "ambiguous-option", "missing-argument", "unexpected-argument"];
    // --iflist last: the C library's own complaints come before anything that nmap checks itself.
    for (const [index, run] of runNmap(
      generated.map((words) => ["nmap", ...words.filter((word) => word !== "--"), "--iflist"]),
    ).entries()) {
      const words = [...(generated[index] ?? []).filter((word) => word !== "--"), "--iflist"];
      const tokens = tokenise(words);
      const complaint =
        /: (?:unrecognized|invalid) option|: option .* (?:is ambiguous|requires an argument|doesn't allow)|: option requires an argument/;
      // nmap stops at the first mistake of its own, so its silence about a later word says nothing.
      if (complaint.test(run.stderr)) expect([words, tokens.ok]).toEqual([words, false]);
      else if (run.status === 0) expect([words, tokens.ok]).toEqual([words, true]);
      if (!tokens.ok) expect(codes).toContain(tokens.error.code);
    }
  });
});
