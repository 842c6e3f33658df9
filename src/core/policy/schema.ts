// The one definition of what a policy may say, key by key: the parser checks with it and the JSON Schema for editors
// comes from it. Every key of the language is here.
// Loads zod: never imported on the path of an allowed scan.
import * as z from "zod";
import {
  closed,
  duration,
  fileName,
  forEditors,
  listOf,
  login,
  matching,
  nameOf,
  networkName,
  oneOf,
  recordOf,
  text,
  wanted,
  withHint,
  words,
} from "./schema-blocks.ts";
import { nearest } from "./nearest.ts";
import { rule } from "./schema-rule.ts";

const contact = closed(
  {
    mail: z
      .string(wanted("a mail address"))
      .regex(/^[^\s@,;<>"]+@[^\s@,;<>"]+$/, "a mail address is wanted here")
      .optional(),
    keys: listOf(
      z
        .string(wanted("a public key"))
        .regex(
          /^(?:ssh|ecdsa|sk)-[a-z0-9@.-]+ [A-Za-z0-9+/]+={0,2}(?: .*)?$/,
          "a public key as in an OpenSSH .pub file is wanted here",
        ),
    ).optional(),
  },
  new Map(),
  withHint(
    "how a person is reached is wanted here, such as { mail: carol@corp.example }",
    "people has sets first, and logins in them: people: { leads: { carol: { mail: … } } }",
  ),
);

const clock = "[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}(?::[0-9]{2})?";
const localTime = matching(
  'a local time such as "2026-12-20T00:00"',
  new RegExp(`^${clock}$`),
  "a local time such as 2026-12-20T00:00 is wanted here",
);

const day = "(?:[Mm][Oo][Nn]|[Tt][Uu][Ee]|[Ww][Ee][Dd]|[Tt][Hh][Uu]|[Ff][Rr][Ii]|[Ss][Aa][Tt]|[Ss][Uu][Nn])";
const listed = (item: string): string => `${item}(?:\\s*,\\s*${item})*`;
const days = listed(`${day}(?:-${day})?`);
const hour = "(?:(?:[01][0-9]|2[0-3]):[0-5][0-9]|24:00)";
const hours = listed(`${hour}-${hour}`);

const window = z.union(
  [
    closed({
      days: z
        .string(wanted("text such as mon-fri or sat,sun"))
        .min(1, "empty text says nothing")
        .meta(forEditors(`^${days}$`, "write mon-fri, or mon,wed,sat-sun")),
      hours: z
        .string(wanted('text such as "09:00-18:00"'))
        .min(1, "empty text says nothing")
        .meta(forEditors(`^${hours}$`, 'write "09:00-18:00", or "22:00-06:00" over midnight; the latest time is 24:00'))
        .optional(),
    }),
    closed({ from: localTime, to: localTime }),
    closed({ calendar: text }),
  ],
  { error: 'a window is { days: mon-fri, hours: "09:00-18:00" } or { from: …, to: … }' },
);

const approver = z.discriminatedUnion(
  "type",
  [
    closed({ type: z.literal("prompt") }),
    closed({ type: z.literal("email") }),
    closed({
      type: z.literal("webhook"),
      service: text,
      voters: recordOf(text, login).optional(),
      "speaks-for": z.literal("service").optional(),
    }),
  ],
  {
    error: ({ input }) => {
      const typed = typeof input === "object" && input !== null && "type" in input ? input.type : input;
      const near = typeof typed === "string" ? nearest(typed, ["prompt", "email", "webhook"]) : undefined;
      return withHint(
        "an approver has a type: prompt, email or webhook",
        near && (typed === input ? `write { type: ${near} }` : `did you mean ${near}?`),
      );
    },
  },
);

/** A policy file as data, before its names are looked up. Durations are seconds already. */
export const policyFile = closed({
  version: z.literal(1, { error: "a policy file says version: 1, the only one there is" }),
  timezone: text.optional(),
  contact: words.optional(),
  defaults: closed({ ttl: duration.optional() }).optional(),
  people: recordOf(
    nameOf("a set of people"),
    z.union([listOf(login), recordOf(login, contact)], {
      error: "people are a list of logins, or logins with how to reach them",
    }),
  ).optional(),
  networks: recordOf(
    networkName,
    z.union([listOf(text), closed({ file: fileName })], {
      error: "a network is a list of addresses, networks and ranges, or { file: NAME }",
    }),
  ).optional(),
  windows: recordOf(nameOf("a window"), window).optional(),
  approvers: recordOf(nameOf("an approver"), approver).optional(),
  rules: z.array(rule, { error: "a list of rules is wanted here, each beginning with - name:" }).optional(),
  profiles: recordOf(nameOf("a profile"), text).optional(),
  readers: closed({ results: listOf(login) }, new Map(), "readers: { results: [auditors] } is wanted here").optional(),
  delegates: recordOf(
    login,
    closed({
      to: login,
      until: z
        .string(wanted("a date such as 2026-12-01"))
        .min(1, "empty text says nothing")
        .meta(forEditors("^[0-9]{4}-[0-9]{2}-[0-9]{2}$", "write 2026-12-01")),
    }),
  ).optional(),
  calendars: recordOf(
    nameOf("a calendar"),
    closed({ ics: fileName }, new Map(), "{ ics: FILE } is wanted here"),
  ).optional(),
  checkpoints: closed({ to: listOf(oneOf(["file", "syslog", "webhook"], "a checkpoint's destination")) }).optional(),
});

export type PolicyFile = z.output<typeof policyFile>;
