// The schema of a rule: the keys that each effect has, and where a key that it has not belongs.
// Loads zod: never imported on the path of an allowed scan.
import * as z from "zod";
import {
  closed,
  count,
  duration,
  flag,
  hasKeys,
  listOf,
  login,
  matching,
  nameOf,
  notEmpty,
  oneOf,
  port,
  recordOf,
  text,
  wanted,
  withHint,
  words,
} from "./schema-blocks.ts";
import { nearest } from "./nearest.ts";
import { may } from "./schema-may.ts";

const scope = {
  requesters: listOf(login).optional(),
  targets: listOf(text).optional(),
  ports: listOf(port).optional(),
  may: may.optional(),
  during: listOf(text).optional(),
};

const unless = closed(scope).refine(hasKeys, "an empty unless would spare nothing: name what is spared").meta(notEmpty);

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
      .union(
        [
          count,
          z
            .string()
            .regex(
              /^[1-9][0-9]*[kMG]?(?:\/(?:minute|hour|day|week))?$/,
              "a number such as 5000, 20k or 1M/day is wanted here",
            ),
        ],
        wanted("a number such as 5000, 20k or 1M/day"),
      )
      .optional(),
    runs: matching(
      "a rate such as 10/hour",
      /^[1-9][0-9]*\/(?:minute|hour|day|week)$/,
      "a rate such as 10/hour is wanted here",
    ).optional(),
    concurrent: count.optional(),
    "cool-down": duration.optional(),
  })
    .refine(hasKeys, "empty limits limit nothing")
    .meta(notEmpty)
    .optional(),
  enforce: closed({ "max-rate": count.optional() })
    .refine(hasKeys, "nothing to enforce is named")
    .meta(notEmpty)
    .optional(),
  ttl: duration.optional(),
  enforcement: oneOf(["required", "arguments-only", "unprivileged"], "enforcement").optional(),
  "on-violation": oneOf(["record", "end"], "on-violation").optional(),
  profiles: listOf(nameOf("a profile")).optional(),
};

const asking = {
  ...covering,
  effect: z.literal("ask"),
  ask: closed(
    {
      votes: recordOf(login, count, "how many of whom is wanted here, such as { leads: 1 }")
        .refine(hasKeys, "nobody is asked: name who votes, such as votes: { leads: 1 }")
        .meta(notEmpty),
      via: channels.optional(),
      "answer-within": duration.optional(),
      "start-within": duration.optional(),
    },
    new Map(),
    "who is asked is wanted here, such as ask: { votes: { leads: 1 } }",
  ),
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

/** Keys that stand one level deeper. */
const deeper = Object.fromEntries(
  Object.entries({
    ask: ["votes", "via", "answer-within", "start-within"],
    limits: ["hosts", "probes", "runs", "concurrent", "cool-down"],
    enforce: ["max-rate"],
    timing: ["max-template"],
    reason: ["min-length", "pattern"],
    may: ["techniques", "features", "scripts"],
  }).flatMap(([parent, keys]) => keys.map((key) => [key, `it stands in ${parent}: { ${key}: … }`])),
);

export const effects = ["deny", "ask", "confirm", "allow"] as const;

export const rule = z.discriminatedUnion(
  "effect",
  [
    closed(denying, elsewhere({ ...deeper, ...onlyCovering, ...onlyAsk })),
    closed(asking, elsewhere({ ...deeper, message: onlyDeny.message })),
    closed({ ...covering, effect: z.literal("confirm") }, elsewhere({ ...deeper, ...onlyAsk, ...onlyDeny })),
    closed({ ...covering, effect: z.literal("allow") }, elsewhere({ ...deeper, ...onlyAsk, ...onlyDeny })),
  ],
  {
    error: ({ input }) => {
      if (typeof input !== "object" || input === null) return "a rule is a mapping with name and effect";
      const typed: unknown = "effect" in input ? input.effect : undefined;
      const near = typeof typed === "string" ? nearest(typed, effects) : undefined;
      return withHint("a rule has an effect: deny, ask, confirm or allow", near && `did you mean ${near}?`);
    },
  },
);

export type RuleFile = z.output<typeof rule>;
export type ScopeFile = Pick<RuleFile, keyof typeof scope>;
