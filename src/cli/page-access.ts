// What lets people in at the page, from the command line: their passkeys, and taking them or every visit away. Apart
// from serve.ts, which is about the page itself.
import { mayNot, signOutEverywhere, takePasskey } from "../broker/take-access.ts";
import type { Passkey } from "../core/approval/access.ts";
import { escapeText } from "../core/escape.ts";
import type { Problem } from "../core/result.ts";
import { time } from "../core/time.ts";
import type { Effects } from "../effects.ts";
import type { Environment } from "./colour.ts";
import { EXIT } from "./exit-code.ts";
import { jsonText } from "./json-text.ts";
import { outputLayout } from "./output-layout.ts";
import { ourLine, writeErr, writeOut } from "./output.ts";
import { localTime } from "./show-time.ts";
import { tableText, tsvText } from "./table.ts";
import { tellProblem } from "./tell.ts";

export interface AccessOptions {
  /** True: my own. */
  readonly signOut: string | true | undefined;
  readonly passkeys: string | true | undefined;
  readonly removePasskey: string | undefined;
  readonly json: boolean;
}

const codes: ReadonlyMap<string, number> = new Map([["not-entitled", EXIT.denied]]);

/** Does the one thing that was asked for; gives the exit code. */
export async function lookAfterAccess(
  { signOut, passkeys, removePasskey, json }: AccessOptions,
  { environment }: { readonly environment: Environment },
  fx: Effects,
): Promise<number> {
  if ([signOut, passkeys, removePasskey].filter((option) => option !== undefined).length > 1)
    return tellProblem({
      code: "serve-usage",
      message: "one of --sign-out, --passkeys and --remove-passkey at a time",
    });
  const who = fx.facts.requester();
  const told = (problem: Problem): number => tellProblem(problem, codes.get(problem.code));
  if (removePasskey !== undefined) {
    const taken = await takePasskey(removePasskey, who, fx);
    if (!taken.ok) return told(taken.error);
    const { person } = taken.value;
    const also = person === who.name ? "" : "; every visit of theirs is over";
    writeErr(ourLine("note", `the passkey of ${escapeText(person)} counts no more${also}`));
    return EXIT.ok;
  }
  const named = signOut ?? passkeys;
  const person = typeof named === "string" ? named : who.name;
  if (signOut !== undefined) {
    const refused = await signOutEverywhere(person, who, fx);
    if (refused !== undefined) return told(refused);
    writeErr(ourLine("note", `${escapeText(person)} is signed out everywhere; passkeys stay: --passkeys lists them`));
    return EXIT.ok;
  }
  const refused = await mayNot(person, who, fx);
  return refused === undefined
    ? list(await fx.store.access.passkeys(person), person, json, environment)
    : told(refused);
}

function list(passkeys: readonly Passkey[], person: string, json: boolean, environment: Environment): number {
  if (json) {
    const rows = passkeys.map(({ id, addedAt, transports }) => ({ id, added: time(addedAt), transports }));
    writeOut(jsonText({ schema: 1, person, passkeys: rows }));
    return EXIT.ok;
  }
  const { terminal, columns } = outputLayout(environment);
  if (passkeys.length === 0 && terminal) writeErr(ourLine("note", `${escapeText(person)} has no passkey`));
  const rows = passkeys.map(({ id, addedAt, transports }) => [
    escapeText(id),
    terminal ? localTime(addedAt) : time(addedAt),
    escapeText(transports.join(",")),
  ]);
  if (rows.length > 0) writeOut(terminal ? tableText(["PASSKEY", "ADDED", "BY"], rows, columns) : tsvText(rows));
  return EXIT.ok;
}
