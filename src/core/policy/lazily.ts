// Parts of a compiled policy that are made when somebody asks for them.
import type { Table } from "./rule-index.ts";

/** Makes a thing when it is first asked for, and once. */
export function lazily<T>(count: number, make: (index: number) => T): Table<T> {
  const made = new Map<number, T>();
  const get = (index: number): T => {
    const known = made.get(index);
    if (known !== undefined) return known;
    if (!(index >= 0 && index < count)) throw new Error(`a compiled policy has no part ${index}`);
    const value = make(index);
    made.set(index, value);
    return value;
  };
  return { count, get };
}
