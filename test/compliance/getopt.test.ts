import { describe, expect, it } from "vitest";
import { refuseWords } from "../../src/core/plan/accept.ts";
import { tokenise } from "../../src/core/plan/getopt.ts";
import { asNodeReads, records, type ArgvRecord, type RecordedTokens } from "./records.ts";

function ours(argv: readonly string[]): unknown {
  const tokens = tokenise(argv);
  if (!tokens.ok) return "error";
  return {
    tokens: tokens.value.options.map((option) => [option.name, option.argument ?? null]),
    operands: tokens.value.operands,
  };
}

function recorded(tokens: RecordedTokens): unknown {
  return tokens.error !== undefined ? "error" : { tokens: tokens.tokens, operands: tokens.operands };
}

describe("getopt, against the tokens that libc gave to nmap 7.93", () => {
  it("reads every recorded line as libc does, or both refuse it", () => {
    // NMAP_ARGS is joined to the line by nmap itself, --resume FILE is replaced by the file's content, and typographic
    // dashes are refused by nmap before the C library reads: none of it is getopt. Counted, so that it is noticed.
    const all = records("argvs") as readonly ArgvRecord[];
    const before = all.filter(
      (record) => typeof record["nmap-7.93"].tokens.error === "string" && !isResume(record.argv),
    );
    const outside = all.filter(({ argv, env }) => env?.["NMAP_ARGS"] !== undefined || isResume(argv));
    expect([before.length, outside.length]).toEqual([3, 6]);
    const compared = all.filter((record) => !outside.includes(record) && !before.includes(record));
    const differences = compared
      .filter((record) => JSON.stringify(ours(record.argv)) !== JSON.stringify(recorded(record["nmap-7.93"].tokens)))
      .map((record) => [record.id, record.argv]);
    expect(differences).toEqual([]);
    for (const { id, argv } of before) {
      expect(["unicode-dash", "unreadable-word"], id).toContain(refuseWords(argv.map(asNodeReads))?.code);
    }
  });

  it("keeps to glibc on the lines that other C libraries read otherwise", () => {
    const all = records("getopt-libc") as readonly { argv: string[]; glibc: "error" | RecordedTokens; env?: object }[];
    // One was taken with POSIXLY_CORRECT set, which never reaches the nmap that we run.
    const lines = all.filter((record) => record.env === undefined);
    expect([all.length, lines.length]).toEqual([22, 21]);
    for (const { argv, glibc } of lines) {
      expect(ours(argv), JSON.stringify(argv)).toEqual(glibc === "error" ? "error" : recorded(glibc));
    }
  });
});

function isResume(argv: readonly string[]): boolean {
  return argv.length === 2 && argv[0] === "--resume";
}
