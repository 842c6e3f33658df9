// The values that options take, read strictly: a number with rubbish behind it is refused where nmap would cut the
// rubbish off in silence. Bounds are nmap's, or tighter where nmap would wrap round.
import { err, ok, type Result } from "../../result.ts";
import { quoted, type OptionProblem } from "../parse-error.ts";
import type { Use } from "./option.ts";

export function badValue(use: Use<string | undefined>, expected: string, hint?: string): OptionProblem {
  const given = use.value === undefined ? "no value" : quoted(use.value);
  return {
    code: "option-value",
    message: `${use.name} takes ${expected}, not ${given}.`,
    ...(hint === undefined ? {} : { hint }),
  };
}

/** A decimal whole number between the bounds, both included, without sign or leading zeros. */
export function wholeNumber(use: Use<string>, lowest: number, highest: number): Result<number, OptionProblem> {
  const value = /^(?:0|[1-9][0-9]{0,9})$/.test(use.value) ? Number(use.value) : NaN;
  if (value >= lowest && value <= highest) return ok(value);
  return err(badValue(use, `a whole number from ${lowest} to ${highest}, in plain digits`));
}

/** Packets a second: above 0, below a thousand million, at most three decimals. */
export function packetRate(use: Use<string>): Result<number, OptionProblem> {
  const value = /^(?:0|[1-9][0-9]{0,8})(?:\.[0-9]{1,3})?$/.test(use.value) ? Number(use.value) : 0;
  if (value > 0) return ok(value);
  return err(badValue(use, "packets a second, above 0, in plain digits"));
}

const UNIT_MS: ReadonlyMap<string, number> = new Map([
  ["ms", 1],
  ["s", 1000],
  ["m", 60_000],
  ["h", 3_600_000],
]);

// nmap keeps these in 32 bits in places.
const LONGEST_MS = 2 ** 31 - 1;

/**
 * Milliseconds from nmap's way of writing times: a number, and ms, s, m or h behind it; seconds without a unit.
 *
 * @param bareLimit  from here on nmap refuses a number without a unit, because older versions read milliseconds.
 */
export function duration(use: Use<string>, bareLimit: number): Result<number, OptionProblem> {
  const match = /^((?:0|[1-9][0-9]{0,9})(?:\.[0-9]{1,3})?)(ms|s|m|h)?$/i.exec(use.value);
  const expected = "a time such as 500ms, 30s, 10m or 1h";
  if (match?.[1] === undefined) return err(badValue(use, expected));
  const amount = Number(match[1]);
  const unit = match[2]?.toLowerCase();
  if (unit === undefined && amount >= bareLimit) {
    return err(badValue(use, `a time with its unit from ${bareLimit} on`, `write ${match[1]}s or ${match[1]}ms`));
  }
  // In thousandths, because 1.001 × 1000 is not 1001 in floating point.
  const milliseconds = (Math.round(amount * 1000) * (UNIT_MS.get(unit ?? "s") ?? NaN)) / 1000;
  if (!Number.isInteger(milliseconds)) return err(badValue(use, `${expected}, in whole milliseconds`));
  if (milliseconds > LONGEST_MS) return err(badValue(use, "a time of at most 24 days"));
  return ok(milliseconds);
}
