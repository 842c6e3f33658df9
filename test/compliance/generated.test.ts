import fc from "fast-check";
import { describe, expect, it, onTestFinished } from "vitest";
import { tokenise } from "../../src/core/plan/getopt.ts";
import { plan } from "../core/plan/plans.ts";
import { compareWithNmap } from "./compare-with-nmap.ts";
import { generatedLine, lineSource } from "./generated-lines.ts";
import { nmapInNamespace } from "./installed-nmap.ts";
import { compileTokens, hasCompiler } from "./libc-tokens.ts";

const seed = Number(process.env["FUZZ_SEED"] ?? 20_261_122);

/** Our tokens in the text form of tokens.c. */
function ours(words: readonly string[]): string {
  const tokens = tokenise(words);
  if (!tokens.ok) return "E";
  const options = tokens.value.options.map(
    ({ name, argument }) => `${name}${argument === undefined ? "" : `=${argument}`}\u0001`,
  );
  return `${options.join("")}\u0002${tokens.value.operands.map((word) => `${word}\u0001`).join("")}`;
}

describe("generated command lines", () => {
  it.skipIf(!hasCompiler)("fall into the tokens of the C library's own getopt_long_only", () => {
    const libc = compileTokens();
    onTestFinished(libc.remove);
    const next = lineSource(seed);
    const lines = Array.from({ length: 20_000 }, () => next().words);
    const differences = libc.read(lines).flatMap((theirs, index) => {
      const words = lines[index] ?? [];
      return ours(words) === theirs ? [] : [{ words, ours: ours(words), theirs }];
    });
    console.log(`seed ${seed}: ${lines.length} lines, ${differences.length} read otherwise than by the C library`);
    expect(differences.slice(0, 5)).toEqual([]);
  });

  it.skipIf(!nmapInNamespace)(
    "are accepted only where the installed nmap accepts them, and mean the same ports",
    () => {
      const lines = fc.sample(generatedLine, { numRuns: 6000, seed });
      const { accepted, shown, differences } = compareWithNmap(lines, 150);
      console.log(`seed ${seed}: ${lines.length} lines, ${accepted} accepted, ${shown} shown to nmap`);
      expect(accepted).toBeGreaterThan(500);
      expect(differences).toEqual([]);
    },
  );

  it("give a plan or a problem, whatever they hold", () => {
    fc.assert(
      fc.property(fc.array(fc.string({ unit: "binary", maxLength: 20 }), { maxLength: 6 }), (words) => {
        const built = plan(words.map((word) => word.replaceAll(/[a-z]+\.[a-z]+/gi, "")));
        if (!built.ok) expect(built.error.message).toMatch(/^[^\p{Cc}]+$/u);
      }),
      { numRuns: 3000, seed },
    );
  });
});
