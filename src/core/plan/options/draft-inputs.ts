// The part of a draft that files, scripts and lists of targets fill: what else than the target words says what is
// scanned. Apart from the rest, because these values are only texts and paths until others read them.

import type { ScriptArgument } from "../script-args.ts";
import type { ScriptPiece } from "../scripts-expression.ts";

export interface InputDraft {
  /** The path after -iL. */
  targetList: string | undefined;
  /** The text after --exclude. */
  exclude: string | undefined;
  /** The path after --excludefile. */
  excludeFile: string | undefined;
  resolveAll: boolean;
  /** Above 0, below 1. */
  portRatio: number | undefined;
  /** What --script names; several add up. */
  scripts: ScriptPiece[];
  /** The paths of scripts that are the requester's own. */
  ownScriptPaths: string[];
  scriptArgs: readonly ScriptArgument[];
  /** The path after --script-args-file. */
  scriptArgsFile: string | undefined;
}

export function emptyInputs(): InputDraft {
  return {
    targetList: undefined,
    exclude: undefined,
    excludeFile: undefined,
    resolveAll: false,
    portRatio: undefined,
    scripts: [],
    ownScriptPaths: [],
    scriptArgs: [],
    scriptArgsFile: undefined,
  };
}
