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
  const match = /^((?:(?:0|[1-9][0-9]{0,9})(?:\.[0-9]{1,3})?|\.[0-9]{1,3}))(ms|s|m|h)?$/i.exec(use.value);
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

// The bits of the TCP header's flag byte (RFC 9293, RFC 3168).
const TCP_FLAGS: ReadonlyMap<string, number> = new Map([
  ["FIN", 0x01],
  ["SYN", 0x02],
  ["RST", 0x04],
  ["PSH", 0x08],
  ["ACK", 0x10],
  ["URG", 0x20],
  ["ECE", 0x40],
  ["CWR", 0x80],
]);

/** The flag byte from a number (decimal, or hexadecimal behind 0x) or from names without anything between: `SYNFIN`. */
export function tcpFlags(use: Use<string>): Result<number, OptionProblem> {
  const expected = "a number from 0 to 255 or names such as SYNFIN";
  if (/^(?:0x[0-9a-f]{1,2}|0|[1-9][0-9]{0,2})$/i.test(use.value)) {
    const value = Number(use.value);
    return value <= 255 ? ok(value) : err(badValue(use, expected));
  }
  const names = use.value.toUpperCase();
  if (names === "ALL") return ok(255);
  if (names === "NONE") return ok(0);
  let flags = 0;
  for (let at = 0; at < names.length; at += 3) {
    const flag = TCP_FLAGS.get(names.slice(at, at + 3));
    if (flag === undefined) return err(badValue(use, expected));
    flags |= flag;
  }
  return names === "" ? err(badValue(use, expected)) : ok(flags);
}
