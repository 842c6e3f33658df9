// `requesters`: who asks.
import type { Asked } from "../asked.ts";
import { includesRequester } from "../people.ts";
import type { Scope } from "../policy.ts";
import { listWords } from "../words.ts";
import type { Condition } from "./condition.ts";

const holds = (scope: Scope, asked: Asked): boolean =>
  scope.requesters === undefined || includesRequester(scope.requesters, asked.requester);

export const requesters: Condition = {
  key: "requesters",
  covers: holds,
  touches: holds,
  contains: holds,
  failed: (rule, asked) =>
    `asked by ${asked.requester.name}; the rule is for ${listWords(rule.requesters?.written ?? ["everyone"], "or")}`,
};
