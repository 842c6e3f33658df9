// What the language knows and this version can't enforce yet. A policy that relies on one of these is refused whole:
// a limit that is written and not held would be worse than none. Bringing a key to life takes its line away here.

/** Keys of a policy file. */
export const topLevelNotEnforced: ReadonlySet<string> = new Set([
  "windows",
  "profiles",
  "readers",
  "delegates",
  "calendars",
  "checkpoints",
]);

/** Keys of a rule, and of its `unless`. */
export const ruleKeysNotEnforced: ReadonlySet<string> = new Set([
  "during",
  "limits",
  "egress",
  "strength",
  "enforcement",
  "break-glass",
  "notify",
  "on-violation",
  "profiles",
]);

/** Types of approvers. */
export const approversNotEnforced: ReadonlySet<string> = new Set(["email", "webhook"]);
