// What the schema of a policy is built from: names, numbers and lists that say in plain words what is wanted.
// Loads zod: never imported on the path of an allowed scan.
import * as z from "zod";
import { parseDuration } from "../time.ts";
import { nearest } from "./nearest.ts";

// zod has one place for what we say: a message and its hint stand in it on two lines, the messages of several unknown
// keys on pages of their own. schema-problems.ts takes them apart again.
export const withHint = (message: string, hint: string | undefined): string =>
  hint === undefined ? message : `${message}\n${hint}`;

/** An object that knows its keys: an unknown one is named with the nearest known. */
export function closed<S extends z.core.$ZodShape>(
  shape: S,
  elsewhere: ReadonlyMap<string, string> = new Map(),
  otherwise = "a mapping of keys to values is wanted here",
) {
  const keys = Object.keys(shape);
  return z.strictObject(shape, {
    error: (issue) => {
      if (issue.code === "invalid_type") return otherwise;
      return issue.keys.map(unknownKey).join("\f");
    },
  });

  function unknownKey(key: string): string {
    const where = elsewhere.get(key);
    if (where !== undefined) return withHint(`the key ${JSON.stringify(key)} has no meaning here`, where);
    const near = nearest(key, keys);
    return withHint(
      `unknown key ${JSON.stringify(key)}`,
      near === undefined ? `known here: ${keys.join(", ")}` : `did you mean ${JSON.stringify(near)}?`,
    );
  }
}

export const wanted = (what: string) => ({ error: `${what} is wanted here` });

export const text = z.string(wanted("text")).min(1, "empty text says nothing");
export const words = z.string(wanted("text")).min(1, "empty text says nothing").max(1000, "at most 1000 characters");
export const flag = z.boolean(wanted("true or false"));
export const count = z.int(wanted("a whole number")).min(1, "at least 1: zero never means unlimited");

export const listOf = <S extends z.ZodType>(item: S) =>
  z
    .array(item, { error: "a list is wanted here, such as [one, two]" })
    .min(1, "an empty list names nothing; leave the key out or name something");

export const nameOf = (what: string) =>
  z
    .string(wanted("a name"))
    .regex(
      /^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/,
      `the name of ${what} is letters, digits, dots, dashes and underscores, at most 64`,
    );

export const recordOf = <K extends z.core.$ZodRecordKey, V extends z.ZodType>(
  key: K,
  value: V,
  otherwise = "a mapping of names to values is wanted here",
) => z.record(key, value, { error: (issue) => (issue.code === "invalid_type" ? otherwise : undefined) });

/** Stays in the folder of the policy: what may write the policy may write it, and nothing else is read. */
export const fileName = z
  .string(wanted("the name of a file"))
  .regex(
    /^[A-Za-z0-9_][A-Za-z0-9._-]*(?:\/[A-Za-z0-9_][A-Za-z0-9._-]*)*$/,
    "the name of a file in the folder of the policy is wanted here",
  );

/** Begins with a letter, so that no network is called 10.0.0.1. */
export const networkName = nameOf("a network").regex(/^[A-Za-z]/, "the name of a network begins with a letter");

/** Seconds. */
export const duration = z
  .string(wanted("a duration such as 90s, 15m or 1h30m, with its unit,"))
  .transform((value, context) => {
    const parsed = parseDuration(value);
    if (parsed.ok) return parsed.value;
    context.addIssue({ code: "custom", message: withHint(parsed.error.message.replace(/\.$/, ""), parsed.error.hint) });
    return z.NEVER;
  });

export const login = z
  .string(wanted("a login, group:NAME or service:NAME"))
  .regex(
    /^(?:(?:group|service):)?[A-Za-z0-9_][^\s:,/]{0,127}$/,
    "a login, group:NAME or service:NAME has neither blanks nor commas nor further colons",
  );

export const port = z.union([z.int(), z.string()], wanted('a port such as 22, "80-90", tcp/22 or "udp/53,161"'));

export const oneOf = <const V extends readonly [string, ...string[]]>(values: V, what: string) =>
  z.enum(values, {
    error: (issue) => {
      const typed = typeof issue.input === "string" ? issue.input : "";
      const near = nearest(typed, values);
      return withHint(
        `${what} is one of ${values.join(", ")}`,
        near === undefined || near === typed ? undefined : `did you mean ${near}?`,
      );
    },
  });

export const hasKeys = (value: object): boolean => Object.keys(value).length > 0;
