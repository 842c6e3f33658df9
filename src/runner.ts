// The runner: takes one order, checks it against its ceiling, renders nmap's command itself, and starts nothing that
// the broker has not put on disk first. It knows no policy and opens no database.
import { digestOfDocument } from "./core/plan/digest.ts";
import { fromDocument } from "./core/plan/document.ts";
import { environment, renderArgv, targetsFile } from "./core/plan/render.ts";
import type { ScanPlan } from "./core/plan/scan-plan.ts";
import { literalOutputName } from "./core/results/output-name.ts";
import type { Launch, RunningSession, SessionHost } from "./effects.ts";
import type { Order, Report } from "./messages.ts";

/** No order may ask for more, whatever policy says. */
export const ceiling = { ttlSeconds: 7 * 24 * 3600 };

/** Subscribes to whatever may end a session early, or let it last longer; returns the unsubscriber. */
export type Stops = (session: Pick<RunningSession, "stop" | "extend">) => () => void;

export type Ended = Extract<Report, { kind: "ended" | "failed" }>;

/**
 * Runs one order to its end. Resolves when nmap and everything of its session are gone and the trail says so.
 *
 * @param meanwhile  called once nmap runs: what is needed after its end can be loaded in its time.
 */
export async function execute(
  order: Order,
  acknowledge: (report: Report) => Promise<void>,
  stops: Stops,
  host: SessionHost,
  meanwhile: () => void,
): Promise<Ended> {
  const { session } = order;
  const failed = async (code: string, message: string): Promise<Ended> => {
    const report: Ended = { kind: "failed", session, problem: { code, message } };
    await acknowledge(report);
    return report;
  };
  if (digestOfDocument(order.plan) !== order.grant.planDigest) {
    return failed("plan-changed", "the plan is not the one that the grant was issued for");
  }
  const ttlSeconds = Math.min(order.ttlSeconds, order.grant.ttlSeconds);
  if (!(ttlSeconds >= 1 && ttlSeconds <= ceiling.ttlSeconds)) {
    return failed("ttl-above-ceiling", `a time box of ${ttlSeconds} s is outside 1 s to ${ceiling.ttlSeconds} s`);
  }
  const plan = fromDocument(order.plan);
  const data = plan.nmap.data === undefined ? undefined : await host.data(plan.nmap.data.hash);
  if (data?.ok === false) return failed(data.error.code, data.error.message);
  const files = await host.prepare(session);
  // nmap expands `%` in the names of its output files, also in the folders before them.
  const argv = renderArgv(plan, {
    xml: literalOutputName(files.xml),
    normal: literalOutputName(files.normal),
    grepable: literalOutputName(files.grepable),
    targets: files.targets,
    ...(data === undefined ? {} : { data: data.value }),
  });
  const targets = targetsFile(plan);
  if (targets !== undefined) await host.putTargets(session, targets);
  // Shell and guard start while the trail is written; nmap itself only when that is on disk.
  const staged = await host.stage({ session, argv, env: environment(), ttlSeconds, stdout: stdoutOf(plan) });
  if (!staged.ok) {
    await host.discard(session);
    return failed(staged.error.code, staged.error.message);
  }
  try {
    await acknowledge({ kind: "starting", session, argv, privileged: plan.privileged });
  } catch (cause) {
    await staged.value.drop();
    await host.discard(session);
    throw cause;
  }
  const started = await staged.value.open();
  if (!started.ok) {
    await host.discard(session);
    return failed(started.error.code, started.error.message);
  }
  meanwhile();
  const unsubscribe = stops(started.value);
  const end = await started.value.ended;
  unsubscribe();
  const report: Ended = {
    kind: "ended",
    session,
    ...end,
    xml: await host.read(session, "xml"),
    violations: [],
    revoked: ["grant", "processes"],
  };
  await acknowledge(report);
  return report;
}

function stdoutOf(plan: ScanPlan): Launch["stdout"] {
  return plan.outputs.some((output) => output.format === "xml" && output.path === "-") ? "tee" : "inherit";
}
