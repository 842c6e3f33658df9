// `jit-nmap requests`: what waits, what runs, what ended. Where the policy names readers, others see their own alone.
import { InvalidArgumentError } from "commander";
import { frozenWords } from "../../core/approval/freeze.ts";
import type { RequestState } from "../../core/approval/request.ts";
import { time } from "../../core/time.ts";
import { commandLine, readCommandLine } from "../command-line.ts";
import { EXIT } from "../exit-code.ts";
import { outputLayout } from "../output-layout.ts";
import { writeErr, writeOut } from "../output.ts";
import { jsonText } from "../json-text.ts";
import { freezeJson, requestJson } from "../request-json.ts";
import { ago } from "../show-time.ts";
import { tableText, tsvText } from "../table.ts";
import { headlineOf } from "../request-headline.ts";
import { ourLine } from "../output.ts";
import { latestSeen, lookerOf } from "../../broker/sight.ts";
import type { RunCommand } from "./index.ts";

const states = [
  "pending",
  "approved",
  "claimed",
  "running",
  "finished",
  "failed",
  "killed",
  "revoked",
  "denied",
  "cancelled",
  "expired",
  "lapsed",
] as const satisfies readonly RequestState["state"][];

interface Options {
  readonly state?: RequestState["state"];
  readonly mine?: true;
  readonly json?: true;
  readonly limit: number;
}

export const run: RunCommand = async ({ args, effects, environment }) => {
  const command = commandLine("requests", "Lists requests, the newest first.")
    .option(
      "--state <state>",
      `only those that are ${states.slice(0, -1).join(", ")} or ${states.at(-1) ?? ""}`,
      stateOf,
    )
    .option("--mine", "only my own")
    .option("--limit <count>", "at most this many", countOf, 50)
    .option("--json", "one JSON object");
  const read = readCommandLine<Options>(command, args);
  if (read.kind === "done") return read.code;
  const { state, mine, json, limit } = read.options;
  const fx = await effects();
  const frozen = await fx.store.freeze();
  const me = fx.facts.requester().name;
  const wanted = { limit, ...(state && { state }), ...(mine === true && { requester: me }) };
  const requests = await latestSeen(wanted, lookerOf(me, fx), fx);
  if (json === true) {
    writeOut(
      jsonText({ schema: 1, ...(frozen && { frozen: freezeJson(frozen) }), requests: requests.map(requestJson) }),
    );
    return EXIT.ok;
  }
  if (frozen) writeErr(ourLine("note", `${frozenWords(frozen)}; nothing starts until jit-nmap unfreeze`));
  const { terminal, columns } = outputLayout(environment);
  if (!terminal) {
    writeOut(
      tsvText(
        requests.map((request) => [
          request.id,
          request.state,
          request.requester.name,
          time(request.openedAt),
          ...headlineOf(request),
        ]),
      ),
    );
    return EXIT.ok;
  }
  if (requests.length === 0) {
    writeErr(ourLine("note", "no requests"));
    return EXIT.ok;
  }
  const now = fx.clock.now();
  const rows = requests.map((request) => [
    request.id,
    request.state,
    request.requester.name,
    ago(request.openedAt, now),
    headlineOf(request)
      .filter((part) => part !== "")
      .join(", "),
  ]);
  writeOut(tableText(["ID", "STATE", "WHO", "ASKED", "WHAT"], rows, columns));
  return EXIT.ok;
};

function stateOf(word: string): RequestState["state"] {
  const state = states.find((known) => known === word);
  if (state === undefined) throw new InvalidArgumentError(`Known are: ${states.join(", ")}.`);
  return state;
}

function countOf(word: string): number {
  if (!/^[1-9]\d{0,5}$/.test(word)) throw new InvalidArgumentError("It must be a whole number from 1 on.");
  return Number(word);
}
