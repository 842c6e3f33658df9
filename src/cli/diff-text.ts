// Differences between results as lines that people know from diff(1). All of it came over the network: escaped here.
import { Chalk } from "chalk";
import { escapeText } from "../core/escape.ts";
import { unreachable } from "../core/result.ts";
import type { Change, Diff } from "../core/results/diff.ts";

/** One block a host, `-` before what was and `+` before what is; empty when nothing is different. */
export function diffText({ hosts }: Diff, { colour }: { readonly colour: boolean }): string {
  const chalk = new Chalk({ level: colour ? 1 : 0 });
  return hosts
    .map(({ address, kind, changes }) => {
      const sign = kind === "changed" ? " " : kind === "appeared" ? "+" : "-";
      const lines = changes.flatMap((change) => [
        ...linesOf("-", change, change.before).map((line) => chalk.red(line)),
        ...linesOf("+", change, change.after).map((line) => chalk.green(line)),
      ]);
      return [chalk.bold(`${sign}${escapeText(address)}`), ...lines, ""].map((line) => `${line}\n`).join("");
    })
    .join("");
}

function linesOf(sign: "-" | "+", change: Change, text: string | undefined): readonly string[] {
  if (text === undefined) return [];
  const [first = "", ...more] = `${labelOf(change)} ${text}`.split("\n");
  return [
    `${sign}  ${escapeText(first, { keep: "tab" })}`,
    ...more.map((line) => `${sign}    ${escapeText(line, { keep: "tab" })}`),
  ];
}

function labelOf({ about, port, script }: Change): string {
  switch (about) {
    case "host":
      return "host is";
    case "names":
      return "names:";
    case "mac":
      return "MAC address:";
    case "os":
      return "OS:";
    case "not-shown":
      return "not shown:";
    case "port":
      return port ?? "";
    case "script":
      return port === undefined ? `${script ?? ""}:` : `${port} ${script ?? ""}:`;
    default:
      return unreachable(about);
  }
}
