// Taking away what lets somebody in at the page: every visit and link of theirs, or a passkey. Apart from sign-in.ts,
// which lets people in. It can only ever be too much: who lost it signs in again.
import { endEveryVisit, removePasskey, type Passkey } from "../core/approval/access.ts";
import type { Requester } from "../core/policy/decision.ts";
import { err, ok, type Problem, type Result } from "../core/result.ts";
import type { Effects } from "../effects.ts";
import { isLead } from "./leads.ts";

type Needed = Pick<Effects, "store" | "clock" | "policy" | "facts">;

/** Signs somebody out wherever they are signed in, and closes the links that were made for them. */
export async function signOutEverywhere(
  person: string,
  who: Pick<Requester, "name" | "uid">,
  fx: Needed,
): Promise<Problem | undefined> {
  const refused = await mayNot(person, who, fx);
  if (refused !== undefined) return refused;
  await fx.store.commit(endEveryVisit(person, who.name, fx.clock.now()));
  return undefined;
}

/**
 * Takes a passkey away for good; votes that it signed and that have not been used yet count no more. Who loses it by
 * somebody else's hand is signed out everywhere: the device may be in wrong hands.
 */
export async function takePasskey(
  id: string,
  who: Pick<Requester, "name" | "uid">,
  fx: Needed,
): Promise<Result<Passkey, Problem>> {
  const passkey = await fx.store.access.passkey(id);
  // Whose it would be is nobody's business who may not take it.
  const unknown = err({ code: "no-such-passkey", message: "there is no such passkey" });
  if (passkey === undefined) return unknown;
  const refused = await mayNot(passkey.person, who, fx);
  if (refused !== undefined) return err(refused);
  const committed = await fx.store.commit(removePasskey(passkey, who.name, fx.clock.now()));
  if (committed.kind !== "committed") return unknown;
  if (passkey.person !== who.name) await fx.store.commit(endEveryVisit(passkey.person, who.name, fx.clock.now()));
  return ok(passkey);
}

/** Why somebody may not look after another's access; undefined for oneself, for root, and for leads. */
export async function mayNot(
  person: string,
  who: Pick<Requester, "name" | "uid">,
  fx: Needed,
): Promise<Problem | undefined> {
  if (person === who.name || who.uid === 0) return undefined;
  const policy = await fx.policy.load();
  if (policy.ok && (await isLead(who.name, policy.value, fx))) return undefined;
  const message = `${who.name} is asked by no rule of the policy: only root and who approves scans may take others' access`;
  return { code: "not-entitled", message };
}
