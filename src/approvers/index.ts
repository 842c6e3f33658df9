// The registry of approvers: what a policy's `approvers` may name as `type`. To add one: its file, and its line here.
// Each is loaded when it is asked.
import { missingFor, needsConfiguration } from "../core/configuration/reach.ts";
import type { Approver as NamedApprover } from "../core/policy/policy.ts";
import { err, ok } from "../core/result.ts";
import type { Problem, Result } from "../core/result.ts";
import type { Approver, Clock, ConfigSource, Proofs } from "../effects.ts";
import { createPromptApprover, type VotingTerminal } from "./prompt.ts";

/** What approvers are made from. The terminal must be the one that the waiting line is drawn on. */
export interface ApproverParts {
  readonly terminal: VotingTerminal;
  readonly config: ConfigSource;
  readonly clock: Clock;
  readonly sign: Proofs["sign"];
}

/** Makes the approver that the policy names so; a problem where config.yaml does not have what it needs. */
export function createApprovers({ terminal, config, clock, sign }: ApproverParts) {
  return async (named: NamedApprover): Promise<Result<Approver, Problem>> => {
    if (!needsConfiguration(named)) return ok(createPromptApprover(terminal, sign));
    const configuration = await config.load();
    if (!configuration.ok) {
      const [first] = configuration.error;
      return err(first ?? { code: "config-unusable", message: "config.yaml can't be used" });
    }
    const missing = missingFor(named, configuration.value);
    if (missing !== undefined) return err(missing);
    const { smtp, webhooks } = configuration.value;
    const service = webhooks.get(named.service ?? "");
    if (named.type === "email" && smtp !== undefined)
      return ok((await import("./email.ts")).createEmailApprover(smtp, config));
    if (named.type === "webhook" && service !== undefined) {
      const { createWebhookApprover } = await import("./webhook/webhook.ts");
      return ok(createWebhookApprover(named, { service, config, clock }));
    }
    throw new Error(`an approver of type ${named.type} that lacks nothing can't be made`);
  };
}
