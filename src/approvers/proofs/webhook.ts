// Checks the vote of a service again: by the key that config.yaml has now, against the person that the policy names now.
// A shared secret proves that the service, or we, wrote it; an Ed25519 key proves that the service did.
import type { WebhookProof } from "../../core/approval/proof.ts";
import type { VoteStrength } from "../../core/policy/decision.ts";
import { err, ok, type Problem, type Result } from "../../core/result.ts";
import type { Claim, ConfigSource } from "../../effects.ts";
import { CouldNotAsk } from "../could-not-ask.ts";
import { theirKey } from "../webhook/keys.ts";
import { isStillProven, saidIn } from "../webhook/read-call.ts";
import { rawPublicKey } from "../webhook/signing.ts";

type Checked = Result<VoteStrength, Problem<"proof-wrong" | "proof-unchecked">>;

export async function checkWebhook(proof: WebhookProof, claim: Claim, config: ConfigSource): Promise<Checked> {
  const wrong = (message: string): Checked => err({ code: "proof-wrong", message });
  const { request, vote, policy } = claim;
  const approver = policy.approvers.get(vote.via);
  if (approver?.type !== "webhook" || approver.service !== proof.service)
    return wrong(`the policy does not ask the service ${proof.service} through ${vote.via}`);
  const configuration = await config.load();
  const service = configuration.ok ? configuration.value.webhooks.get(proof.service) : undefined;
  if (service === undefined)
    return err({ code: "proof-unchecked", message: `the service ${proof.service} is not configured` });
  try {
    const key = await theirKey(service, config);
    if (key === undefined || !isStillProven(proof, key, service))
      return wrong(`the answer is not signed by the service ${service.name}`);
    if (key.kind === "public" && proof.publicKey !== rawPublicKey(key.key))
      return wrong(`the answer names another key than the service ${service.name} has`);
    const said = saidIn(proof.body, service);
    const isAboutIt = said?.request === request.id && said.digest === request.digest && said.nonce === request.nonce;
    if (!isAboutIt || said.vote !== vote.answer || said.reason !== vote.reason)
      return wrong("the signed answer is another than this vote");
    const people = new Map(Object.entries(approver.voters ?? {}));
    const itself = approver.speaksFor === "service" ? `service:${service.name}` : undefined;
    if ((said.voter === undefined ? itself : people.get(said.voter)) !== vote.voter)
      return wrong(`the policy does not know ${vote.voter} as who answered there`);
    return ok(key.kind === "public" ? "signed" : "asserted");
  } catch (cause) {
    if (!(cause instanceof CouldNotAsk)) throw cause;
    return err({ code: "proof-unchecked", message: cause.message });
  }
}
