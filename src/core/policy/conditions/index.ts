// Every condition, in the order in which an explanation names the first that failed. The type does not compile while a
// key that can exclude a plan has no condition.
import type { Covering } from "./condition.ts";
import type { Condition } from "./condition.ts";
import { during } from "./during.ts";
import { enforcement } from "./enforcement.ts";
import { limits } from "./limits.ts";
import { may } from "./may.ts";
import { otherPorts, ports } from "./ports.ts";
import { profiles } from "./profiles.ts";
import { requesters } from "./requesters.ts";
import { targets } from "./targets.ts";
import { timing } from "./timing.ts";

/** Keys of a rule that say what happens when it applies, or what it is: they exclude nothing. */
type NotAConditionKey =
  | "name"
  | "at"
  | "effect"
  | "enforce"
  | "ttlSeconds"
  | "ask"
  | "onTouch"
  | "unless"
  | "message"
  | "notify"
  | "onViolation"
  | "strength"
  | "breakGlass"
  // Part of what `may` covers: addresses for scripts that contact others.
  | "egress";

type ConditionKey = Exclude<Covering extends infer R ? (R extends R ? keyof R : never) : never, NotAConditionKey>;

const registry: Readonly<Record<ConditionKey, Condition>> = {
  requesters,
  targets,
  ports,
  otherPorts,
  may,
  profiles,
  timing,
  during,
  enforcement,
  limits,
};

export const conditions: readonly Condition[] = Object.values(registry);
