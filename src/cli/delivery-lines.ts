// The messages of a request as `show` tells them: who was asked and told, what could not be sent and when it is tried
// again. Pure; text of mail servers and services stands in it, so it is escaped.
import type { Delivery } from "../core/approval/delivery.ts";
import { escapeText } from "../core/escape.ts";
import { unreachable } from "../core/result.ts";
import { time } from "../core/time.ts";
import { localTime } from "./show-time.ts";

const isQuestion = ({ kind }: Delivery): boolean => kind === "question" || kind === "reminder";

/** One line for each that was tried or is still to be sent soon; the others are nobody's news. */
export function deliveryLines(deliveries: readonly Delivery[], now: number): readonly string[] {
  return deliveries.flatMap((delivery) => {
    const line = lineOf(delivery, now);
    return line === undefined ? [] : [escapeText(line)];
  });
}

function lineOf(delivery: Delivery, now: number): string | undefined {
  const { approver, kind, to, state, at, failures, because } = delivery;
  const whom = to === undefined ? "" : ` ${to}`;
  const about = kind === "question" ? "" : ` (${kind})`;
  const could = isQuestion(delivery) ? "ask" : "tell";
  switch (state) {
    case "sent":
      return `${approver} ${isQuestion(delivery) ? "asked" : "told"}${whom}${about}`;
    case "looking":
      return `${approver} asked${whom}${about}; its answer is looked for at ${localTime(at)}`;
    case "failed":
      return `${approver} could not ${could}${whom}${about}: ${because ?? ""}; not tried again`;
    case "due":
      if (failures > 0)
        return `${approver} could not ${could}${whom}${about}: ${because ?? ""}; again at ${localTime(at)}`;
      return at <= now ? `${approver} is about to ${could}${whom}${about}` : undefined;
    case "held":
    case "dropped":
      return undefined;
    default:
      return unreachable(state);
  }
}

/** As `show --json` has them. */
export const deliveryJson = ({ approver, kind, to, state, failures, because, at }: Delivery) => ({
  ...{ approver, kind, state, failures },
  ...(to !== undefined && { to }),
  ...(because !== undefined && { because }),
  ...((state === "due" || state === "looking") && { at: time(at) }),
});
