// Cases: what an author expects of a policy, in `*.cases.yaml` beside it, and whether the policy agrees.
// Loads yaml and zod: for `policy test` and our own tests only.
import * as z from "zod";
import type { ScanPlan } from "../plan/scan-plan.ts";
import type { Problem, Result } from "../result.ts";
import { err, ok } from "../result.ts";
import type { InterfaceAddress } from "./attached.ts";
import { decide } from "./decide.ts";
import type { Decision, Effect } from "./decision.ts";
import type { PolicyText } from "./digest.ts";
import { expandProfiles } from "./expand-profiles.ts";
import { instantOf, parsePointInTime, pointInTimeForm } from "./point-in-time.ts";
import type { PointInTime } from "./point-in-time.ts";
import type { Place, Policy } from "./policy.ts";
import { readYaml } from "./read-yaml.ts";
import { problemAt, schemaProblems } from "./schema-problems.ts";
import { SourceText } from "./source-text.ts";

export interface PolicyCase {
  readonly at: Place;
  /** nmap's arguments. */
  readonly run: readonly string[];
  readonly as: string;
  readonly groups: readonly string[];
  /** Undefined where the case names no time. */
  readonly time: PointInTime | undefined;
  readonly expect: Effect | "refused";
  /** A rule that must have its part in the answer. */
  readonly rule: string | undefined;
}

export interface Cases {
  /** What the machine is attached to in these cases; undefined: what it really is. */
  readonly attached: readonly InterfaceAddress[] | undefined;
  readonly cases: readonly PolicyCase[];
}

export interface CaseResult {
  readonly case: PolicyCase;
  /** What was wrong, in one sentence; undefined when the policy answered as expected. */
  readonly failure: string | undefined;
  /** Undefined when the line was refused before policy saw it. */
  readonly decision: Decision | undefined;
}

const caseSchema = z.strictObject({
  run: z.union([z.string().min(1), z.array(z.string().min(1)).min(1)]),
  as: z.string().min(1).optional(),
  groups: z.array(z.string().min(1)).optional(),
  at: z.string().optional(),
  expect: z.enum(["allow", "confirm", "ask", "deny", "refused"]),
  rule: z.string().min(1).optional(),
});

const casesFile = z.union([
  z.array(caseSchema).transform((cases) => ({ attached: undefined, cases })),
  z.strictObject({
    attached: z
      .array(
        z
          .string()
          .regex(/^[0-9a-f.:]+\/[0-9]{1,3}$/, "an address of this machine with its prefix, such as 10.0.0.5/24"),
      )
      .optional(),
    cases: z.array(caseSchema),
  }),
]);

/** Reads a file of cases; every mistake is listed with its place. */
export function parseCases(file: PolicyText): Result<Cases, readonly Problem[]> {
  const yaml = readYaml(new SourceText(file.name, file.text));
  if (!yaml.ok) return yaml;
  const { source } = yaml.value;
  const data = casesFile.safeParse(yaml.value.value);
  if (!data.success) return err(schemaProblems(yaml.value, data.error.issues));
  const root = Array.isArray(yaml.value.value) ? [] : ["cases"];
  const problems: Problem[] = [];
  const cases = data.data.cases.map((one, index): PolicyCase => {
    const path = [...root, index];
    const time = one.at === undefined ? undefined : parsePointInTime(one.at);
    if (one.at !== undefined && time === undefined) {
      problems.push(
        problemAt(yaml.value, [...path, "at"], "value", "policy-value", `${pointInTimeForm} is wanted here`),
      );
    }
    return {
      at: { file: file.name, line: source.lineOf(yaml.value.place(path)[0]) },
      run: typeof one.run === "string" ? one.run.split(/\s+/).filter((word) => word !== "") : one.run,
      as: one.as ?? "somebody",
      groups: one.groups ?? [],
      time,
      expect: one.expect,
      rule: one.rule,
    };
  });
  if (problems.length > 0) return err(problems);
  const attached = data.data.attached?.map((text) => {
    const [address = "", prefixLength] = text.split("/");
    return { address, prefixLength: Number(prefixLength) };
  });
  return ok({ attached, cases });
}

/**
 * Tries the cases.
 *
 * @param plan  what a line of nmap's arguments means, or why it is refused.
 * @param now  milliseconds since the Unix epoch, UTC, for cases that name no time.
 */
export async function runCases(
  policy: Policy,
  cases: readonly PolicyCase[],
  plan: (argv: readonly string[]) => Promise<Result<ScanPlan, Problem>>,
  now: number,
): Promise<readonly CaseResult[]> {
  const results: CaseResult[] = [];
  for (const one of cases) {
    const line = expandProfiles(one.run, policy);
    const planned = line.ok ? await plan(line.value.words) : line;
    if (!planned.ok) {
      const because = planned.error.message;
      const failure = one.expect === "refused" ? undefined : `expected ${one.expect}; the line was refused: ${because}`;
      results.push({ case: one, failure, decision: undefined });
      continue;
    }
    const requester = { name: one.as, uid: 0, groups: one.groups };
    const at = one.time === undefined ? now : instantOf(one.time, policy.timezone);
    const profile = line.ok ? line.value.profile : undefined;
    const situation = { requester, now: at, ...(profile !== undefined && { profile }) };
    const decision = decide(policy, planned.value, situation);
    results.push({ case: one, failure: failureOf(one, decision), decision });
  }
  return results;
}

function failureOf(one: PolicyCase, decision: Decision): string | undefined {
  if (decision.effect !== one.expect) {
    const by = decision.explanation.filter(({ applies }) => applies).map(({ rule }) => rule);
    const uncovered =
      decision.effect === "deny" && decision.uncovered.length > 0
        ? `, nothing covers ${decision.uncovered.join("; ")}`
        : "";
    return `expected ${one.expect}; the answer was ${decision.effect}${by.length > 0 ? ` (${by.join(", ")})` : ""}${uncovered}`;
  }
  if (one.rule === undefined) return undefined;
  const found = decision.explanation.find(({ rule }) => rule === one.rule);
  if (found === undefined) return `there is no rule ${one.rule}`;
  return found.applies ? undefined : `rule ${one.rule} has no part in it: ${found.because}`;
}
