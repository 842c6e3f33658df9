// Merges checked policy files into one policy: looks up names, joins networks into sets, and reports what is named
// twice or nowhere. Only parse.ts calls it.
import type { Problem, Result } from "../result.ts";
import { err, ok } from "../result.ts";
import { buildNetworks } from "./build-networks.ts";
import { buildApprovers, buildCheckpoints, buildDelegates, buildProfiles, buildReaders } from "./build-others.ts";
import { buildPeople } from "./build-people.ts";
import { buildRules } from "./build-rules.ts";
import { buildWindows } from "./build-windows.ts";
import { policyDigest } from "./digest.ts";
import { limitUsesOf } from "./limits.ts";
import type { CheckedFile, Given } from "./parse.ts";
import type { Policy } from "./policy.ts";
import { reportInto } from "./report.ts";
import type { Report } from "./report.ts";
import type { PolicyFile } from "./schema.ts";

const defaultTtlSeconds = 15 * 60;

export function build(files: readonly CheckedFile[], given: Given): Result<Policy, readonly Problem[]> {
  const problems: Problem[] = [];
  const reports = files.map((file) => reportInto(problems, file));
  const timezone = onlyOne(reports, "timezone") ?? "UTC";
  checkZone(reports, timezone);
  const contact = onlyOne(reports, "contact");
  const ttlSeconds = onlyOne(reports, "defaults")?.ttl ?? defaultTtlSeconds;
  const { people, contacts } = buildPeople(reports);
  const networks = buildNetworks(reports, given);
  const approvers = buildApprovers(reports);
  const { windows, zone } = buildWindows(reports, given, timezone);
  const profiles = buildProfiles(reports);
  const readers = buildReaders(reports, people);
  const rules = buildRules(reports, { people, networks, windows, zone, profiles, approvers, ttlSeconds });
  const delegates = buildDelegates(reports, people);
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
    windows,
    profiles,
    ...(readers === undefined ? {} : { readers }),
    delegates,
    checkpoints: buildCheckpoints(reports),
    approvers,
    rules,
    limitUses: limitUsesOf(rules),
  });
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
  // An offset such as +02:00 knows no daylight saving: whoever writes one means a place.
  if (!/^[A-Za-z]/.test(zone) || !isZone(zone)) {
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

function isZone(name: string): boolean {
  try {
    new Intl.DateTimeFormat("en", { timeZone: name });
    return true;
  } catch {
    return false;
  }
}
