// Passkeys by @simplewebauthn/server: what a browser is asked for, and what its answer is worth. The library is loaded
// when the first one is touched. A user must be verified (finger, face, PIN): a stolen key alone is nobody.
import { voteChallenge, voteText } from "../core/approval/vote-text.ts";
import type { Passkey } from "../core/approval/access.ts";
import type { PasskeyProof } from "../core/approval/proof.ts";
import { isTrailFailure } from "../core/audit/trail-failure.ts";
import { err, ok, type Problem, type Result } from "../core/result.ts";
import type { Effects } from "../effects.ts";
import type { Prepared } from "./ballots.ts";
import type { Door } from "./doors.ts";
import type { PageContext } from "./serving.ts";

const library = () => import("@simplewebauthn/server");
type Library = Awaited<ReturnType<typeof library>>;
type Assertion = Parameters<Library["verifyAuthenticationResponse"]>[0]["response"];
type Registration = Parameters<Library["verifyRegistrationResponse"]>[0]["response"];

/** A door under a name: passkeys are made for names only. */
export type NamedDoor = Door & { readonly rpId: string };

export const isNamed = (door: Door): door is NamedDoor => door.rpId !== undefined;

/** Whether a passkey of theirs can be touched here. */
export async function hasPasskey(c: PageContext, person: string, fx: Pick<Effects, "store">): Promise<boolean> {
  return isNamed(c.get("door")) && (await fx.store.access.passkeys(person)).length > 0;
}

const refused = (message: string): Result<never, Problem<"passkey-refused">> =>
  err({ code: "passkey-refused", message });

/** What the browser needs to touch one of these keys; none named: any that it has for this page. */
export async function touchOptions(door: NamedDoor, challenge: string, keys: readonly Passkey[]): Promise<object> {
  const { generateAuthenticationOptions } = await library();
  const options = await generateAuthenticationOptions({
    rpID: door.rpId,
    challenge: Buffer.from(challenge, "base64url"),
    userVerification: "required",
    allowCredentials: keys.map(({ id, transports }) => ({ id, transports: transports as never })),
  });
  return options;
}

/** What is signed is the vote itself, so nothing has to be remembered between question and answer. */
export function challengeOf({ asked, ballot }: Prepared): string {
  const { voter, answer, reason } = ballot;
  return voteChallenge(voteText(asked, { voter, answer, ...(reason !== undefined && { reason }) }));
}

/** The key that was touched, if it was ours, for this challenge, here. Its count of uses goes on with it. */
export async function touched(
  door: NamedDoor,
  response: unknown,
  expectedChallenge: string | ((challenge: string) => boolean),
  fx: Pick<Effects, "store">,
): Promise<Result<{ readonly passkey: Passkey; readonly proof: PasskeyProof }, Problem<"passkey-refused">>> {
  const assertion = assertionOf(response);
  const passkey = assertion && (await fx.store.access.passkey(assertion.id));
  if (assertion === undefined || passkey === undefined) return refused("This passkey is not one of ours.");
  const { verifyAuthenticationResponse } = await library();
  const { id, publicKey, counter } = passkey;
  try {
    const done = await verifyAuthenticationResponse({
      response: assertion,
      expectedChallenge,
      expectedOrigin: door.origin,
      expectedRPID: door.rpId,
      requireUserVerification: true,
      credential: { id, publicKey: new Uint8Array(Buffer.from(publicKey, "base64url")), counter },
    });
    if (!done.verified) return refused("The passkey's answer does not fit; nothing was done.");
    if (!(await fx.store.access.passkeyUsed(id, done.authenticationInfo.newCounter))) {
      return refused("This passkey may have been copied: its count did not go on. Remove it and add it anew.");
    }
  } catch (cause) {
    // The library throws for whatever does not fit in an answer; a failing store is its own matter.
    if (isTrailFailure(cause)) throw cause;
    return refused("The passkey's answer does not fit; nothing was done.");
  }
  const { authenticatorData, clientDataJSON, signature } = assertion.response;
  const said = { authenticatorData, clientDataJSON, signature };
  return ok({
    passkey,
    proof: { kind: "passkey", credential: id, publicKey, rpId: door.rpId, origin: door.origin, ...said },
  });
}

export async function additionOptions(door: NamedDoor, person: string, known: readonly Passkey[]) {
  const { generateRegistrationOptions } = await library();
  return generateRegistrationOptions({
    rpName: "jit-nmap",
    rpID: door.rpId,
    userName: person,
    userID: new TextEncoder().encode(person),
    attestationType: "none",
    // What a vote can be checked with later (approvers/proofs/cose-key.ts): ES256, EdDSA, RS256.
    supportedAlgorithmIDs: [-7, -8, -257],
    excludeCredentials: known.map(({ id, transports }) => ({ id, transports: transports as never })),
    authenticatorSelection: { residentKey: "required", userVerification: "required" },
  });
}

export async function added(
  door: NamedDoor,
  person: string,
  response: unknown,
  isOurs: (challenge: string) => boolean,
  now: number,
): Promise<Result<Passkey, Problem<"passkey-refused">>> {
  if (typeof response !== "object" || response === null) return refused("This is no passkey.");
  const { verifyRegistrationResponse } = await library();
  try {
    const done = await verifyRegistrationResponse({
      response: response as Registration,
      expectedChallenge: isOurs,
      expectedOrigin: door.origin,
      expectedRPID: door.rpId,
      requireUserVerification: true,
    });
    if (!done.verified) return refused("This passkey can't be used.");
    const { id, publicKey, counter, transports = [] } = done.registrationInfo.credential;
    return ok({
      id,
      person,
      publicKey: Buffer.from(publicKey).toString("base64url"),
      counter,
      transports,
      addedAt: now,
    });
  } catch {
    return refused("This passkey can't be used.");
  }
}

/** Only the shape that the library reads: every part is text. */
function assertionOf(response: unknown): Assertion | undefined {
  if (typeof response !== "object" || response === null || !("id" in response) || !("response" in response))
    return undefined;
  const { id, response: inner } = response;
  if (typeof id !== "string" || typeof inner !== "object" || inner === null) return undefined;
  const part = (name: string): string | undefined => {
    const value = (inner as Record<string, unknown>)[name];
    return typeof value === "string" ? value : undefined;
  };
  const [clientDataJSON, authenticatorData, signature] = [
    part("clientDataJSON"),
    part("authenticatorData"),
    part("signature"),
  ];
  if (clientDataJSON === undefined || authenticatorData === undefined || signature === undefined) return undefined;
  return {
    id,
    rawId: id,
    type: "public-key",
    clientExtensionResults: {},
    response: { clientDataJSON, authenticatorData, signature },
  };
}
