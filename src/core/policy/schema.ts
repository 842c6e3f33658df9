// The one definition of what a policy may say, key by key: the parser checks with it and the JSON Schema for editors
// comes from it. Every key of the language is here, those too that this version can't enforce (enforced.ts).
// Loads zod: never imported on the path of an allowed scan.
import * as z from "zod";
import type { Feature, Technique } from "../plan/scan-plan.ts";
import { parseDuration } from "../time.ts";
import { nearest } from "./nearest.ts";

// zod has one place for what we say: a message and its hint stand in it on two lines, the messages of several unknown
// keys on pages of their own. schema-problems.ts takes them apart again.
const withHint = (message: string, hint: string | undefined): string =>
  hint === undefined ? message : `${message}\n${hint}`;

/** An object that knows its keys: an unknown one is named with the nearest known. */
function closed<S extends z.core.$ZodShape>(shape: S, elsewhere: ReadonlyMap<string, string> = new Map()) {
  const keys = Object.keys(shape);
  return z.strictObject(shape, {
    error: (issue) => {
      if (issue.code === "invalid_type") return "a mapping of keys to values is wanted here";
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

const wanted = (what: string) => ({ error: `${what} is wanted here` });

const text = z.string(wanted("text")).min(1, "empty text says nothing");
const words = z.string(wanted("text")).min(1, "empty text says nothing").max(1000, "at most 1000 characters");
const flag = z.boolean(wanted("true or false"));
const count = z.int(wanted("a whole number")).min(1, "at least 1: zero never means unlimited");

const listOf = <S extends z.ZodType>(item: S) =>
  z
    .array(item, { error: "a list is wanted here, such as [one, two]" })
    .min(1, "an empty list names nothing; leave the key out or name something");

const nameOf = (what: string) =>
  z
    .string(wanted("a name"))
    .regex(
      /^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/,
      `the name of ${what} is letters, digits, dots, dashes and underscores, at most 64`,
    );

const recordOf = <K extends z.core.$ZodRecordKey, V extends z.ZodType>(key: K, value: V) =>
  z.record(key, value, {
    error: (issue) => (issue.code === "invalid_type" ? "a mapping of names to values is wanted here" : undefined),
  });

/** Stays in the folder of the policy: what may write the policy may write it, and nothing else is read. */
const fileName = z
  .string(wanted("the name of a file"))
  .regex(
    /^[A-Za-z0-9_][A-Za-z0-9._-]*(?:\/[A-Za-z0-9_][A-Za-z0-9._-]*)*$/,
    "the name of a file in the folder of the policy is wanted here",
  );

/** Begins with a letter, so that no network is called 10.0.0.1. */
const networkName = nameOf("a network").regex(/^[A-Za-z]/, "the name of a network begins with a letter");

/** Seconds. */
const duration = z
  .string(wanted("a duration such as 90s, 15m or 1h30m, with its unit,"))
  .transform((value, context) => {
    const parsed = parseDuration(value);
    if (parsed.ok) return parsed.value;
    context.addIssue({ code: "custom", message: withHint(parsed.error.message.replace(/\.$/, ""), parsed.error.hint) });
    return z.NEVER;
  });

const login = z
  .string(wanted("a login, group:NAME or service:NAME"))
  .regex(
    /^(?:(?:group|service):)?[A-Za-z0-9_][^\s:,/]{0,127}$/,
    "a login, group:NAME or service:NAME has neither blanks nor commas nor further colons",
  );

const port = z.union([z.int(), z.string()], wanted('a port such as 22, "80-90", tcp/22 or "udp/53,161"'));

const oneOf = <const V extends readonly [string, ...string[]]>(values: V, what: string) =>
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

// As records, so that they do not compile when the plan learns a word that a policy can't say.
function keysOf<K extends string>(record: Readonly<Record<K, true>>): readonly [K, ...K[]] {
  return Object.keys(record) as [K, ...K[]];
}

const techniques = keysOf({
  list: true,
  ping: true,
  connect: true,
  syn: true,
  udp: true,
  ack: true,
  window: true,
  maimon: true,
  null: true,
  fin: true,
  xmas: true,
  "custom-flags": true,
  "sctp-init": true,
  "sctp-cookie-echo": true,
  "ip-protocol": true,
} satisfies Record<Technique, true>);

const features = keysOf({
  "service-version": true,
  "os-detection": true,
  traceroute: true,
  "default-scripts": true,
  fragments: true,
  "source-port": true,
  "custom-flags": true,
  payload: true,
  "bad-checksum": true,
  ttl: true,
} satisfies Record<Feature, true>);

const category = oneOf(
  [
    "auth",
    "broadcast",
    "brute",
    "default",
    "discovery",
    "dos",
    "exploit",
    "external",
    "fuzzer",
    "intrusive",
    "malware",
    "safe",
    "version",
    "vuln",
  ],
  "a category of scripts",
);

const scriptName = z
  .string(wanted('the name of a script, such as http-title or "http-*",'))
  .regex(/^[A-Za-z0-9_*][A-Za-z0-9_.*-]*$/, "a script's name is letters, digits, dashes, dots and *")
  .refine((name) => !name.endsWith(".nse"), "a script is named without .nse");

const hasKeys = (value: object): boolean => Object.keys(value).length > 0;

const mayList = closed({
  techniques: listOf(oneOf(techniques, "a scan technique")).optional(),
  features: listOf(oneOf(features, "a feature")).optional(),
  scripts: closed({
    categories: listOf(category).optional(),
    names: listOf(scriptName).optional(),
    never: listOf(scriptName).optional(),
  })
    .refine((scripts) => scripts.categories ?? scripts.names, "scripts need categories or names to begin with")
    .optional(),
}).refine(hasKeys, "an empty list names nothing");

const may = z.union([z.literal(["ordinary", "anything"]), mayList], {
  error: "may is ordinary, anything, or a list { techniques: […], features: […], scripts: … }",
});

const scope = {
  requesters: listOf(login).optional(),
  targets: listOf(text).optional(),
  ports: listOf(port).optional(),
  may: may.optional(),
  during: listOf(text).optional(),
};

const unless = closed(scope).refine(hasKeys, "an empty unless would spare nothing: name what is spared");

const channels = listOf(nameOf("an approver"));

const ruleBase = {
  name: nameOf("a rule"),
  ...scope,
  notify: closed({ on: listOf(oneOf(["started", "ended", "denied"], "what is told")), via: channels }).optional(),
};

const covering = {
  ...ruleBase,
  "other-ports": flag.optional(),
  egress: listOf(text).optional(),
  timing: closed({ "max-template": z.int(wanted("a template from 0 to 5")).min(0).max(5) }).optional(),
  limits: closed({
    hosts: count.optional(),
    probes: z
      .union([count, z.string().regex(/^[1-9][0-9]*[kMG]?$/)], wanted("a number such as 5000, 20k or 1M"))
      .optional(),
    runs: z
      .string(wanted("a rate such as 10/hour"))
      .regex(/^[1-9][0-9]*\/(?:minute|hour|day|week)$/, "a rate such as 10/hour is wanted here")
      .optional(),
    concurrent: count.optional(),
    "cool-down": duration.optional(),
  })
    .refine(hasKeys, "empty limits limit nothing")
    .optional(),
  enforce: closed({ "max-rate": count.optional() }).refine(hasKeys, "nothing to enforce is named").optional(),
  ttl: duration.optional(),
  enforcement: oneOf(["required", "arguments-only", "unprivileged"], "enforcement").optional(),
  "on-violation": oneOf(["record", "end"], "on-violation").optional(),
  profiles: listOf(nameOf("a profile")).optional(),
};

const asking = {
  ...covering,
  effect: z.literal("ask"),
  ask: closed({
    votes: recordOf(login, count).refine(hasKeys, "nobody is asked: name who votes, such as votes: { leads: 1 }"),
    via: channels.optional(),
    "answer-within": duration.optional(),
    "start-within": duration.optional(),
  }),
  reason: closed({ "min-length": count.optional(), pattern: text.optional() }).optional(),
  "on-touch": flag.optional(),
  unless: unless.optional(),
  strength: oneOf(["asserted", "account", "signed"], "the strength of a vote").optional(),
  "break-glass": closed({ ttl: duration, alert: channels }).optional(),
};

const denying = {
  ...ruleBase,
  effect: z.literal("deny"),
  unless: unless.optional(),
  message: words.optional(),
};

/** Where a key that this effect does not have belongs. */
const elsewhere = (keys: Readonly<Record<string, string>>) => new Map(Object.entries(keys));

const onlyAsk = {
  ask: "only a rule with effect: ask asks people",
  reason: "only a rule with effect: ask needs a reason",
  "on-touch": "only a rule with effect: ask binds on touch; a deny always does",
  strength: "only a rule with effect: ask counts votes",
  "break-glass": "only a rule with effect: ask can be broken",
};
const onlyDeny = {
  unless: "only deny, and ask with on-touch, have exceptions; a covering rule names less instead",
  message: "only a rule with effect: deny has a message",
};
const onlyCovering = Object.fromEntries(
  Object.keys(covering)
    .filter((key) => !(key in ruleBase))
    .map((key) => [key, "a deny forbids whatever it touches: this key belongs to allow, confirm and ask"]),
);

const rule = z.discriminatedUnion(
  "effect",
  [
    closed(denying, elsewhere({ ...onlyCovering, ...onlyAsk })),
    closed(asking, elsewhere({ message: onlyDeny.message })),
    closed({ ...covering, effect: z.literal("confirm") }, elsewhere({ ...onlyAsk, ...onlyDeny })),
    closed({ ...covering, effect: z.literal("allow") }, elsewhere({ ...onlyAsk, ...onlyDeny })),
  ],
  {
    error: (issue) =>
      typeof issue.input === "object"
        ? "a rule has an effect: deny, ask, confirm or allow"
        : "a rule is a mapping with name and effect",
  },
);

const contact = closed({
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
});

const clock = "[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}(?::[0-9]{2})?";
const localTime = z
  .string(wanted('a local time such as "2026-12-20T00:00"'))
  .regex(new RegExp(`^${clock}$`), "a local time such as 2026-12-20T00:00 is wanted here");

const window = z.union(
  [
    closed({ days: text, hours: text.optional() }),
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
  { error: "an approver has a type: prompt, email or webhook" },
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
  readers: closed({ results: listOf(login) }).optional(),
  delegates: recordOf(login, closed({ to: login, until: text })).optional(),
  calendars: recordOf(nameOf("a calendar"), closed({ ics: text })).optional(),
  checkpoints: closed({ to: listOf(oneOf(["file", "syslog", "webhook"], "a checkpoint's destination")) }).optional(),
});

export type PolicyFile = z.output<typeof policyFile>;
export type RuleFile = NonNullable<PolicyFile["rules"]>[number];
export type ScopeFile = Pick<RuleFile, keyof typeof scope>;
