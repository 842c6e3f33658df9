// Letting voters in at the page: the links that go to them, and what becomes of one that is opened. The page and the
// mail both make links here, so that a secret is drawn in one place and only its hash is kept.
import { endVisit, hashSecret, makeLink, openVisit, secretBytes, usable } from "../core/approval/access.ts";
import type { LinkProblem, SignInLink, Visit } from "../core/approval/access.ts";
import type { RequestId } from "../core/approval/request.ts";
import { ok, type Result } from "../core/result.ts";
import type { Effects } from "../effects.ts";

type Needed = Pick<Effects, "store" | "clock" | "random">;

/** A secret for a URL: 256 bits, base64url. */
export const newSecret = (fx: Pick<Effects, "random">): string =>
  Buffer.from(fx.random.bytes(secretBytes)).toString("base64url");

/**
 * Makes a one-time link for one person; on record when it resolves.
 *
 * @param for  `by` is who has it made: the person at a terminal, or `jit-nmap` for a mail.
 * @param about  the request that it shows before anybody signs in.
 * @returns the path to append to the page's address: `/l/SECRET`. It is shown or sent once and kept nowhere.
 */
export async function linkFor(
  { person, by }: { readonly person: string; readonly by: string },
  about: { readonly id: RequestId; readonly answerBy: number } | undefined,
  fx: Needed,
): Promise<string> {
  const secret = newSecret(fx);
  const { change } = makeLink({ secret, person, by }, about, fx.clock.now());
  if ((await fx.store.commit(change)).kind !== "committed") throw new Error("a new link was lost");
  return `/l/${secret}`;
}

/** The link behind a secret, while it opens. Looking at it changes nothing. */
export async function lookAtLink(secret: string, fx: Needed): Promise<Result<SignInLink, LinkProblem>> {
  return usable(await fx.store.access.link(hashSecret(secret)), fx.clock.now());
}

/** A visit with the secret that its browser keeps. */
export interface SignedIn {
  readonly visit: Visit;
  readonly secret: string;
}

/** Signs the link's person in and uses the link up; the loser of two at once is told that it was used. */
export async function signInBy(link: SignInLink, fx: Needed): Promise<Result<SignedIn, LinkProblem>> {
  const now = fx.clock.now();
  const still = usable(link, now);
  if (!still.ok) return still;
  const secret = newSecret(fx);
  const { change, record } = openVisit(link.person, { link }, secret, now);
  if ((await fx.store.commit(change)).kind === "committed") return ok({ visit: record, secret });
  const meanwhile = usable(await fx.store.access.link(link.hash), now);
  if (meanwhile.ok) throw new Error("a sign-in was lost to nobody");
  return meanwhile;
}

/** The visit behind a secret, while it lasts. */
export async function visitOf(secret: string, fx: Needed): Promise<Visit | undefined> {
  const visit = await fx.store.access.visit(hashSecret(secret));
  return visit !== undefined && fx.clock.now() < visit.validUntil ? visit : undefined;
}

export async function signOut(visit: Visit, fx: Needed): Promise<void> {
  await fx.store.commit(endVisit(visit, fx.clock.now()));
}

/** Signs in who touched a passkey, which was checked. */
export async function signInWith(person: string, passkey: string, fx: Needed): Promise<SignedIn> {
  const secret = newSecret(fx);
  const { change, record } = openVisit(person, { passkey }, secret, fx.clock.now());
  if ((await fx.store.commit(change)).kind !== "committed") throw new Error("a sign-in was lost to nobody");
  return { visit: record, secret };
}
