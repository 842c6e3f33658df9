// Runs confined sessions in the network that it was started in: one line of jobs in, one line of results out. Its own
// program, so that a session's namespaces, rules and accidents are not those of the tests.
import { randomInt } from "node:crypto";
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { confine } from "../../../src/core/confinement/confinement.ts";
import type { SessionId } from "../../../src/core/audit/event.ts";
import { renderArgv } from "../../../src/core/plan/render.ts";
import { err, ok } from "../../../src/core/result.ts";
import type { RunningSession, SessionEnd, SessionHost } from "../../../src/effects.ts";
import { findFacilities } from "../../../src/session/confined/facilities.ts";
import { isSessionUid, parseUids } from "../../../src/core/confinement/session-uids.ts";
import { nftAt } from "../../../src/session/confined/nft.ts";
import { lookAround } from "../../../src/session/confined/remains.ts";
import { createConfinedHost } from "../../../src/session/confined/host.ts";
import { planOf } from "../../core/plan/plans.ts";
import type { Job } from "./lab.ts";

export interface Ran {
  readonly started: boolean;
  readonly problem?: string;
  readonly end?: SessionEnd;
  /** What was told of violations while it ran, each with the milliseconds from the gate. */
  readonly told?: readonly (readonly [milliseconds: number, sentence: string])[];
  /** How far it was each time that somebody looked, where somebody does: nothing for a result that may not be read. */
  readonly looks?: readonly unknown[];
  /** When it was revoked, in milliseconds since the epoch. */
  readonly revokedAt?: number;
  /** Milliseconds from the order to the gate, and from nmap's end to the last of it. */
  readonly openMs?: number;
  readonly closeMs?: number;
  readonly xml: string;
}

const [runDir = "", announce = ""] = process.argv.slice(2);
mkdirSync(runDir, { recursive: true, mode: 0o700 });
const uids = process.env["UIDS"] === undefined ? undefined : parseUids(JSON.parse(process.env["UIDS"]));
const facilities = findFacilities(runDir, uids?.ok === true ? uids.value : undefined);
if (!facilities.ok) throw new Error(facilities.error);
const groups = facilities.value.groups.ok ? facilities.value.groups.value : undefined;
/** All that were begun here. */
const sessions = new Set<string>();
const host: SessionHost = createConfinedHost({
  runDir,
  home: runDir,
  facilities: facilities.value,
  plain: {
    data: () => Promise.resolve(ok(join(runDir, "data"))),
    tell: () => Promise.resolve(err({ code: "nmap-missing", message: "not here" })),
  },
});

async function run(job: Job): Promise<Ran> {
  // Control groups of several labs lie in one folder.
  const session = `s${String(randomInt(1e10)).padStart(10, "0")}` as SessionId;
  sessions.add(session);
  const plan = planOf(job.plan, { privileged: job.unprivileged !== true });
  const confinement = confine(plan, {
    ...(job.egress === undefined ? {} : { egress: job.egress }),
    ...(job.endAtViolation === undefined ? {} : { onViolation: "end" }),
  });
  const files = await host.prepare(session).catch((error: unknown) => String(error));
  if (typeof files === "string") {
    await host.discard(session);
    return { started: false, problem: files, xml: "" };
  }
  const argv = job.argv ?? renderArgv(plan, { ...files, hosts: confinement.hosts });
  const env = { PATH: "/usr/sbin:/usr/bin:/sbin:/bin", LC_ALL: "C" };
  const begun = performance.now();
  const staged = await host.stage({ session, argv, env, stdout: "discard", confinement });
  const told: (readonly [number, string])[] = [];
  const violated = (sentences: readonly string[]): void => {
    for (const sentence of sentences) told.push([performance.now() - begun - openMs, sentence]);
  };
  const opening = staged.ok ? staged.value.open(job.ttlSeconds ?? 20, violated) : staged;
  if (job.discards === true) await host.discard(session);
  const opened = await opening;
  if (job.discards === true) await host.discard(session);
  const openMs = performance.now() - begun;
  if (!opened.ok) {
    await host.discard(session);
    return { started: false, problem: `${opened.error.code}: ${opened.error.message}`, xml: "" };
  }
  if (announce === "announce") console.log(JSON.stringify({ session, openedAt: Date.now() }));
  const running: RunningSession = opened.value;
  if (job.extendTo !== undefined) {
    await new Promise((resolve) => setTimeout(resolve, job.extendAfterMs ?? 300));
    running.extend(job.extendTo);
  }
  const looks: unknown[] = [];
  const looking = setInterval(() => {
    if (job.looks === true) void host.progress(session).then((progress) => looks.push(progress ?? "nothing"));
  }, 20);
  let revokedAt: number | undefined;
  if (job.revokeAfterMs !== undefined) {
    await new Promise((resolve) => setTimeout(resolve, job.revokeAfterMs));
    revokedAt = Date.now();
    running.stop("promptly", "revoked");
  }
  const end = await running.ended;
  clearInterval(looking);
  const closeMs = Date.now() - end.endedAt;
  let xml: string;
  try {
    xml = Buffer.from(await host.read(session, "xml")).toString();
  } catch (error) {
    xml = String(error);
  }
  await host.discard(session);
  return { started: true, end, told, looks, openMs, closeMs, xml, ...(revokedAt !== undefined && { revokedAt }) };
}

for await (const line of createInterface({ input: process.stdin })) {
  const jobs = JSON.parse(line) as readonly Job[] | "look";
  if (jobs === "look") {
    const found = await lookAround({ runDir, nft: nftAt(facilities.value.nft), groups }, isSessionUid);
    // Other labs have their groups in the same folder.
    console.log(JSON.stringify({ ...found, groups: found.groups.filter((name) => sessions.has(name)) }));
    continue;
  }
  console.log(JSON.stringify(await Promise.all(jobs.map(run))));
}
