import { constants } from "node:os";
import { describe, expect, it } from "vitest";
import type { Request } from "../../src/core/approval/request.ts";
import type { Outcome } from "../../src/messages.ts";
import { exitCodeMeanings, exitCodeOf } from "../../src/cli/exit-code.ts";

const request = { id: "r0000000000" } as Request;
const problem = { code: "x", message: "x" };

type Ran = Extract<Outcome, { kind: "ran" }>;
const ran = (over: Partial<Ran>): Ran => ({
  kind: "ran",
  request,
  session: "s0000000000" as Ran["session"],
  ending: "exited",
  exitCode: 0,
  signal: null,
  ttlSeconds: 60,
  complete: true,
  violations: [],
  summary: {} as Ran["summary"],
  outputs: [],
  ...over,
});

describe("exitCodeOf", () => {
  const table: readonly (readonly [string, Outcome, number])[] = [
    ["a line that was not understood", { kind: "not-understood", problem }, 64],
    ["missing voters", { kind: "unavailable", problem }, 69],
    ["a wrong policy", { kind: "misconfigured", problems: [problem] }, 78],
    ["an nmap that can't be run", { kind: "cannot-execute", problem }, 126],
    ["an nmap that was not found", { kind: "not-found", problem }, 127],
    ["a denial", { kind: "denied", request }, 77],
    ["a request that waits", { kind: "waiting", request, because: "no-terminal" }, 75],
    ["Ctrl-C while waiting", { kind: "cancelled", request }, 130],
    ["nobody's answer", { kind: "expired", request }, 79],
    ["an approval not used in time", { kind: "lapsed", request }, 79],
    ["an approval used already", { kind: "used", request }, 79],
    ["an approval for what is no more", { kind: "stale", request, problem }, 79],
    ["a revoked grant", { kind: "revoked", request }, 80],
    ["a freeze", { kind: "frozen", request, freeze: { by: "carol", because: "why", since: 0 } }, 80],
    [
      "an nmap that vanished after the approval",
      { kind: "not-started", request, problem: { code: "nmap-missing", message: "x" } },
      127,
    ],
    ["a facility that was missing at the start", { kind: "not-started", request, problem }, 69],
    ...(
      [
        ["nmap-unusable", 126],
        ["nmap-data-changed", 79],
        ["environment-changed", 79],
        ["ttl-above-ceiling", 78],
        ["plan-changed", 70],
      ] as const
    ).map(
      ([code, exit]) =>
        [
          `a start that failed by ${code}`,
          { kind: "not-started", request, problem: { ...problem, code } },
          exit,
        ] as const,
    ),
    ["nmap's 0", ran({}), 0],
    ["nmap's 1", ran({ exitCode: 1 }), 1],
    ["nmap's 255, with whatever XML", ran({ exitCode: 255, complete: false }), 255],
    ["a cut result behind nmap's 0", ran({ complete: false }), 76],
    ["refused packets behind nmap's 0", ran({ violations: ["x"] }), 76],
    ["refused packets behind nmap's 1", ran({ exitCode: 1, violations: ["x"] }), 76],
    ["an output file that was not written", ran({ outputs: [{ output: { format: "xml", path: "x" }, problem }] }), 76],
    ["an nmap that ended without a code", ran({ exitCode: null }), 76],
    ["the time box", ran({ ending: "time-box", exitCode: null, signal: "SIGTERM" }), 124],
    ["Ctrl-C during the scan", ran({ ending: "interrupted", exitCode: 0 }), 130],
    ["a revoked session", ran({ ending: "revoked" }), 80],
    ["a lost session", ran({ ending: "lost", exitCode: null }), 76],
    ["nmap killed from outside", ran({ ending: "signalled", exitCode: null, signal: "SIGKILL" }), 137],
  ];
  it.each(table)("gives %s its code", (_, outcome, code) => {
    expect(exitCodeOf(outcome)).toBe(code);
  });

  it("knows the numbers of the operating system's signals", () => {
    for (const name of [
      "SIGHUP",
      "SIGINT",
      "SIGQUIT",
      "SIGABRT",
      "SIGKILL",
      "SIGSEGV",
      "SIGTERM",
      "SIGXCPU",
      "SIGSYS",
    ]) {
      const number = constants.signals[name as NodeJS.Signals];
      expect(exitCodeOf(ran({ ending: "signalled", exitCode: null, signal: name }))).toBe(128 + number);
    }
  });

  it("gives no code that help does not explain", () => {
    const explained = exitCodeMeanings.flatMap(([codes]) => codes.split(", "));
    for (const [, , code] of table) {
      expect(code > 128 ? "128+n" : String(code)).toSatisfy((text: string) => explained.includes(text) || code === 255);
    }
  });
});
