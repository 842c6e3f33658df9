// How wide and how coloured text on standard output may be. Apart from output.ts, because only commands lay out text.
import { isatty } from "node:tty";
import { wantsColour, type Environment } from "./colour.ts";

export interface OutputLayout {
  /** Whether a person looks at it; else a program reads it. */
  readonly terminal: boolean;
  readonly colour: boolean;
  readonly columns: number;
}

export function outputLayout(environment: Environment): OutputLayout {
  const terminal = isatty(1);
  // process.stdout only where it is a terminal: see output.ts. A pty nobody has sized says 0.
  const columns = terminal && process.stdout.columns > 0 ? process.stdout.columns : 80;
  return { terminal, colour: wantsColour(environment, terminal), columns };
}
