import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { tokenise } from "../../../src/core/plan/getopt.ts";
import { longOptions, shortOptions } from "../../../src/core/plan/options/index.ts";

const read = (...words: string[]): unknown => {
  const tokens = tokenise(words);
  if (!tokens.ok) return tokens.error.code;
  return [
    ...tokens.value.options.map(({ name, argument }) => (argument === undefined ? name : [name, argument])),
    ...tokens.value.operands,
  ];
};

describe("tokenise", () => {
  it.each<[string[], unknown]>([
    [
      ["-sS", "-p80", "10.0.0.1"],
      [["-s", "S"], ["-p", "80"], "10.0.0.1"],
    ],
    [
      ["a", "-sS", "b", "-p", "80", "c"],
      [["-s", "S"], ["-p", "80"], "a", "b", "c"],
    ],
    [
      ["--", "-sS", "--"],
      ["-sS", "--"],
    ],
    [["-"], ["-"]],
    [
      ["-nv", "x"],
      ["-n", "-v", "x"],
    ],
    [["-nvv"], ["-n", ["-v", "v"]]],
    [["-vn"], [["-v", "n"]]],
    [
      ["-top-ports", "5", "x"],
      [["--top-ports", "5"], "x"],
    ],
    [
      ["--exclude-p", "9", "-tr"],
      [["--exclude-ports", "9"], "--traceroute"],
    ],
    [
      ["--exclude", "a", "--script", "b", "--data", "00"],
      [
        ["--exclude", "a"],
        ["--script", "b"],
        ["--data", "00"],
      ],
    ],
    [
      ["--exclude=", "x"],
      [["--exclude", ""], "x"],
    ],
    [["--max-rate=5=6"], [["--max-rate", "5=6"]]],
    [
      ["-oN", "-sS", "-p", "--"],
      [
        ["--oN", "-sS"],
        ["-p", "--"],
      ],
    ],
    [
      ["-d", "3"],
      ["-d", "3"],
    ],
    [
      ["--debug=3", "--debug", "3"],
      [["--debug", "3"], "--debug", "3"],
    ],
    [["-T=4"], [["-T", "=4"]]],
    [["-oXf"], [["-o", "Xf"]]],
    [["-iR5"], [["-i", "R5"]]],
    [["-y"], ["--yoloscan"]],
    [["-p=80"], "ambiguous-option"],
    [["-sc"], "ambiguous-option"],
    [["--prox", "x"], "ambiguous-option"],
    [["--dis"], "ambiguous-option"],
    [["--un"], "ambiguous-option"],
    [["--="], "ambiguous-option"],
    [["-b=h"], "unexpected-argument"],
    [["--open=1"], "unexpected-argument"],
    [["--max_retries", "1"], "unknown-option"],
    [["---"], "unknown-option"],
    [["-:"], "unknown-option"],
    [["-nx"], "unknown-option"],
    [["--IL", "f"], "unknown-option"],
    [["-p"], "missing-argument"],
    [["-np"], "missing-argument"],
    [["--top-ports"], "missing-argument"],
  ])("reads %j", (words, expected) => {
    expect(read(...words)).toEqual(expected);
  });

  it("suggests the name that was probably meant", () => {
    const hint = (word: string): string | undefined => {
      const tokens = tokenise([word]);
      return tokens.ok ? undefined : tokens.error.hint;
    };
    expect(hint("--max_retries")).toContain("--max-retries");
    expect(hint("--tracerouet")).toContain("--traceroute");
    expect(hint("--nosuchthingatall")).toBeUndefined();
  });

  it("reads every prefix of a long option as that option, or calls it ambiguous; with one dash too, unless it is a letter", () => {
    for (const name of longOptions.keys()) {
      for (let length = 1; length <= name.length; length++) {
        const prefix = name.slice(0, length);
        const candidates = [...longOptions.keys()].filter((other) => other.startsWith(prefix));
        const expected = longOptions.has(prefix)
          ? `--${prefix}`
          : candidates.length === 1
            ? `--${name}`
            : "ambiguous-option";
        for (const word of length === 1 && shortOptions.has(prefix) ? [`--${prefix}`] : [`--${prefix}`, `-${prefix}`]) {
          const tokens = tokenise([word, "value"]);
          expect(tokens.ok ? tokens.value.options[0]?.name : tokens.error.code, word).toBe(expected);
        }
      }
    }
  });

  it("loses no word and invents none, whatever is typed", () => {
    const piece = fc.oneof(
      fc.constantFrom(
        "-",
        "--",
        "-p",
        "-sS",
        "-nvp",
        "--open",
        "--max-rate",
        "--max-rate=5",
        "-oN",
        "x",
        "10.0.0.1",
        "",
      ),
      fc.string({ maxLength: 6 }),
    );
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 8 }), (words) => {
        const tokens = tokenise(words);
        if (!tokens.ok) return;
        const optionWords = new Set(tokens.value.options.map((option) => option.word));
        const detached = tokens.value.options.filter((option) => option.detached).length;
        const terminator = words.filter((word) => word === "--").length;
        expect(tokens.value.operands.length + detached).toBeLessThanOrEqual(words.length);
        for (const operand of tokens.value.operands) expect(words).toContain(operand);
        for (const word of optionWords) expect(word.startsWith("-")).toBe(true);
        const consumed = words.length - tokens.value.operands.length - detached;
        expect(consumed).toBeLessThanOrEqual(tokens.value.options.length + Math.min(terminator, 1));
      }),
      { numRuns: 2000 },
    );
  });
});
