import fc from "fast-check";
import { describe, expect, it, onTestFinished } from "vitest";
import { tokenise } from "../../src/core/plan/getopt.ts";
import { plan } from "../core/plan/plans.ts";
import { compareWithNmap, type Compared, type KnownGap } from "./compare-with-nmap.ts";
import { cutData } from "./cut-data.ts";
import { generatedLine, lineSource } from "./generated-lines.ts";
import { nmapInNamespace } from "./installed-nmap.ts";
import { compileTokens, hasCompiler } from "./libc-tokens.ts";
import { compileServer } from "./nmap-server.ts";

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

  it.skipIf(!nmapInNamespace)("are accepted only where the installed nmap accepts them, and mean the same", () => {
    const lines = fc.sample(generatedLine, { numRuns: 1500, seed });
    const { accepted, shown, differences } = compareWithNmap(lines, 10);
    console.log(`seed ${seed}: ${lines.length} lines, ${accepted} accepted, ${shown} shown to nmap`);
    expect(accepted).toBeGreaterThan(150);
    expect(differences).toEqual([]);
  });

  describe.skipIf(!nmapInNamespace || !hasCompiler)("read by one nmap after the other, in forks of one process", () => {
    const next = lineSource(seed);
    const lines = Array.from({ length: 2500 }, next);

    it("are accepted only where nmap accepts them, and mean the same", () => {
      const [data, server] = [cutData(), compileServer()];
      onTestFinished(data.remove);
      onTestFinished(server.remove);
      const { accepted, shown, asked, differences } = compareWithNmap(lines, 400, { data, run: server.run });
      console.log(`seed ${seed}: ${lines.length} lines, ${accepted} accepted, ${shown} shown by ${asked} questions`);
      expect(shown).toBeGreaterThan(200);
      expect(differences).toEqual([]);
    });

    it("are found to differ where they do, unless the gap is known, and until it closes", () => {
      const [data, server] = [cutData(), compileServer()];
      onTestFinished(data.remove);
      onTestFinished(server.remove);
      const ask = (words: string, gaps: readonly KnownGap[] = []): Compared =>
        // nmap reads its whole tables, and we a tenth of them: what depends on them then differs.
        compareWithNmap([{ words: words.split(" "), withoutTarget: words.split(" ").slice(0, -1) }], 1, {
          data: { env: {}, tables: data.tables },
          run: server.run,
          gaps,
        });
      const gap = { because: "half the table is gone", matches: (words: readonly string[]) => words[0] === "-p" };
      const told = (words: string): readonly string[] => ask(words).differences.map(({ says }) => says);
      expect(told("-p ms-* 127.0.0.1").join()).toMatch(/^scans .*; the plan /);
      expect(told("--script http-vuln-* 127.0.0.1").join()).toMatch(/^loads .*; the plan /);
      expect(told("-p 22 127.0.0.1")).toEqual([]);
      expect(ask("-p ms-* 127.0.0.1", [gap])).toMatchObject({ differences: [], known: new Map([[gap.because, 1]]) });
      expect(ask("-p 22 127.0.0.1", [gap])).toMatchObject({
        differences: [{ says: `no longer differs: ${gap.because}` }],
        known: new Map(),
      });
    });
  });

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
