// `jit-nmap delegate [LOGIN]`: hands my vote to somebody while I am away; without a name, lists who votes in whose place.
import { setDelegation } from "../../broker/delegate.ts";
import { delegatesAt } from "../../core/policy/delegates.ts";
import { parseDuration, time } from "../../core/time.ts";
import type { Effects } from "../../effects.ts";
import { commandLine, readCommandLine } from "../command-line.ts";
import { EXIT } from "../exit-code.ts";
import { jsonText } from "../json-text.ts";
import { ourLine, writeErr, writeOut } from "../output.ts";
import { outputLayout } from "../output-layout.ts";
import { localTime } from "../show-time.ts";
import { tableText, tsvText } from "../table.ts";
import { tellProblem } from "../tell.ts";
import { whenHint, whenOf } from "../when.ts";
import type { RunCommand } from "./index.ts";

interface Options {
  readonly until?: string;
  readonly end?: true;
  readonly json?: true;
}

const codes: ReadonlyMap<string, number> = new Map([
  ["not-entitled", EXIT.denied],
  ["policy-unusable", EXIT.misconfigured],
]);

export const run: RunCommand = async ({ args, effects, environment }) => {
  const command = commandLine("delegate", "Hands my vote to somebody while I am away; without a name, lists those.")
    .argument("[LOGIN]", "who votes in my place, beside me")
    .option("--until <time>", "how long: 3d, 22:00, or RFC 3339; at most 31 days")
    .option("--end", "take it back")
    .option("--json", "the list as one JSON object")
    .addHelpText(
      "after",
      "\nA delegate votes under the own name and counts once. Where a rule wants signed votes, only delegates: in the\npolicy counts. Exit code: 0, 77 no vote to hand on.",
    );
  const read = readCommandLine<Options>(command, args);
  if (read.kind === "done") return read.code;
  const fx = await effects();
  const { until, end, json } = read.options;
  const [to] = read.operands;
  if (to === undefined && end === undefined) return list(json === true, environment, fx);
  const who = fx.facts.requester();
  if (end === true) {
    if (to !== undefined || until !== undefined) return usage("--end stands alone: a person has one delegate");
    const problem = await setDelegation(who, undefined, fx);
    if (problem !== undefined) return tellProblem(problem, codes.get(problem.code));
    writeErr(ourLine("note", `nobody votes in the place of ${who.name} any more`));
    return EXIT.ok;
  }
  if (to === undefined || until === undefined) return usage("--until says how long");
  const now = fx.clock.now();
  const duration = parseDuration(until);
  const at = duration.ok ? now + duration.value * 1000 : whenOf(until, now);
  if (at === undefined) return usage("--until: that is no time", `3d, or ${whenHint.replace("write it as ", "")}`);
  const problem = await setDelegation(who, { to, until: at }, fx);
  if (problem !== undefined) return tellProblem(problem, codes.get(problem.code));
  writeErr(ourLine("note", `${to} votes in the place of ${who.name} until ${localTime(at)}`));
  return EXIT.ok;
};

const usage = (message: string, hint = "jit-nmap delegate --help"): number =>
  tellProblem({ code: "delegate-usage", message, hint });

async function list(
  json: boolean,
  environment: Parameters<typeof outputLayout>[0],
  fx: Pick<Effects, "store" | "clock" | "policy">,
): Promise<number> {
  const now = fx.clock.now();
  const policy = await fx.policy.load();
  const said = (await fx.store.delegations()).filter((delegation) => delegation.until > now);
  const written = policy.ok ? [...delegatesAt(policy.value, now)] : [];
  const all = [
    ...said.map(({ from, to, until }) => ({ from, to, until: time(until), by: "delegate" })),
    ...written.map(([from, to]) => ({
      from,
      to,
      until: (policy.ok ? policy.value.delegates.get(from)?.until : undefined) ?? "",
      by: "policy",
    })),
  ];
  if (json) {
    writeOut(jsonText({ schema: 1, delegations: all }));
    return EXIT.ok;
  }
  const { terminal, columns } = outputLayout(environment);
  if (all.length === 0 && terminal) writeErr(ourLine("note", "nobody votes in somebody else's place"));
  const rows = all.map(({ from, to, until, by }) => [from, to, until, by]);
  if (rows.length > 0) writeOut(terminal ? tableText(["WHO", "BY", "UNTIL", "SAID"], rows, columns) : tsvText(rows));
  return EXIT.ok;
}
