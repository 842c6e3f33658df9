// From a grant to the end of its one run, as the record sees it: everything is looked at again before the grant is used
// up, and every report of the runner is on disk before the runner goes on.
import { hash } from "node:crypto";
import { idBytes, sessionIdFrom } from "../core/approval/ids.ts";
import type { Request, RequestId } from "../core/approval/request.ts";
import { abandon, end, redeem as redeemStep, start } from "../core/approval/run.ts";
import { digestOfDocument } from "../core/plan/digest.ts";
import { fromDocument } from "../core/plan/document.ts";
import { differences, type Account } from "../core/plan/ran-as-planned.ts";
import { decide } from "../core/policy/decide.ts";
import type { Problem } from "../core/result.ts";
import { addressOf, readNmapXml } from "../core/results/nmap-xml.ts";
import type { Summary } from "../core/results/summary.ts";
import type { Effects } from "../effects.ts";
import type { Order, Outcome, Report } from "../messages.ts";
import { peopleOf } from "./people.ts";
import { outcomeOf, settle } from "./requests.ts";

/** Uses up the grant of an approved request: at most one caller ever gets the order. */
export async function redeem(id: RequestId, fx: Effects): Promise<Order | Outcome> {
  const request = await settle(id, fx);
  const requester = fx.facts.requester();
  if (requester.uid !== request.requester.uid || requester.name !== request.requester.name) {
    const message = `request ${id} is ${request.requester.name}'s, who alone can run it`;
    return { kind: "not-understood", problem: { code: "not-yours", message } };
  }
  const over = outcomeOf(request);
  if (over !== undefined) return over;
  const held = await fx.store.grant(id);
  if (held === undefined) throw new Error(`request ${id} is approved without a grant`);

  const plan = fromDocument(request.plan);
  const data = plan.nmap.data?.level;
  const facts = await fx.facts.find({ names: [], family: plan.family, services: false, scripts: false, data });
  if (!facts.ok) return { kind: "not-started", request, problem: facts.error };
  const { nmap, privileged } = facts.value;
  if (nmap.path !== plan.nmap.path || nmap.version !== plan.nmap.version || nmap.binary !== plan.nmap.binary) {
    const now = nmap.version === plan.nmap.version ? "another file of that version" : nmap.version;
    return askAgain(request, "nmap-changed", `this was approved for nmap ${plan.nmap.version}; nmap is now ${now}`);
  }
  if (nmap.data?.hash !== plan.nmap.data?.hash) {
    return askAgain(request, "nmap-changed", "nmap's data files changed since this was approved");
  }
  if (plan.privileged && !privileged) {
    return askAgain(request, "not-privileged", "this was approved with raw sockets, which this account may not open");
  }
  const policy = await fx.policy.load();
  if (!policy.ok) return { kind: "misconfigured", problems: policy.error };
  const now = fx.clock.now();
  const decision = decide(policy.value, plan, { requester, now });
  const session = sessionIdFrom(fx.random.bytes(idBytes));
  const step = redeemStep(request, {
    ...held,
    votes: request.requires.length === 0 ? [] : await fx.store.votes(id),
    people: await peopleOf([...request.requires, ...decision.requires], policy.value, fx.facts),
    decision,
    planDigest: digestOfDocument(request.plan),
    session,
    now,
  });
  if (!step.ok) {
    if (decision.effect === "deny") return { kind: "denied", request };
    return { kind: "stale", request, problem: step.error };
  }
  const committed = await fx.store.commit(step.value);
  if (committed.kind === "lost") {
    return (
      (committed.current && outcomeOf(committed.current)) ??
      askAgain(request, "lost", "somebody else moved this request")
    );
  }
  return { kind: "order", session, grant: held.grant, plan: request.plan };
}

function askAgain(request: Request, code: string, message: string): Outcome {
  return { kind: "stale", request, problem: { code, message, hint: "ask again" } };
}

/** Puts a report of the runner on the trail; resolves when it is on disk. */
export async function acknowledge(order: Order, report: Report, fx: Pick<Effects, "store" | "clock">): Promise<void> {
  const id = order.grant.request;
  const found = await fx.store.findRequest(id);
  if (found.kind !== "found") throw new Error(`request ${id} is gone from the store`);
  const { request } = found;
  const [record] = (await fx.store.sessions(id)).filter((session) => session.id === order.session);
  const now = fx.clock.now();
  const step = ((): Parameters<typeof fx.store.commit>[0] => {
    switch (report.kind) {
      case "starting": {
        const { id: grant, ttlSeconds } = order.grant;
        const { session, argv } = report;
        const started = {
          id: session,
          request: id,
          grant,
          argv,
          ttlSeconds,
          level: "advisory",
          startedAt: now,
        } as const;
        return start(request, started, report.privileged);
      }
      case "failed":
        return abandon(request, order.session, record, report.problem.message, now);
      case "ended": {
        if (record === undefined) throw new Error(`session ${order.session} ended without having started`);
        const { account, ...read } = readResult(report.xml);
        const stored = { session: report.session, xml: report.xml, ...read };
        const violations = [...report.violations, ...differences(fromDocument(order.plan), record.argv, account)];
        const result = { stored, sha256: hash("sha256", report.xml) };
        return end(request, record, { ...report, violations, result });
      }
    }
  })();
  const committed = await fx.store.commit(step);
  // Nobody else may move a request that is claimed or running; if somebody did, what runs is not what is on record.
  if (committed.kind !== "committed") throw new Error(`request ${id} was moved by somebody else while it ran`);
}

interface Read {
  readonly complete: boolean;
  readonly summary: Summary;
  readonly account: Account;
}

function readResult(xml: Uint8Array): Read {
  const hosts: Account["hosts"][number][] = [];
  const summary = readNmapXml(xml, (host) => {
    hosts.push({ address: addressOf(host), ports: host.ports.map(({ protocol, port }) => ({ protocol, port })) });
  });
  const { complete, scans, args } = summary;
  const total = complete ? { total: summary.hosts.total } : {};
  return { complete, summary, account: { scans, hosts, ...total, ...(args === undefined ? {} : { args }) } };
}

/** What the run came to, for the exit code and the last line. */
export async function conclude(
  order: Order,
  ended: Extract<Report, { kind: "ended" | "failed" }>,
  outputs: Extract<Outcome, { kind: "ran" }>["outputs"],
  fx: Pick<Effects, "store" | "clock">,
): Promise<Outcome> {
  const request = await settle(order.grant.request, fx);
  if (ended.kind === "failed") return { kind: "not-started", request, problem: ended.problem satisfies Problem };
  const { session, ending, exitCode, signal } = ended;
  const stored = await fx.store.result(session);
  if (stored === undefined) throw new Error(`session ${session} ended without a result on record`);
  const { complete, summary } = stored;
  // What is told is what is on record.
  const events = await fx.store.events({ request: request.id });
  const violations = events.flatMap((event) =>
    event.type === "session.violation" && event.data.session === session ? [event.data.because] : [],
  );
  return { kind: "ran", request, session, ending, exitCode, signal, complete, violations, summary, outputs };
}
