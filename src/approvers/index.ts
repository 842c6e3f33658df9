// The registry of approvers: what a policy's `approvers` may name as `type`. To add one: its file, and its line here.
import type { Approver } from "../effects.ts";
import { createPromptApprover, type VotingTerminal } from "./prompt.ts";

/** What approvers are made from. The terminal must be the one that the waiting line is drawn on. */
export interface ApproverParts {
  readonly terminal: VotingTerminal;
}

const makers: ReadonlyMap<string, (parts: ApproverParts) => Approver> = new Map([
  ["prompt", ({ terminal }: ApproverParts) => createPromptApprover(terminal)],
]);

/** The approver of this type, each made once; undefined for a type that this version does not have. */
export function createApprovers(parts: ApproverParts): (type: string) => Approver | undefined {
  const made = new Map<string, Approver>();
  return (type) => {
    const approver = made.get(type) ?? makers.get(type)?.(parts);
    if (approver !== undefined) made.set(type, approver);
    return approver;
  };
}
