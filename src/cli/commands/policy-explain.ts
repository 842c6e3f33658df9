// `jit-nmap policy explain [--as NAME] [--at TIME] [--policy PATH] [--json] ARGS`: what a policy would say to whom and
// when. Our options stand before nmap's words, because nmap's are not ours to read; nothing here can open a request.
import { instantOf, parsePointInTime, pointInTimeForm, type PointInTime } from "../../core/policy/point-in-time.ts";
import type { Requester } from "../../core/policy/decision.ts";
import { escapeText } from "../../core/escape.ts";
import { err, ok, type Problem, type Result } from "../../core/result.ts";
import { time } from "../../core/time.ts";
import type { Effects } from "../../effects.ts";
import { explain } from "../../pipeline.ts";
import { answerCode, answerJson, answerText } from "../answer.ts";
import { loadDraft } from "../draft.ts";
import { EXIT } from "../exit-code.ts";
import { jsonText } from "../json-text.ts";
import { ourLine, writeErr, writeOut } from "../output.ts";
import { outputLayout } from "../output-layout.ts";
import { takeOwnOptions } from "../own-options.ts";
import { localTime } from "../show-time.ts";
import { tellOutcome, tellProblem } from "../tell.ts";
import type { RunCommand } from "./index.ts";

const usage = `usage: jit-nmap policy explain [--as NAME] [--at TIME] [--policy PATH] [--json] ARGS

Says what a policy would answer to this scan, and what each rule has to do with it; records and runs nothing.
  --as NAME      as if NAME asked; no way of running anything takes this option
  --at TIME      as if it were asked then: 2026-11-23T10:00 in the policy's zone, or 2026-11-23T10:00:00Z
  --policy PATH  a policy file or a folder of them, instead of the policy in force
  --json         the document of check --json, with "as" and "at"
Exit code: 0 allowed, 75 someone must say yes, 77 denied, 64 not understood, 78 the policy can't be used.
`;

interface Asked {
  readonly as?: string;
  readonly at?: PointInTime;
  readonly policy?: string;
  readonly json: boolean;
  readonly help: boolean;
  readonly words: readonly string[];
}

export const run: RunCommand = async ({ args, effects, environment }) => {
  const read = readArgs(args);
  if (!read.ok) return tellProblem(read.error);
  const { as, at, words, json, help } = read.value;
  if (help) {
    writeOut(usage);
    return EXIT.ok;
  }
  const fx = await effects();
  const policy = await loadDraft(read.value.policy, fx);
  if (policy === undefined) return EXIT.misconfigured;
  const who = as === undefined ? fx.facts.requester() : await accountOf(as, fx);
  const when = at === undefined ? fx.clock.now() : instantOf(at, policy.timezone);
  const answer = await explain({ words, cwd: process.cwd() }, { as: who, at: when, policy }, fx);
  if (json) {
    const supposed = answer.kind === "trial" ? { as: who.name, at: time(when) } : {};
    writeOut(jsonText({ ...answerJson(answer), ...supposed }));
    return answerCode(answer);
  }
  if (answer.kind !== "trial") return tellOutcome(answer);
  const groups = who.groups.length === 0 ? "no group" : who.groups.join(", ");
  writeOut(`${escapeText(`as ${who.name} (${groups}), at ${localTime(when)}`)}\n`);
  writeOut(answerText({ ...answer, asked: { requester: who } }, outputLayout(environment)));
  return answerCode(answer);
};

/** An account of this machine; a name that has none here may still stand in the policy. */
async function accountOf(name: string, fx: Effects): Promise<Requester> {
  const account = await fx.facts.account(name);
  if (account !== undefined) return account;
  writeErr(ourLine("note", `there is no account ${name} here: it is taken to be in no group`));
  return { name, uid: -1, groups: [] };
}

function readArgs(args: readonly string[]): Result<Asked, Problem> {
  const refuse = (message: string, hint = "jit-nmap policy explain --help"): Result<never, Problem> =>
    err({ code: "policy-usage", message, hint });
  const values = new Map<string, string>();
  let json = false;
  let at = 0;
  for (; at < args.length; at += 1) {
    const word = args[at] ?? "";
    if (word === "--json") {
      json = true;
      continue;
    }
    if (at === 0 && (word === "--help" || word === "-h") && args.length === 1) {
      return ok({ json, help: true, words: [] });
    }
    const [, name = "", typed] = /^--(as|at|policy)(?:=(.*))?$/s.exec(word) ?? [];
    if (name === "") break;
    const value = typed ?? args[(at += 1)];
    if (value === undefined || value === "") return refuse(`--${name} needs a value`);
    if (values.has(name)) return refuse(`--${name} is given twice`);
    values.set(name, value);
  }
  const taken = takeOwnOptions(args.slice(at));
  if (!taken.ok) return taken;
  const { words } = taken.value;
  if (words.length === 0) return refuse("nothing to explain: nmap's arguments are missing");
  const [as, atText, policy] = ["as", "at", "policy"].map((name) => values.get(name));
  const point = atText === undefined ? undefined : parsePointInTime(atText);
  if (atText !== undefined && point === undefined) return refuse(`--at takes ${pointInTimeForm}`);
  return ok({
    json,
    help: false,
    words,
    ...(as === undefined ? {} : { as }),
    ...(point === undefined ? {} : { at: point }),
    ...(policy === undefined ? {} : { policy }),
  });
}
