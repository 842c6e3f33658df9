// From a row back to a record. Separate because a file that others may write is input: what can't be ours is damage,
// not an exception somewhere deep in the program.
import { StoreError } from "./store-error.ts";

/** The record that a row's JSON holds; `check` names what must agree with the row's own columns. */
export function documentOf<T extends object>(
  text: unknown,
  check: Readonly<Partial<Record<keyof T & string, unknown>>>,
): T {
  let value: unknown;
  try {
    value = JSON.parse(String(text));
  } catch (error) {
    throw new StoreError("store-corrupt", "The store holds a record that is no JSON.", error);
  }
  if (typeof value !== "object" || value === null)
    throw new StoreError("store-corrupt", "The store holds a record without content.");
  for (const [key, expected] of Object.entries(check)) {
    if ((value as Record<string, unknown>)[key] !== expected) {
      throw new StoreError("store-corrupt", `The store holds a record whose ${key} is not that of its row.`);
    }
  }
  return value as T;
}
