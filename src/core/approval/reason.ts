// What a rule may ask of a requester's reason. Separate because it is asked twice: while the person types it, and when
// the request is filed.

/** `minLength` counts characters of the trimmed reason; `pattern` must occur in it. */
export interface WantedReason {
  readonly minLength?: number;
  readonly pattern?: string;
}

/** What is wrong with the reason, as one sentence; undefined when it will do. */
export function reasonProblem(reason: string | undefined, { minLength, pattern }: WantedReason): string | undefined {
  const given = reason?.trim() ?? "";
  if (given === "") return "policy asks for a reason";
  if (minLength !== undefined && Array.from(given).length < minLength) {
    return `policy asks for a reason of at least ${minLength} characters`;
  }
  if (pattern !== undefined && !new RegExp(pattern, "u").test(given)) {
    return `policy asks for a reason in which ${pattern} occurs`;
  }
  return undefined;
}
