// When a denied scan would no longer be denied, in a line: the same under a scan, `check` and `policy explain`.
import type { Possible } from "../core/policy/possible-again.ts";
import { unreachable } from "../core/result.ts";
import { localTime } from "./show-time.ts";

/** The moment is rounded up to the whole second: what is said holds then. */
export const againWords = ({ from, effect }: Possible): string =>
  `from ${localTime(Math.ceil(from / 1000) * 1000)} on the same line ${becomes(effect)}`;

function becomes(effect: Possible["effect"]): string {
  switch (effect) {
    case "allow":
      return "would be allowed";
    case "confirm":
      return "would need your confirmation alone";
    case "ask":
      return "could be asked for";
    default:
      return unreachable(effect);
  }
}
