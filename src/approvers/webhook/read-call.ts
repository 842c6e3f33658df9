// What reached us from a service, checked: signed by its own key, and not long ago. The same for an answer at once, a
// call later, and a vote that is checked again when its grant is used.
import type { WebhookProof } from "../../core/approval/proof.ts";
import type { WebhookService } from "../../core/configuration/configuration.ts";
import type { Call, Callbacks, ConfigSource, SaidByService } from "../../effects.ts";
import { answerIn, slackAnswerIn } from "./answer.ts";
import { theirKey } from "./keys.ts";
import { findSignature, isSlackSignature, isTimely, rawPublicKey, type Key } from "./signing.ts";

/** What proves a call; undefined for one that nothing proves, or that is too old or from the future. */
export function provenCall(call: Call, key: Key, service: WebhookService, now: number): WebhookProof | undefined {
  const isSlack = service.shape === "slack";
  const timestamp = call.header(isSlack ? "x-slack-request-timestamp" : "webhook-timestamp") ?? "";
  if (!isTimely(timestamp, now)) return undefined;
  const { body } = call;
  if (isSlack) {
    const signature = call.header("x-slack-signature") ?? "";
    if (!isSlackSignature({ timestamp, body }, signature, key)) return undefined;
    return { kind: "webhook", service: service.name, id: signature, timestamp, signature, body };
  }
  const id = call.header("webhook-id") ?? "";
  const signature = findSignature({ id, timestamp, body }, call.header("webhook-signature") ?? "", key);
  if (signature === undefined) return undefined;
  const publicKey = key.kind === "public" ? { publicKey: rawPublicKey(key.key) } : {};
  return { kind: "webhook", service: service.name, id, timestamp, signature, ...publicKey, body };
}

/** Whether the proof still is the service's, whenever it was made. */
export function isStillProven(
  { id, timestamp, signature, body }: WebhookProof,
  key: Key,
  { shape }: WebhookService,
): boolean {
  return shape === "slack"
    ? isSlackSignature({ timestamp, body }, signature, key)
    : findSignature({ id, timestamp, body }, signature, key) === signature;
}

/** What a proven body says. */
export const saidIn = (body: string, { shape }: WebhookService): SaidByService | undefined =>
  shape === "slack" ? slackAnswerIn(body) : answerIn(body);

export function createCallbacks(config: Pick<ConfigSource, "secret">): Callbacks {
  return {
    async read(service, call, now) {
      try {
        const key = await theirKey(service, config);
        const proof = key === undefined ? undefined : provenCall(call, key, service, now);
        const said = proof === undefined ? undefined : saidIn(proof.body, service);
        return proof === undefined || said === undefined ? undefined : { proof, said };
      } catch {
        // A key that can't be read proves nothing; `doctor` and the waiting command say so.
        return undefined;
      }
    },
  };
}
