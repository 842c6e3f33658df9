// A service calls about a request that it was asked: who it is, whether the answer is to what is asked now, and what
// becomes of it. What comes back to it is a status of HTTP and one word, the same for all that is wrong with a signature.
import type { Request } from "../core/approval/request.ts";
import type { Approver as NamedApprover, Policy } from "../core/policy/policy.ts";
import { unreachable } from "../core/result.ts";
import type { Call, Effects, SaidByService } from "../effects.ts";
import type { Ballot, Counted } from "../messages.ts";
import { castVote } from "./votes.ts";

/** `state`: of the request, where the caller has proved to be the service. */
export interface CallAnswer {
  readonly status: 200 | 401 | 403 | 409 | 410 | 503;
  readonly body: { readonly result: string; readonly state?: Request["state"] };
}

const unknown: CallAnswer = { status: 401, body: { result: "unauthorized" } };
const answer = (status: CallAnswer["status"], result: string, request?: Request): CallAnswer => ({
  status,
  body: { result, ...(request !== undefined && { state: request.state }) },
});

/**
 * Judges a call and counts the vote in it.
 *
 * 200 counted, or the same vote once more; 401 not proved to be the service's; 403 not entitled; 409 another answer
 * than was given, or to something else than is asked now; 410 too late; 503 nothing can be counted now.
 *
 * @param name  the service, as the caller's address says it: untrusted like the rest.
 */
export async function receiveCall(name: string, call: Call, fx: Effects): Promise<CallAnswer> {
  const configuration = await fx.config.load();
  const service = configuration.ok ? configuration.value.webhooks.get(name) : undefined;
  const read = service === undefined ? undefined : await fx.callbacks.read(service, call, fx.clock.now());
  if (read === undefined) return unknown;
  const { said, proof } = read;
  const policy = await fx.policy.load();
  if (!policy.ok) return answer(503, "policy-unusable");
  const found = await fx.store.findRequest(said.request);
  // From here on the caller is the service: it may know what became of its own question.
  if (found.kind !== "found" || found.request.id !== said.request) return answer(409, "wrong-request");
  const { request } = found;
  if (said.nonce !== request.nonce || said.digest !== request.digest) return answer(409, "wrong-request");
  const via = askedThrough(request, name, policy.value);
  const voter = via === undefined ? undefined : voterOf(said, via);
  if (via === undefined || voter === undefined) return answer(403, "not-entitled");

  const own = (await fx.store.votes(request.id)).filter((vote) => vote.version === request.version);
  const sent = own.find(
    (vote) => vote.proof?.kind === "webhook" && vote.proof.id === proof.id && vote.via === via.name,
  );
  if (sent !== undefined && (sent.voter !== voter || sent.answer !== said.vote)) return answer(409, "id-used", request);
  const before = own.findLast((vote) => vote.voter === voter && vote.answer !== "confirm");
  if (before?.answer === said.vote) return answer(200, "counted", request);
  if (before !== undefined && request.state !== "pending") return answer(409, "voted-otherwise", request);
  const ballot: Ballot = {
    ...{ request: request.id, digest: said.digest, voter, answer: said.vote, via: via.name, proof },
    strength: "asserted",
    ...(said.reason !== undefined && { reason: said.reason }),
  };
  return answerTo(await castVote(ballot, fx), request);
}

/** The approver of this service through which the request is asked. */
function askedThrough(request: Request, service: string, policy: Policy): NamedApprover | undefined {
  const names = request.requires.flatMap((requirement) => ("via" in requirement ? requirement.via : []));
  return names
    .map((name) => policy.approvers.get(name))
    .find((approver) => approver?.type === "webhook" && approver.service === service);
}

function voterOf({ voter }: SaidByService, { voters = {}, speaksFor, service }: NamedApprover): string | undefined {
  if (voter === undefined) return speaksFor === "service" && service !== undefined ? `service:${service}` : undefined;
  return new Map(Object.entries(voters)).get(voter);
}

function answerTo(counted: Counted, request: Request): CallAnswer {
  switch (counted.kind) {
    case "counted":
      return answer(200, "counted", counted.request);
    case "too-late":
      return answer(410, "too-late", counted.request);
    case "refused":
      switch (counted.problem.code) {
        case "already-voted":
          return answer(200, "counted", request);
        case "wrong-digest":
          return answer(409, "wrong-request", request);
        case "policy-unusable":
        case "over-limit":
          return answer(503, counted.problem.code, request);
        default:
          return answer(403, "not-entitled", request);
      }
    default:
      return unreachable(counted);
  }
}
