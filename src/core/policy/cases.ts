// Cases: what an author expects of a policy, in `*.cases.yaml` beside it, and whether the policy agrees.
// Loads yaml and zod: for `policy test` and our own tests only.
import * as z from "zod";
import type { ScanPlan } from "../plan/scan-plan.ts";
import type { Problem, Result } from "../result.ts";
import { err, ok } from "../result.ts";
import { AddressSet, parseNetwork } from "../sets/address-set.ts";
import type { Situation } from "./asked.ts";
import type { InterfaceAddress } from "./attached.ts";
import { decide, nearlyCovering } from "./decide.ts";
import type { Decision, Effect } from "./decision.ts";
import type { PolicyText } from "./digest.ts";
import { expandProfiles } from "./expand-profiles.ts";
import type { PastRun } from "./limits.ts";
import { instantOf, parsePointInTime, pointInTimeForm } from "./point-in-time.ts";
import type { PointInTime } from "./point-in-time.ts";
import type { Place, Policy } from "./policy.ts";
import { readYaml } from "./read-yaml.ts";
import type { Path } from "./read-yaml.ts";
import { closed, flag, listOf, matching, oneOf, text, wanted } from "./schema-blocks.ts";
import { problemAt, schemaProblems } from "./schema-problems.ts";
import { SourceText } from "./source-text.ts";

/** Something that ran before a case, for rules with limits. */
export interface CaseRun {
  readonly rule: string;
  readonly who: string;
  readonly time: PointInTime;
  readonly probes: number;
  readonly open: boolean;
  readonly targets: AddressSet;
}

export interface PolicyCase {
  readonly at: Place;
  /** nmap's arguments. */
  readonly run: readonly string[];
  readonly as: string;
  readonly groups: readonly string[];
  /** Undefined where the case names no time. */
  readonly time: PointInTime | undefined;
  readonly history: readonly CaseRun[];
  /** What holds sessions in this case. */
  readonly level: Situation["level"];
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

const timeText = z.string(wanted(pointInTimeForm));
const words = 'nmap\'s arguments, such as "-sT -p 22 10.20.0.1",';

const runSchema = closed({
  rule: text,
  who: text.optional(),
  at: timeText,
  probes: z.int(wanted("a whole number")).min(0, "a number of probes is 0 or more").optional(),
  targets: listOf(text).optional(),
  open: flag.optional(),
});

const caseSchema = closed({
  run: z.union([text, listOf(text)], wanted(words)),
  as: text.optional(),
  groups: listOf(text).optional(),
  at: timeText.optional(),
  history: listOf(runSchema).optional(),
  level: oneOf(["advisory", "separated", "enforced"], "what holds sessions").optional(),
  expect: oneOf(["allow", "confirm", "ask", "deny", "refused"], "what is expected"),
  rule: text.optional(),
});

const casesForm = "a list of cases is wanted here, each such as { run: -sT 10.20.0.1, expect: allow }";

const casesFile = z.union(
  [
    z.array(caseSchema, { error: casesForm }).transform((cases) => ({ attached: undefined, cases })),
    closed(
      {
        attached: z
          .array(
            matching(
              "an address",
              /^[0-9a-f.:]+\/[0-9]{1,3}$/,
              "an address of this machine with its prefix, such as 10.0.0.5/24, is wanted here",
            ),
            { error: "a list is wanted here, such as [10.0.0.5/24]" },
          )
          .optional(),
        cases: z.array(caseSchema, { error: casesForm }),
      },
      new Map(),
      casesForm,
    ),
  ],
  { error: casesForm },
);

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
    const mistake = (at: Path, message: string): void => {
      problems.push(problemAt(yaml.value, [...path, ...at], "value", "policy-value", message));
    };
    const time = one.at === undefined ? undefined : pointAt(one.at, ["at"], mistake);
    return {
      at: { file: file.name, line: source.lineOf(yaml.value.place(path)[0]) },
      run: typeof one.run === "string" ? one.run.split(/\s+/).filter((word) => word !== "") : one.run,
      as: one.as ?? nobodyNamed,
      groups: one.groups ?? [],
      time,
      history: (one.history ?? []).map((run, before) => runOf(run, one.as, ["history", before], mistake)),
      level: one.level,
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

type Mistake = (at: Path, message: string) => void;

function pointAt(text: string, at: Path, mistake: Mistake): PointInTime | undefined {
  const time = parsePointInTime(text);
  if (time === undefined) mistake(at, `${pointInTimeForm} is wanted here`);
  return time;
}

/** @param as  whose case it is: who ran it, where it names nobody. */
function runOf(run: z.output<typeof runSchema>, as: string | undefined, at: Path, mistake: Mistake): CaseRun {
  const targets = (run.targets ?? []).flatMap((text, index) => {
    const network = parseNetwork(text);
    if (!network.ok) mistake([...at, "targets", index], network.error.message);
    return network.ok ? [network.value] : [];
  });
  return {
    rule: run.rule,
    who: run.who ?? as ?? nobodyNamed,
    time: pointAt(run.at, [...at, "at"], mistake) ?? 0,
    probes: run.probes ?? 0,
    open: run.open ?? false,
    targets: AddressSet.unionOf(targets),
  };
}

/** Who asks in a case that names nobody. */
const nobodyNamed = "somebody";

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
    const decision = decide(policy, planned.value, {
      requester,
      now: at,
      history: one.history.flatMap((run) => pastRun(run, at, policy)),
      ...(profile === undefined ? {} : { profile }),
      ...(one.level === undefined ? {} : { level: one.level }),
    });
    const unknown = one.history.find(({ rule }) => policy.rules.every(({ name }) => name !== rule));
    const failure =
      unknown === undefined ? failureOf(one, decision) : `its history has no rule ${unknown.rule} to be of`;
    results.push({ case: one, failure, decision });
  }
  return results;
}

/** Nothing, where it is of a later time than the case: that has not been yet. */
function pastRun({ rule, who, time, probes, open, targets }: CaseRun, now: number, policy: Policy): readonly PastRun[] {
  const at = instantOf(time, policy.timezone);
  return at > now ? [] : [{ rule, requester: who, at, probes, open, targets }];
}

function failureOf(one: PolicyCase, decision: Decision): string | undefined {
  if (decision.effect !== one.expect) {
    const by = decision.explanation.filter(({ applies }) => applies).map(({ rule }) => rule);
    const uncovered =
      decision.effect === "deny" && decision.uncovered.length > 0
        ? `, nothing covers ${decision.uncovered.join("; ")}`
        : "";
    const missed = nearlyCovering(decision, 1).map(({ rule, because }) => `; ${rule} does not apply: ${because}`);
    return `expected ${one.expect}; the answer was ${decision.effect}${by.length > 0 ? ` (${by.join(", ")})` : ""}${uncovered}${missed.join("")}`;
  }
  if (one.rule === undefined) return undefined;
  const found = decision.explanation.find(({ rule }) => rule === one.rule);
  if (found === undefined) return `there is no rule ${one.rule}`;
  return found.applies ? undefined : `rule ${one.rule} has no part in it: ${found.because}`;
}
