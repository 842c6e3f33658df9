// Checks of what came over a wire: the very fields that a type has, and no others. By hand, because a schema library
// takes longer to load than the program that needs it; typed so that a field or a word which is added has to be added here too.

export type Check<T> = (value: unknown) => value is T;

/** A field that may be left out. */
export interface Maybe<T> {
  readonly maybe: Check<T>;
}

type Fields<T> = {
  readonly [K in keyof T]-?: object extends Pick<T, K> ? Maybe<Exclude<T[K], undefined>> : Check<T[K]>;
};

export const text: Check<string> = (value) => typeof value === "string";
export const flag: Check<boolean> = (value) => typeof value === "boolean";
export const number: Check<number> = (value): value is number => typeof value === "number" && Number.isFinite(value);
export const nothing: Check<null> = (value) => value === null;
export const yes: Check<true> = (value) => value === true;

/** A whole number from 0 on. */
export const count: Check<number> = (value): value is number =>
  number(value) && Number.isSafeInteger(value) && value >= 0;

/** Text of a form; `T` for types that are text with a name. */
export const textLike =
  <T extends string = string>(pattern: RegExp): Check<T> =>
  (value): value is T =>
    typeof value === "string" && pattern.test(value);

export const oneOf =
  <const T extends string | number>(...values: readonly T[]): Check<T> =>
  (value): value is T =>
    (values as readonly unknown[]).includes(value);

/** One of the words of a closed list: all of them have to be here, so that a word which is added does not compile. */
export function wordOf<T extends string>(words: Readonly<Record<T, true>>): Check<T> {
  const known: ReadonlySet<unknown> = new Set(Object.keys(words));
  return (value): value is T => known.has(value);
}

export const list =
  <T>(each: Check<T>): Check<readonly T[]> =>
  (value): value is readonly T[] =>
    Array.isArray(value) && value.every(each);

export const either =
  <A, B>(first: Check<A>, second: Check<B>): Check<A | B> =>
  (value): value is A | B =>
    first(value) || second(value);

export const maybe = <T>(check: Check<T>): Maybe<T> => ({ maybe: check });

export const record =
  <T>(each: Check<T>): Check<Readonly<Record<string, T>>> =>
  (value): value is Readonly<Record<string, T>> =>
    isObject(value) && Object.values(value).every(each);

export function object<T extends object>(fields: Fields<T>): Check<T> {
  const known = new Map(Object.entries<Check<unknown> | Maybe<unknown>>(fields));
  return (value): value is T => {
    if (!isObject(value)) return false;
    for (const [name, field] of known) {
      if (typeof field !== "function" && !Object.hasOwn(value, name)) continue;
      const check = typeof field === "function" ? field : field.maybe;
      if (!Object.hasOwn(value, name) || !check(value[name])) return false;
    }
    return Object.keys(value).every((name) => known.has(name));
  };
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
