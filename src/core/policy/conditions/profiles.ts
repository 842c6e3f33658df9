// `profiles`: only lines that are one of these profiles and targets, nothing else.
import { listWords } from "../words.ts";
import type { Condition } from "./condition.ts";

export const profiles: Condition = {
  key: "profiles",
  covers: (rule, asked) =>
    rule.profiles === undefined || (asked.profile !== undefined && rule.profiles.includes(asked.profile)),
  touches: () => true,
  contains: () => true,
  failed: (rule, asked) => {
    const named = rule.effect === "deny" ? [] : (rule.profiles ?? []);
    const typed = asked.profile === undefined ? "options of its own" : `the profile @${asked.profile}`;
    return `asks with ${typed}; the rule covers ${listWords(
      named.map((name) => `@${name}`),
      "or",
    )} and targets, nothing beside`;
  },
};
