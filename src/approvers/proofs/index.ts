// The registry of what proves a vote: each kind with the file that checks it, loaded when one is met. To add one: its
// type in core/approval/proof.ts, its file, and its line here.
import type { Proof } from "../../core/approval/proof.ts";
import { ok, unreachable } from "../../core/result.ts";
import type { Claim, ConfigSource, Proofs } from "../../effects.ts";
import type { KeptPasskey } from "./passkey.ts";
import type { SshOptions } from "./ssh.ts";

/** What the checks are made from. */
export interface ProofParts {
  readonly ssh: SshOptions;
  /** Where the keys of services stand. */
  readonly config: ConfigSource;
  /** The passkey of this id that is kept now; a vote by one that was removed since proves nothing any more. */
  readonly passkey: (id: string) => Promise<KeptPasskey | undefined>;
}

export function createProofs({ ssh, config, passkey }: ProofParts): Proofs {
  return {
    async check(proof: Proof, claim: Claim) {
      switch (proof.kind) {
        case "sshsig":
          return (await import("./ssh.ts")).checkSsh(proof, claim);
        case "passkey":
          return (await import("./passkey.ts")).checkPasskey(proof, claim, await passkey(proof.credential));
        case "webhook":
          return (await import("./webhook.ts")).checkWebhook(proof, claim, config);
        // What the page saw, and what the broker compared: there is nothing in it that could be checked again.
        case "session":
          return ok("account");
        case "code":
          return ok("asserted");
        default:
          return unreachable(proof);
      }
    },
    async cannotSign(keys, file) {
      return (await import("./ssh.ts")).keyProblem(keys, file);
    },
    async sign(text, keys, file) {
      return (await import("./ssh.ts")).signSsh(text, keys, { ...ssh, ...(file !== undefined && { file }) });
    },
  };
}
