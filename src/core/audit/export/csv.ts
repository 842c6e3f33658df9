// The trail as CSV for spreadsheets (RFC 4180). What others wrote must not become a formula there.
import { canonicalJson } from "../../canonical-json.ts";
import { escapeText } from "../../escape.ts";
import type { AuditEvent } from "../event.ts";

/** The first line, line end included. */
export const csvHeader = "seq,time,type,request,actor,data,prev,hash\r\n";

/** One event as a line, line end included; `data` is one cell of JSON. */
export function csvLine(event: AuditEvent): string {
  const { seq, time, type, request, actor, data, prev, hash } = event;
  const cells = [String(seq), time, type, request ?? "", actor, canonicalJson(data), prev, hash];
  return `${cells.map(csvCell).join(",")}\r\n`;
}

/**
 * A quoted cell. Whatever a spreadsheet might take for a formula, also after blanks and in full width, gets an
 * apostrophe in front; control and invisible characters are shown, not passed on. Source: OWASP, CSV injection.
 */
export function csvCell(text: string): string {
  const shown = escapeText(text);
  const formula = /^[\s'"]*[=+\-@|%＝＋－＠]/.test(text.normalize("NFKC").replaceAll(/[\p{Cc}\p{Cf}]/gu, " "));
  return `"${formula ? "'" : ""}${shown.replaceAll('"', '""')}"`;
}
