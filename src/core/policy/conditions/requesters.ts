// `requesters`: who asks.
import type { Asked } from "../asked.ts";
import { includesRequester, mayInclude } from "../people.ts";
import type { Scope } from "../policy.ts";
import { listWords, requesterWords } from "../words.ts";
import type { Condition } from "./condition.ts";

const holds = (scope: Scope, asked: Asked): boolean =>
  scope.requesters === undefined || includesRequester(scope.requesters, asked.requester);

export const requesters: Condition = {
  key: "requesters",
  covers: holds,
  touches: (scope, asked) => scope.requesters === undefined || mayInclude(scope.requesters, asked.requester),
  contains: holds,
  failed: (rule, asked) =>
    `asked by ${requesterWords(asked.requester)}; the rule is for ${listWords(rule.requesters?.written ?? ["everyone"], "or")}`,
};
