// Challenges that were handed out and not answered yet. In memory, because each lives for minutes and a restart only
// means to touch again; the challenge of a vote is not among them: it is the vote's own digest.

const livesMs = 5 * 60_000;
const mostOpen = 2000;

export class Challenges {
  readonly #open = new Map<string, { readonly about: string; readonly until: number }>();

  /** Notes one; `about`: what alone it may be answered for. */
  handOut(challenge: string, about: string, now: number): void {
    if (this.#open.size >= mostOpen) this.#open.delete(this.#open.keys().next().value ?? "");
    this.#open.set(challenge, { about, until: now + livesMs });
  }

  /** Whether this one was handed out for that and is answered in time; it is gone afterwards either way. */
  take(challenge: string, about: string, now: number): boolean {
    const found = this.#open.get(challenge);
    this.#open.delete(challenge);
    return found?.about === about && now < found.until;
  }
}
