// Merges checked policy files into one policy: looks up names, joins networks into sets, and reports what is named
// twice, nowhere, or not enforceable. Only parse.ts calls it.
import type { Problem, Result } from "../result.ts";
import { err, ok } from "../result.ts";
import { buildNetworks } from "./build-networks.ts";
import { buildPeople } from "./build-people.ts";
import { buildRules } from "./build-rules.ts";
import { policyDigest } from "./digest.ts";
import { approversNotEnforced, ruleKeysNotEnforced, topLevelNotEnforced } from "./enforced.ts";
import type { CheckedFile, Given } from "./parse.ts";
import type { Approver, Policy } from "./policy.ts";
import type { Path } from "./read-yaml.ts";
import { reportInto, takeName } from "./report.ts";
import type { Report } from "./report.ts";
import type { PolicyFile } from "./schema.ts";

const defaultTtlSeconds = 15 * 60;

export function build(files: readonly CheckedFile[], given: Given): Result<Policy, readonly Problem[]> {
  const problems: Problem[] = [];
  const reports = files.map((file) => reportInto(problems, file));
  for (const report of reports) refuseNotEnforced(report);
  const timezone = onlyOne(reports, "timezone") ?? "UTC";
  checkZone(reports, timezone);
  const contact = onlyOne(reports, "contact");
  const ttlSeconds = onlyOne(reports, "defaults")?.ttl ?? defaultTtlSeconds;
  const { people, contacts } = buildPeople(reports);
  const networks = buildNetworks(reports, given);
  const approvers = buildApprovers(reports);
  const rules = buildRules(reports, { people, networks, approvers, ttlSeconds });
  if (problems.length > 0) return err(problems);
  const sources = files.map(({ yaml }) => ({ name: yaml.source.file, text: yaml.source.text }));
  const networkSources = [...given.networkFiles].map(([name, text]) => ({ name: `networks:${name}`, text }));
  return ok({
    digest: policyDigest([...sources, ...networkSources]),
    origin: given.origin,
    files: sources.map(({ name }) => name),
    timezone,
    ...(contact === undefined ? {} : { contact }),
    people,
    contacts,
    networks,
    approvers,
    rules,
  });
}

function refuseNotEnforced(report: Report): void {
  const { data } = report.file;
  const refuse = (path: Path, what: string): void => {
    report.add(
      path,
      "key",
      "policy-not-enforced",
      `${what} is not enforced by this version`,
      "a policy that relies on it is refused: leave it out",
    );
  };
  for (const key of Object.keys(data)) if (topLevelNotEnforced.has(key)) refuse([key], key);
  for (const [name, { type }] of Object.entries(data.approvers ?? {})) {
    if (approversNotEnforced.has(type)) refuse(["approvers", name], `the approver type ${type}`);
  }
  for (const [index, rule] of (data.rules ?? []).entries()) {
    const unless = "unless" in rule ? Object.keys(rule.unless ?? {}).map((key) => ["unless", key]) : [];
    for (const path of [...Object.keys(rule).map((key) => [key]), ...unless]) {
      const key = path.at(-1) ?? "";
      if (ruleKeysNotEnforced.has(key)) refuse(["rules", index, ...path], key);
    }
  }
}

/** A key that may stand in one of the files only. */
function onlyOne<K extends "timezone" | "contact" | "defaults">(reports: readonly Report[], key: K): PolicyFile[K] {
  const having = reports.filter(({ file }) => file.data[key] !== undefined);
  const [first, ...others] = having;
  for (const report of others) {
    report.add(
      [key],
      "key",
      "policy-twice",
      `${key} is already said in ${first?.file.yaml.source.file ?? "another file"}`,
    );
  }
  return first?.file.data[key];
}

function checkZone(reports: readonly Report[], zone: string): void {
  try {
    new Intl.DateTimeFormat("en", { timeZone: zone });
  } catch {
    const report = reports.find(({ file }) => file.data.timezone === zone);
    report?.add(
      ["timezone"],
      "value",
      "policy-value",
      `${JSON.stringify(zone)} is no time zone`,
      "write an IANA name such as Europe/Berlin",
    );
  }
}

function buildApprovers(reports: readonly Report[]): ReadonlyMap<string, Approver> {
  const approvers = new Map<string, Approver>();
  const taken = new Map<string, string>();
  for (const report of reports) {
    for (const [name, { type }] of Object.entries(report.file.data.approvers ?? {})) {
      const isNew = takeName(taken, name, "approver", report, ["approvers", name]);
      if (isNew && type === "prompt") approvers.set(name, { name, type });
    }
  }
  return approvers;
}
