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

/** Text of this form, in the parser and in editors alike. */
export const matching = (what: string, pattern: RegExp, otherwise: string) =>
  z.string(wanted(what)).regex(pattern, otherwise).meta({ patternErrorMessage: otherwise });

/** For editors alone, which know patterns and no code: what the parser looks into later, in its own words. */
export const forEditors = (pattern: string, patternErrorMessage: string) => ({ pattern, patternErrorMessage });

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
  matching(
    "a name",
    /^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/,
    `the name of ${what} is letters, digits, dots, dashes and underscores, at most 64`,
  );

export const recordOf = <K extends z.core.$ZodRecordKey, V extends z.ZodType>(
  key: K,
  value: V,
  otherwise = "a mapping of names to values is wanted here",
) => z.record(key, value, { error: (issue) => (issue.code === "invalid_type" ? otherwise : undefined) });

/** Stays in the folder of the policy: what may write the policy may write it, and nothing else is read. */
export const fileName = matching(
  "the name of a file",
  /^[A-Za-z0-9_][A-Za-z0-9._-]*(?:\/[A-Za-z0-9_][A-Za-z0-9._-]*)*$/,
  "the name of a file in the folder of the policy is wanted here",
);

/** Begins with a letter, so that no network is called 10.0.0.1. */
export const networkName = nameOf("a network").regex(/^[A-Za-z]/, "the name of a network begins with a letter");

/** Seconds. */
export const duration = z
  .string(wanted("a duration such as 90s, 15m or 1h30m, with its unit,"))
  .meta(
    forEditors("^(?:[0-9]+d)?(?:[0-9]+h)?(?:[0-9]+m)?(?:[0-9]+s)?$", "a duration is written as 90s, 15m, 1h30m or 2d"),
  )
  .transform((value, context) => {
    const parsed = parseDuration(value);
    if (parsed.ok) return parsed.value;
    context.addIssue({ code: "custom", message: withHint(parsed.error.message.replace(/\.$/, ""), parsed.error.hint) });
    return z.NEVER;
  });

export const login = matching(
  "a login, group:NAME or service:NAME",
  /^(?:(?:group|service):)?[A-Za-z0-9_][^\s:,/]{0,127}$/,
  "a login, group:NAME or service:NAME has neither blanks nor commas nor further colons",
);

const portForm = 'a port such as 22, "80-90", tcp/22 or "udp/53,161"';
const portNumbers = "[0-9]{1,5}(?:-[0-9]{1,5})?";

export const port = z.union(
  [
    z
      .string()
      .meta(
        forEditors(`^(?:(?:tcp|udp|sctp|protocol)/)?${portNumbers}(?:,${portNumbers})*$`, `${portForm} is wanted here`),
      ),
    z.int().meta({ minimum: 0, maximum: 65535 }),
  ],
  wanted(portForm),
);

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

/** For editors, what `hasKeys` looks for. */
export const notEmpty = { minProperties: 1 };

export const hasKeys = (value: object): boolean => Object.keys(value).length > 0;
