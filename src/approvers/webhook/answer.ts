// What a service says, once it is known to be the service: its answer as a closed value. Everything in it is still
// somebody else's text. Pure; the same reading when an answer comes and when its vote is checked again.
import type { SaidByService } from "../../effects.ts";

/** What names the direction inside what is signed: nothing that we sent can come back as an answer. */
export const toService = "to-service";
const fromService = "to-jit-nmap";

const longestReason = 1000;

/** The answer in a signed body of shape `standard`; undefined when it is none. */
export function answerIn(body: string): SaidByService | undefined {
  const message = objectIn(body);
  const data = message?.["data"];
  if (message?.["type"] !== "jit-nmap.answer" || message["direction"] !== fromService || !isObject(data))
    return undefined;
  const { request, digest, nonce, vote, voter, reason } = data;
  if (typeof request !== "string" || typeof digest !== "string" || typeof nonce !== "string") return undefined;
  if (vote !== "approve" && vote !== "deny") return undefined;
  if (voter !== undefined && typeof voter !== "string") return undefined;
  if (reason !== undefined && (typeof reason !== "string" || reason.length > longestReason)) return undefined;
  return {
    ...{ request, digest, nonce, vote },
    ...(voter !== undefined && { voter }),
    ...(reason !== undefined && reason.trim() !== "" && { reason: reason.trim() }),
  };
}

/** Where a service that needs time can be asked again; undefined when the body does not say. */
export function laterIn(
  body: string,
): { readonly request: string; readonly nonce: string; readonly statusUrl: string } | undefined {
  const message = objectIn(body);
  const data = message?.["data"];
  if (message?.["type"] !== "jit-nmap.pending" || message["direction"] !== fromService || !isObject(data))
    return undefined;
  const { request, nonce, status_url: statusUrl } = data;
  if (typeof request !== "string" || typeof nonce !== "string" || typeof statusUrl !== "string") return undefined;
  return { request, nonce, statusUrl };
}

/** What stands behind a button in Slack: the request as it was shown, in one word of at most 2,000 characters. */
export const slackValue = (request: { readonly id: string; readonly digest: string; readonly nonce: string }): string =>
  `${request.id} ${request.digest} ${request.nonce}`;

/** The answer in Slack's form-encoded body: who pressed which of our buttons. */
export function slackAnswerIn(body: string): SaidByService | undefined {
  const payload = objectIn(new URLSearchParams(body).get("payload") ?? "");
  const { type, user, actions } = payload ?? {};
  const [action] = Array.isArray(actions) ? (actions as unknown[]) : [];
  if (type !== "block_actions" || !isObject(user) || !isObject(action)) return undefined;
  const { action_id: name, value } = action;
  const { id: voter } = user;
  if ((name !== "approve" && name !== "deny") || typeof value !== "string" || typeof voter !== "string")
    return undefined;
  const [request, digest, nonce, ...more] = value.split(" ");
  if (request === undefined || digest === undefined || nonce === undefined || more.length > 0) return undefined;
  return { request, digest, nonce, vote: name, voter };
}

function objectIn(text: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return isObject(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === "object" && value !== null && !Array.isArray(value);
