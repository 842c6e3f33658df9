// Rows as a table for a terminal, or as tab-separated values for a program. Cells are escaped here, in one place.
import { escapeText } from "../core/escape.ts";
import { displayWidth, fitTo, padTo } from "./width.ts";

/** Aligned columns under a heading, no line wider than `columns`: the last column is cut. Ends with a line feed. */
export function tableText(headings: readonly string[], rows: readonly (readonly string[])[], columns: number): string {
  const cells = [headings, ...rows].map((row) => row.map((cell) => escapeText(cell)));
  const widths = headings.map((_, index) => Math.max(...cells.map((row) => displayWidth(row[index] ?? ""))));
  return cells
    .map((row) =>
      fitTo(
        row.map((cell, index) => (index < row.length - 1 ? padTo(cell, widths[index] ?? 0) : cell)).join("  "),
        columns,
      ),
    )
    .map((line) => `${line.trimEnd()}\n`)
    .join("");
}

/** One row a line, cells parted by tabs, no heading; a tab inside a cell is escaped. */
export function tsvText(rows: readonly (readonly string[])[]): string {
  return rows.map((row) => `${row.map((cell) => escapeText(cell)).join("\t")}\n`).join("");
}
