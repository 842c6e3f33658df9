// What proves a vote, kept with it: in the record, in the trail, and good enough for anybody to check again years later
// without this program. Types only: each kind is checked by its file in approvers/proofs/.

/** An SSHSIG over the vote's text (vote-text.ts), namespace `jit-nmap-vote@v1`. */
export interface SshProof {
  readonly kind: "sshsig";
  /** The public key as the policy has it, without its comment: `ssh-ed25519 AAAA…`. */
  readonly key: string;
  /** Armoured, as `ssh-keygen -Y sign` writes it. */
  readonly signature: string;
}

/** A WebAuthn assertion whose challenge is the SHA-256 of the vote's text. All bytes as base64url without padding. */
export interface PasskeyProof {
  readonly kind: "passkey";
  /** The credential's id. */
  readonly credential: string;
  /** COSE form, as it was registered. */
  readonly publicKey: string;
  readonly rpId: string;
  readonly origin: string;
  readonly authenticatorData: string;
  readonly clientDataJSON: string;
  readonly signature: string;
}

/** A signed answer of a service (Standard Webhooks), byte for byte. */
export interface WebhookProof {
  readonly kind: "webhook";
  /** The service, as the configuration knows it. */
  readonly service: string;
  /** `webhook-id`, `webhook-timestamp` (seconds since the epoch), and the one signature that was checked: `v1,…` or `v1a,…`. */
  readonly id: string;
  readonly timestamp: string;
  readonly signature: string;
  /** Ed25519, base64: of a `v1a` signature, which anybody can check again. */
  readonly publicKey?: string;
  readonly body: string;
}

/** A page on which the voter had signed in. Nobody can check it later: it is what the page saw. */
export interface SessionProof {
  readonly kind: "session";
  /** Which sign-in: never the secret itself. */
  readonly session: string;
  readonly how: "link" | "passkey";
}

/** The voter typed the confirm code, which only the requester had seen. The code itself is kept nowhere. */
export interface CodeProof {
  readonly kind: "code";
}

export type Proof = SshProof | PasskeyProof | WebhookProof | SessionProof | CodeProof;
