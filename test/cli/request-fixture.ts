// A request as the store would give it, for tests of what people see. Nothing about it is computed: its digests are
// made up, which is fine for showing and would be refused for running.
import type { PlanDocument } from "../../src/core/plan/document.ts";
import type { PlanDigest } from "../../src/core/plan/scan-plan.ts";
import type { Request, RequestDigest, RequestId, RequestTerms } from "../../src/core/approval/request.ts";

export const planFixture: PlanDocument = {
  schema: 1,
  nmap: { path: "/usr/bin/nmap", version: "7.93", binary: `sha256:${"0".repeat(64)}` },
  family: 4,
  privileged: true,
  targets: ["10.20.0.0/24"],
  names: [],
  techniques: ["syn"],
  ports: { tcp: "22,80-90", udp: "", sctp: "", protocol: "" },
  otherPorts: [],
  discovery: [{ kind: "none", typed: true }],
  features: [],
  scripts: [],
  timing: { template: 3 },
  display: { verbosity: 0, debugging: 0, open: false, reason: false },
  outputs: [],
  estimate: { probes: 4200, seconds: 12 },
};

export function requestFixture(terms: Partial<RequestTerms> = {}): Request {
  return {
    id: "r7kq2m4x9ab" as RequestId,
    version: 1,
    nonce: "00",
    requester: { name: "bob", uid: 1001, groups: [] },
    cwd: "/home/bob",
    plan: planFixture,
    planDigest: `sha256:${"ab".repeat(32)}` as PlanDigest,
    policyDigest: `sha256:${"00".repeat(32)}`,
    effect: "ask",
    requires: [
      { rule: "lab-anything", votes: { leads: 1 }, via: ["desk"], answerWithinSeconds: 1800, startWithinSeconds: 3600 },
    ],
    obligations: { ttlSeconds: 1200, enforce: {} },
    explanation: [
      { rule: "lab-anything", file: "lab.yaml", line: 12, effect: "ask", applies: true, because: "covers all of it" },
    ],
    background: {
      networks: { named: [{ name: "lab", addresses: "256" }], others: 0, unnamed: "0" },
      news: {
        kind: "more",
        than: { request: "r5d0w3n8zzk" as RequestId, at: Date.UTC(2026, 10, 19, 9) },
        what: ["2 ports (8443, 9000)", "3 hosts"],
        others: 0,
      },
    },
    openedAt: Date.UTC(2026, 10, 22, 14),
    answerBy: Date.UTC(2026, 10, 22, 14, 30),
    startWithinSeconds: 3600,
    digest: `sha256:${"cd".repeat(32)}` as RequestDigest,
    ...terms,
    state: "pending",
  };
}
