// Requests, decisions and votes to try things on; shared by the tests of approval, grants and the store.
import { castVote } from "../../../src/core/approval/vote.ts";
import type { GivenVote } from "../../../src/core/approval/vote.ts";
import type { Step } from "../../../src/core/approval/change.ts";
import { openRequest, openingBytes } from "../../../src/core/approval/open.ts";
import type { OpenedRequest, Opening } from "../../../src/core/approval/open.ts";
import type { Request, Vote } from "../../../src/core/approval/request.ts";
import type { SessionId } from "../../../src/core/audit/event.ts";
import type { Grant, GrantState } from "../../../src/core/grant/grant.ts";
import type { SessionRecord } from "../../../src/core/grant/session-record.ts";
import type { PlanDocument } from "../../../src/core/plan/document.ts";
import type { PlanDigest } from "../../../src/core/plan/scan-plan.ts";
import type { Decision, Requirement } from "../../../src/core/policy/decision.ts";
import type { Result } from "../../../src/core/result.ts";

export const now = Date.UTC(2026, 10, 22, 14, 0, 0);

export const people = new Map<string, readonly string[]>([
  ["leads", ["carol", "dave"]],
  ["security", ["carol", "erin"]],
  ["network", ["carol", "frank"]],
]);

export const plan: PlanDocument = {
  schema: 1,
  nmap: { path: "/usr/bin/nmap", version: "7.93", binary: `sha256:${"0".repeat(64)}` },
  family: 4,
  privileged: true,
  targets: ["10.20.0.0/24"],
  names: [],
  techniques: ["syn"],
  ports: { tcp: "22,80", udp: "", sctp: "", protocol: "" },
  otherPorts: [],
  discovery: [{ kind: "icmp-echo", typed: false }],
  features: [],
  scripts: [],
  timing: { template: 3 },
  display: { verbosity: 0, debugging: 0, open: false, reason: false },
  outputs: [],
  estimate: { probes: 512, seconds: 3 },
};

export const planDigest = `sha256:${"ab".repeat(32)}` as PlanDigest;

export const votesOf = (votes: Record<string, number>, rule = "lab"): Requirement => ({
  rule,
  votes,
  via: ["desk"],
  answerWithinSeconds: 1800,
  startWithinSeconds: 600,
});

const judged = { policy: { digest: `sha256:${"cd".repeat(32)}` }, explanation: [] };

export const allow: Extract<Decision, { effect: "allow" }> = {
  ...judged,
  effect: "allow",
  requires: [],
  obligations: { ttlSeconds: 900, enforce: {} },
};
export const ask = (...requires: Requirement[]): Extract<Decision, { effect: "confirm" | "ask" }> => ({
  ...judged,
  effect: "ask",
  requires,
  obligations: { ttlSeconds: 900, enforce: {} },
});
export const confirm: Decision = {
  ...judged,
  effect: "confirm",
  requires: [{ rule: "own", confirm: true }],
  obligations: { ttlSeconds: 900, enforce: {} },
};
export const deny: Decision = { ...judged, effect: "deny", requires: [], uncovered: ["10.20.0.1"], messages: [] };

let counter = 0;

/** Bytes that no other call gives, in this process and, by its number, in others. */
export function freshBytes(count: number): Uint8Array {
  counter += 1;
  const bytes = new Uint8Array(count);
  for (let index = 0; index < count; index += 1) bytes[index] = (counter * 31 + index * 17 + process.pid * 7) & 255;
  new DataView(bytes.buffer).setUint32(0, counter);
  new DataView(bytes.buffer).setUint16(4, process.pid & 0xffff);
  return bytes;
}

export const opening = (decision: Decision, more: Partial<Opening> = {}): Opening => ({
  requester: { name: "alice", uid: 1000, groups: ["staff"] },
  cwd: "/home/alice",
  typed: ["-sS", "-p", "22,80", "10.20.0.0/24"],
  plan,
  planDigest,
  decision,
  now,
  bytes: freshBytes(openingBytes),
  ...more,
});

/** The value of a result that must be one. */
export function valueOf<T, E>(result: Result<T, E>): T {
  if (!result.ok) throw new Error(`refused: ${JSON.stringify(result.error)}`);
  return result.value;
}

/** The problem's code of a result that must be one. */
export function codeOf<T>(result: Result<T, { readonly code: string }>): string {
  return result.ok ? "no problem" : result.error.code;
}

export const open = (decision: Decision, more: Partial<Opening> = {}): OpenedRequest =>
  valueOf(openRequest(opening(decision, more)));

export const answer = (
  request: Request,
  name: string,
  says: GivenVote["answer"],
  more: Partial<GivenVote> = {},
): GivenVote => ({
  voter: { name },
  answer: says,
  digest: request.digest,
  strength: "account",
  via: "command",
  ...more,
});

/** A request approved by carol alone, with its grant. */
export function approved(): {
  request: Request;
  grant: Grant;
  state: GrantState;
  votes: readonly Vote[];
  steps: Step[];
} {
  const opened = open(ask(votesOf({ leads: 1 })));
  const count = { votes: [], people, now: now + 1000, bytes: freshBytes(7) };
  const { step } = valueOf(castVote(opened.request, answer(opened.request, "carol", "approve"), count));
  if (step.grant === undefined || step.vote === undefined) throw new Error("the vote did not decide");
  return {
    request: step.request.next,
    grant: step.grant.grant,
    state: step.grant.next,
    votes: [step.vote],
    steps: [opened.step, step],
  };
}

export const sessionOf = (grant: Grant, id: string, startedAt: number): SessionRecord => ({
  id: id as SessionId,
  request: grant.request,
  grant: grant.id,
  argv: ["/usr/bin/nmap", "-n", "-sS", "-p22,80", "--", "10.20.0.0/24"],
  ttlSeconds: grant.ttlSeconds,
  level: "advisory",
  startedAt,
});
