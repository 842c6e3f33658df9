// A request as it would run, whole: its card with the whole command, and the scripts of the requester's own that are part
// of it. What `show` begins with, and what a voter can read before a vote.
import { cardOfRequest } from "../core/approval/card-of-request.ts";
import type { Request } from "../core/approval/request.ts";
import { escapeText } from "../core/escape.ts";
import type { OwnScript } from "../core/plan/scan-plan.ts";
import { renderCard } from "./card-text.ts";
import type { OutputLayout } from "./output-layout.ts";

/** Ends with an empty line. */
export function wholeText(request: Request, layout: OutputLayout): string {
  const scripts = (request.plan.ownScripts ?? []).flatMap(ownScriptLines);
  return [renderCard(cardOfRequest(request), layout), "", ...scripts].join("\n");
}

/** A script of the requester's own, whole: what a vote answers for. Others wrote it, so no character of it is obeyed. */
function ownScriptLines({ name, digest, text }: OwnScript): readonly string[] {
  const lines = text.replace(/\r?\n$/, "").split("\n");
  const width = String(lines.length).length;
  return [
    escapeText(`own script ${name} (${digest}), as it will run:`),
    ...lines.map((line, index) => `${String(index + 1).padStart(width)}  ${escapeText(line, { keep: "tab" })}`),
    "",
  ];
}
