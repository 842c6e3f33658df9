// `during`: when. A covering rule needs the window open for a whole second at least: a session has no shorter time box.
import type { Asked } from "../asked.ts";
import type { Scope } from "../policy.ts";
import { clockWords } from "../windows.ts";
import { listWords } from "../words.ts";
import type { Condition } from "./condition.ts";

const isOpen = ({ during }: Scope, { openings }: Asked): boolean =>
  during === undefined || openings.until(during) !== undefined;

export const during: Condition = {
  key: "during",
  covers: ({ during: when }, { now, openings }) =>
    when === undefined || (openings.until(when, now + 1000) ?? now) >= now + 1000,
  touches: isOpen,
  contains: isOpen,
  failed: ({ during: when }, { now }) =>
    when === undefined
      ? "asked at any time"
      : `asked on ${clockWords(when.zone, now)}; the rule holds during ${listWords(
          when.written.map((name, index) => `${name} (${when.windows[index]?.words ?? ""})`),
          "or",
        )}`,
};
