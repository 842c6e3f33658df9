// The one line that is redrawn while a request waits: how long still, who was asked, the code. Pure text, so that its
// width can be tested; terminal.ts draws it.
import type { Waiting } from "../effects.ts";
import { escapeText } from "../core/escape.ts";
import { fitTo } from "./width.ts";

/**
 * The line in at most `columns` columns; what matters most stands first, and the code is never cut while it fits.
 *
 * @param now  milliseconds since the Unix epoch, UTC.
 */
export function waitingLine(waiting: Waiting, now: number, columns: number, unicode: boolean): string {
  const left = `${countdown(waiting.until - now)} left`;
  const dash = unicode ? "—" : "-";
  const code =
    waiting.code === undefined
      ? []
      : [`code ${grouped(waiting.code)} ${dash} read it out only to your approver`, `code ${grouped(waiting.code)}`];
  const asked = `asked ${waiting.voters.map((voter) => escapeText(voter)).join(", ")}`;
  const separator = unicode ? " · " : " | ";
  for (const shownCode of [...code, undefined]) {
    const fixed = [left, ...(shownCode === undefined ? [] : [shownCode])];
    const whole = [left, asked, ...fixed.slice(1)].join(separator);
    const room = columns - fixed.join(separator).length - separator.length;
    if (waiting.voters.length > 0) {
      if (fitTo(whole, columns) === whole) return whole;
      // "asked ..." must leave room for at least a short name.
      if (room >= 14) return [left, fitTo(asked, room), ...fixed.slice(1)].join(separator);
    }
    if (fixed.join(separator).length <= columns) return fixed.join(separator);
  }
  return fitTo(left, columns);
}

/** `28:41`, `1:02:03`; never below zero. */
function countdown(milliseconds: number): string {
  const seconds = Math.max(0, Math.ceil(milliseconds / 1000));
  const two = (n: number): string => String(n).padStart(2, "0");
  const hours = Math.floor(seconds / 3600);
  const minutes = Math.floor((seconds % 3600) / 60);
  return hours > 0 ? `${hours}:${two(minutes)}:${two(seconds % 60)}` : `${minutes}:${two(seconds % 60)}`;
}

const grouped = (code: string): string => `${code.slice(0, 3)} ${code.slice(3)}`;
