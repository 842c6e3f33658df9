// `jit-nmap wait [ID]`: blocks until a request is decided. Ctrl-C only ends the waiting: taking back is `cancel`.
import { isScan } from "../../core/approval/purpose.ts";
import type { Request } from "../../core/approval/request.ts";
import { isToBeAccepted } from "../../core/approval/tally.ts";
import { parseDuration } from "../../core/time.ts";
import type { Effects } from "../../effects.ts";
import type { Opened, Outcome } from "../../messages.ts";
import { wait } from "../../pipeline.ts";
import { commandLine, readCommandLine } from "../command-line.ts";
import { EXIT } from "../exit-code.ts";
import { myRequest } from "../find-request.ts";
import { sendMessages } from "../messages-out.ts";
import { ourLine, writeErr } from "../output.ts";
import { durationHint } from "../own-options.ts";
import { localTime } from "../show-time.ts";
import { untilStart } from "../until-start.ts";
import { tellOutcome, tellProblem } from "../tell.ts";
import type { RunCommand } from "./index.ts";

export const run: RunCommand = async ({ args, effects }) => {
  const command = commandLine("wait", "Blocks until a request is decided.")
    .argument("[ID]", "any unique beginning of its id; my latest when left out")
    .option("--for <duration>", "give up after this long, with 75")
    .option("--until <what>", "decided (what it waits for without this), or start: when it may be run, too")
    .addHelpText(
      "after",
      "\nExit code: 0 approved, 75 still waiting, 77 denied, 79 expired or taken back, 80 revoked.\nA scan that is approved for later: jit-nmap wait ID --until start && jit-nmap run ID",
    );
  const read = readCommandLine<{ for?: string; until?: string }>(command, args);
  if (read.kind === "done") return read.code;
  const { until = "decided" } = read.options;
  if (until !== "decided" && until !== "start")
    return tellProblem({ code: "wait-usage", message: "--until takes decided or start", hint: "jit-nmap wait --help" });
  const patience = read.options.for === undefined ? undefined : parseDuration(read.options.for);
  if (patience?.ok === false) return tellProblem({ ...patience.error, hint: durationHint });
  const fx = await effects();
  const found = await myRequest(read.operands[0], fx);
  if (!found.ok) return tellProblem(found.error);
  const request = found.value;
  const untilExpiry = Math.max(1, Math.ceil((request.answerBy - fx.clock.now()) / 1000) + 1);
  const begun = fx.clock.now();
  const decided = await wait(request.id, { waitSeconds: patience?.value ?? untilExpiry }, onlyWaiting(fx));
  const deadline = patience === undefined ? Number.POSITIVE_INFINITY : begun + patience.value * 1000;
  const answer = decided.kind === "opened" && until === "start" ? await untilStart(request.id, deadline, fx) : decided;
  const code = tell(answer, request, fx.clock.now());
  await sendMessages(answer, fx);
  return code;
};

/** Waiting asks nobody anything and takes nothing back: another terminal, or nobody, may be the requester's. */
function onlyWaiting(fx: Effects): Effects {
  return {
    places: fx.places,
    clock: fx.clock,
    uptime: fx.uptime,
    random: fx.random,
    facts: fx.facts,
    policy: fx.policy,
    drafts: fx.drafts,
    config: fx.config,
    callbacks: fx.callbacks,
    store: fx.store,
    runner: fx.runner,
    inputs: fx.inputs,
    outputs: fx.outputs,
    asked: fx.asked,
    approver: (named) => fx.approver(named),
    proofs: fx.proofs,
    person: {
      present: false,
      confirm: () => Promise.resolve(undefined),
      accept: () => Promise.resolve(undefined),
      ring: () => undefined,
      askReason: () => Promise.resolve(undefined),
      showWaiting: () => {
        // No terminal here: a script waits.
      },
      showRunning: () => {
        // Nothing runs here.
      },
      say: (level, text) => {
        fx.person.say(level, text);
      },
      onSignal: (callback) =>
        fx.person.onSignal((signal) => {
          callback(signal === "interrupt" ? "hangup" : signal);
        }),
    },
  };
}

function tell(answer: Opened | Outcome, request: Request, now: number): number {
  const { id } = request;
  if (answer.kind === "opened") {
    const { notBefore } = answer.request;
    const isLater = notBefore !== undefined && now < notBefore;
    const when = isLater ? ` for ${localTime(notBefore)}; when it may start is waited for by --until start` : "";
    const next = isScan(answer.request) && !isLater ? `: jit-nmap run ${id}` : "";
    writeErr(ourLine("note", `${id} is approved${when}${next}`));
    return EXIT.ok;
  }
  if (answer.kind === "used") {
    writeErr(ourLine("note", `${id} was approved and has been used: jit-nmap results ${id}`));
    return EXIT.ok;
  }
  // What it waits for is then the requester's own word, and waiting longer brings nothing.
  if (answer.kind === "waiting" && isToBeAccepted(answer.request)) return tellOutcome(answer);
  if (answer.kind === "waiting" && answer.because === "too-early") return tellOutcome(answer);
  if (answer.kind === "waiting") {
    writeErr(ourLine("note", `${id} still waits: jit-nmap wait ${id}`));
    return EXIT.waiting;
  }
  if (answer.kind === "cancelled") {
    writeErr(ourLine("error", `request ${id} was taken back`));
    return EXIT.askAgain;
  }
  return tellOutcome(answer);
}
