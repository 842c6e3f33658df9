// What else stands at the top of policy files: approvers, profiles, readers, delegates, checkpoints.
import { nearest } from "./nearest.ts";
import { joinPeople, whoIs } from "./people.ts";
import { parseLocal } from "./build-windows.ts";
import type { Approver, Policy, Who } from "./policy.ts";
import type { Report } from "./report.ts";
import { takeName } from "./report.ts";
import { splitWords } from "./split-words.ts";

export function buildApprovers(reports: readonly Report[]): ReadonlyMap<string, Approver> {
  const approvers = new Map<string, Approver>();
  const taken = new Map<string, string>();
  for (const report of reports) {
    for (const [name, approver] of Object.entries(report.file.data.approvers ?? {})) {
      if (!takeName(taken, name, "approver", report, ["approvers", name])) continue;
      if (approver.type !== "webhook") {
        approvers.set(name, { name, type: approver.type });
        continue;
      }
      const { type, service, voters, "speaks-for": speaksFor } = approver;
      for (const [there, login] of Object.entries(voters ?? {})) {
        if (!login.includes(":")) continue;
        const message = `${login} is nobody who votes: name a login here`;
        report.add(["approvers", name, "voters", there], "value", "policy-value", message);
      }
      const more = { ...(voters === undefined ? {} : { voters }), ...(speaksFor === undefined ? {} : { speaksFor }) };
      approvers.set(name, { name, type, service, ...more });
    }
  }
  return approvers;
}

/** A profile is the same whoever types it: it reads no file of theirs. */
const readsFiles = /^(?:-iL|--?excludefile|--?script-args-file)/;

export function buildProfiles(reports: readonly Report[]): ReadonlyMap<string, readonly string[]> {
  const profiles = new Map<string, readonly string[]>();
  const taken = new Map<string, string>();
  for (const report of reports) {
    for (const [name, text] of Object.entries(report.file.data.profiles ?? {})) {
      const path = ["profiles", name];
      if (!takeName(taken, name, "profile", report, path)) continue;
      const words = splitWords(text);
      const inner = words?.find(
        (word) => word.startsWith("@") || word.startsWith("--jit-") || readsFiles.test(word) || word === "--",
      );
      if (words === undefined) report.add(path, "value", "policy-value", "a quote is opened and never closed");
      else if (words.length === 0)
        report.add(path, "value", "policy-value", "a profile without a word stands for nothing");
      else if (inner !== undefined) {
        const hint = "neither other profiles, nor --, nor files, nor options of jit-nmap stand in a profile";
        report.add(path, "value", "policy-value", `${inner} can't stand in a profile`, hint);
      } else profiles.set(name, words);
    }
  }
  return profiles;
}

export function buildReaders(reports: readonly Report[], people: Policy["people"]): Who | undefined {
  const named = reports.flatMap(({ file }) => file.data.readers?.results ?? []);
  if (named.length === 0) return undefined;
  return joinPeople(
    named.map((name) => whoIs({ people }, name)),
    named,
  );
}

export function buildDelegates(reports: readonly Report[], people: Policy["people"]): Policy["delegates"] {
  const delegates = new Map<string, { readonly to: string; readonly until: string }>();
  const taken = new Map<string, string>();
  for (const report of reports) {
    for (const [login, { to, until }] of Object.entries(report.file.data.delegates ?? {})) {
      const path = ["delegates", login];
      if (!takeName(taken, login, "delegate of", report, path)) continue;
      const isPerson = (name: string): boolean => !name.includes(":") && !people.has(name) && name !== "everyone";
      if (!isPerson(login)) report.add(path, "key", "policy-value", `${login} is no person: name a login here`);
      if (!isPerson(to)) report.add([...path, "to"], "value", "policy-value", `${to} is no person: name a login here`);
      if (to === login) report.add([...path, "to"], "value", "policy-value", "nobody votes in their own place");
      if (!/^[0-9]{4}-[0-9]{2}-[0-9]{2}$/.test(until) || parseLocal(`${until}T00:00`) === undefined) {
        report.add(
          [...path, "until"],
          "value",
          "policy-value",
          `${JSON.stringify(until)} is no date`,
          "write 2026-12-01",
        );
      }
      delegates.set(login, { to, until });
    }
  }
  return delegates;
}

export function buildCheckpoints(reports: readonly Report[]): Policy["checkpoints"] {
  return [...new Set(reports.flatMap(({ file }) => file.data.checkpoints?.to ?? []))];
}

/** The names of a list that nothing defines, each reported with the nearest that is. */
export function checkNames(
  report: Report,
  path: readonly PropertyKey[],
  names: readonly string[],
  defined: Iterable<string>,
  kind: string,
): void {
  const known = [...defined];
  for (const [index, name] of names.entries()) {
    if (known.includes(name)) continue;
    const near = nearest(name, known);
    const hint =
      near !== undefined ? `did you mean ${near}?` : `defined: ${known.length > 0 ? known.join(", ") : "none"}`;
    report.add([...path, index], "value", "policy-name", `the policy defines no ${kind} ${name}`, hint);
  }
}
