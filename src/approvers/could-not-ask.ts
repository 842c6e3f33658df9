// How an approver says that it could not ask or tell: one sentence, and whether trying again is of any use. Neither a
// yes nor a no.

export class CouldNotAsk extends Error {
  readonly isForGood: boolean;

  constructor(sentence: string, how: { readonly isForGood?: boolean; readonly cause?: unknown } = {}) {
    super(sentence, "cause" in how ? { cause: how.cause } : undefined);
    this.name = "CouldNotAsk";
    this.isForGood = how.isForGood ?? false;
  }
}
