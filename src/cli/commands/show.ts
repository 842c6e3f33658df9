// `jit-nmap show [ID]`: one request whole.
import { extendedTo } from "../../core/approval/extend.ts";
import { frozenWords } from "../../core/approval/freeze.ts";
import { isToBeAccepted } from "../../core/approval/tally.ts";
import { purposeOf } from "../../core/approval/purpose.ts";
import type { Proof } from "../../core/approval/proof.ts";
import type { Request } from "../../core/approval/request.ts";
import { keyFingerprint } from "../../core/approval/ssh-key.ts";
import { escapeText } from "../../core/escape.ts";
import { unreachable } from "../../core/result.ts";
import { formatDuration } from "../../core/time.ts";
import { commandLine, readCommandLine } from "../command-line.ts";
import { deliveryLines } from "../delivery-lines.ts";
import { EXIT } from "../exit-code.ts";
import { requestToShow } from "../find-request.ts";
import { notAsPlanned } from "../find-result.ts";
import { needsVotes } from "../outcome-lines.ts";
import { outputLayout } from "../output-layout.ts";
import { writeOut } from "../output.ts";
import { jsonText } from "../json-text.ts";
import { storyJson, type Story } from "../request-json.ts";
import { revocationText } from "../revocation-text.ts";
import { localTime } from "../show-time.ts";
import { tellProblem } from "../tell.ts";
import { wholeText } from "../whole-request.ts";
import type { RunCommand } from "./index.ts";

export const run: RunCommand = async ({ args, effects, environment }) => {
  const command = commandLine("show", "One request whole: card, votes, sessions, events.")
    .argument("[ID]", "any unique beginning of its id; the one that waits for me, or my latest, when left out")
    .option("--json", "one JSON object");
  const read = readCommandLine<{ json?: true }>(command, args);
  if (read.kind === "done") return read.code;
  const fx = await effects();
  const found = await requestToShow(read.operands[0], fx);
  if (!found.ok) return tellProblem(found.error);
  const request = found.value;
  const [votes, sessions, events, deliveries] = await Promise.all([
    fx.store.votes(request.id),
    fx.store.sessions(request.id),
    fx.store.events({ request: request.id }),
    fx.store.outbox.of(request.id),
  ]);
  const story = { request, votes, sessions, events, deliveries };
  if (read.options.json === true) {
    writeOut(jsonText(storyJson(story)));
    return EXIT.ok;
  }
  const frozen = request.state === "approved" ? await fx.store.freeze() : undefined;
  const notNow = frozen === undefined ? [] : [escapeText(`${frozenWords(frozen)}; nothing starts`)];
  writeOut(
    `${[wholeText(request, outputLayout(environment)), ...storyLines(story, deliveryLines(deliveries, fx.clock.now()), notNow)].join("\n")}\n`,
  );
  return EXIT.ok;
};

function storyLines(
  { request, votes, sessions, events }: Story,
  messages: readonly string[],
  notNow: readonly string[],
): readonly string[] {
  return [
    ...votes.map(({ voter, answer, strength, via, reason, proof, version, castAt }) =>
      escapeText(
        `${localTime(castAt)}  ${voter}: ${answer}${reason === undefined ? "" : `, ${reason}`} (${strength}${provedBy(proof)}, by ${via}${version === request.version ? "" : `, on version ${version}`})`,
      ),
    ),
    ...sessions.map(({ id, level, ttlSeconds, startedAt, end }) => {
      const box = formatDuration(extendedTo(id, events) ?? ttlSeconds);
      const ended =
        end === undefined
          ? "has not ended"
          : `${end.ending} after ${formatDuration((end.endedAt - startedAt) / 1000)}, ${end.signal ?? `code ${end.exitCode ?? "none"}`}`;
      const doubt = notAsPlanned(id, events).length === 0 ? "" : "; don't rely on its result";
      return escapeText(`${localTime(startedAt)}  session ${id} (${level}, time box ${box}): ${ended}${doubt}`);
    }),
    ...messages,
    ...(votes.length + sessions.length + messages.length > 0 ? [""] : []),
    ...events.map((event) => {
      const { seq, time, type, actor, data } = event;
      const why = "because" in data && data.because !== "" ? `: ${data.because}` : "";
      const taken = event.type === "credentials.revoked" ? `: ${revocationText(event.data)}` : "";
      return escapeText(`${localTime(Date.parse(time))}  ${type} by ${actor}${why}${taken} (#${seq})`);
    }),
    "",
    `request ${request.id}, version ${request.version}`,
    escapeText(`digest ${request.digest}`),
    ...notNow,
    escapeText(stateLine(request, sessions.length > 0)),
  ];
}

function provedBy(proof: Proof | undefined): string {
  switch (proof?.kind) {
    case undefined:
      return "";
    case "sshsig":
      return ` with ${keyFingerprint(proof.key)}`;
    case "passkey":
      return " with a passkey";
    case "webhook":
      return ` by the service ${proof.service}`;
    case "session":
      return ", signed in";
    case "code":
      return ", with the code";
    default:
      return unreachable(proof);
  }
}

/** The decisive line last, with what to type next. */
function stateLine(request: Request, ran: boolean): string {
  const { id } = request;
  const why = "because" in request && request.because !== "" ? `: ${request.because}` : "";
  switch (request.state) {
    case "pending":
      if (isToBeAccepted(request)) {
        return `an approver left less of it: waits for ${request.requester.name} to look at it and run it, until ${localTime(request.answerBy)}: jit-nmap run ${id}`;
      }
      return needsVotes(request)
        ? `waits for votes until ${localTime(request.answerBy)}: jit-nmap wait ${id}`
        : `waits to be confirmed at a terminal: jit-nmap run ${id}`;
    case "approved":
      if (purposeOf(request, "standing") !== undefined) return `approved: holds until ${localTime(request.startBy)}`;
      if (request.notBefore !== undefined) {
        return `approved, to be started from ${localTime(request.notBefore)} to ${localTime(request.startBy)}: jit-nmap run ${id}`;
      }
      return `approved, to be started by ${localTime(request.startBy)}: jit-nmap run ${id}`;
    case "denied":
      return `denied by ${request.effect === "deny" ? "policy" : request.by}${why}`;
    case "finished":
    case "failed":
    case "killed":
    case "revoked":
      return ran ? `${request.state}${why}; jit-nmap results ${id}` : `${request.state}${why}; nothing ran`;
    case "cancelled":
    case "expired":
    case "lapsed":
      return `${request.state}: ask again with the same line`;
    case "claimed":
    case "running":
      return request.state;
    default:
      return unreachable(request);
  }
}
