// The trail as JSON Lines: one event a line, in the form that its hash was taken of.
import { canonicalJson } from "../../canonical-json.ts";
import type { AuditEvent } from "../event.ts";

/**
 * One event as a line, line feed included.
 *
 * Characters that could act on a terminal are written as `\uXXXX`: the value is the same, and whoever checks a hash
 * takes it of the value in RFC 8785 form, not of this text.
 */
export function jsonlLine(event: AuditEvent): string {
  return `${canonicalJson(event).replaceAll(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Co}\p{Cn}\p{Cs}]/gu, escaped)}\n`;
}

// Such characters stand only inside JSON strings: outside of them the canonical form has none.
function escaped(character: string): string {
  let text = "";
  for (let index = 0; index < character.length; index += 1) {
    text += `\\u${character.charCodeAt(index).toString(16).padStart(4, "0")}`;
  }
  return text;
}
