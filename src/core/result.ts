// How this program says "it worked" and "it did not": what a person can cause is a value, never an exception.

export type Result<T, E> = { readonly ok: true; readonly value: T } | { readonly ok: false; readonly error: E };

export const ok = <T>(value: T): { readonly ok: true; readonly value: T } => ({ ok: true, value });
export const err = <E>(error: E): { readonly ok: false; readonly error: E } => ({ ok: false, error });

/** Where in a text something stands; line and column count from 1. `excerpt` is ready to print, caret line included. */
export interface Position {
  readonly file: string;
  readonly line: number;
  readonly column: number;
  readonly excerpt?: string;
}

/** What every refusal looks like. `code` is stable for scripts, `message` is one sentence, `hint` is what to try. */
export interface Problem<Code extends string = string> {
  readonly code: Code;
  readonly message: string;
  readonly hint?: string;
  readonly at?: Position;
}

/** Ends a switch over a closed union: does not compile while a case is missing, and throws if one slips through. */
export function unreachable(value: never): never {
  throw new Error(`unreachable: ${JSON.stringify(value)}`);
}
