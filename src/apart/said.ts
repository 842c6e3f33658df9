// What the broker and the runner apart say to each other, and the check of each before it is used. An order that was
// given is followed by reports, each of which waits for its acknowledgement; everything else is a question and its answer.
import type { Revocation, SessionEnding, SessionId, SessionLevel } from "../core/audit/event.ts";
import type { Terms } from "../core/confinement/confinement.ts";
import type { PlanDocument } from "../core/plan/document.ts";
import type { Problem } from "../core/result.ts";
import type { Progress } from "../core/results/progress.ts";
import type { HeldHere, SessionFiles, StopHow, Swept } from "../effects.ts";
import type { Order, Report } from "../messages.ts";
import { isSessionId } from "../session/session-id.ts";
import { grant, planDocument, terms } from "./plan-shape.ts";
import {
  count,
  flag,
  list,
  maybe,
  nothing,
  number,
  object,
  oneOf,
  text,
  textLike,
  wordOf,
  type Check,
} from "./shape.ts";

/** Of what they say to each other: raised with every change of it. */
export const VERSION = 1;

export type FromBroker =
  | { readonly kind: "hello"; readonly version: number; readonly build: string; readonly home: string }
  | { readonly kind: "ask"; readonly id: number; readonly question: Question }
  /** Of a report; `failed`: it could not be put on record. */
  | { readonly kind: "acknowledged"; readonly report: number; readonly answer: "on-record" | "refused" | "failed" }
  | { readonly kind: "stop"; readonly how: StopHow; readonly ending: SessionEnding }
  | { readonly kind: "extend"; readonly ttlSeconds: number };

export type Question =
  | { readonly about: "stand-by"; readonly session: SessionId; readonly plan: PlanDocument; readonly terms: Terms }
  | { readonly about: "execute"; readonly order: Order }
  | { readonly about: "read"; readonly session: SessionId; readonly file: keyof SessionFiles }
  | OfSession
  | { readonly about: "abandoned" };

interface OfSession {
  readonly about: "stand-down" | "progress" | "discard" | "sweep";
  readonly session: SessionId;
}

/** A report without its bytes, which come before it, in pieces. */
export type ReportOnWire = Exclude<Report, { kind: "ended" }> | Omit<Extract<Report, { kind: "ended" }>, "xml">;

export type FromRunner =
  | {
      readonly kind: "welcome";
      readonly version: number;
      readonly build: string;
      /** The ceiling is a file that the broker reads itself, where it may. */
      readonly held: Omit<HeldHere, "ceiling">;
    }
  /** No session can be run here, and nothing else is said. */
  | { readonly kind: "unwelcome"; readonly because: string }
  /** nmap runs: from here on it can be stopped and extended. */
  | { readonly kind: "running" }
  | { readonly kind: "report"; readonly number: number; readonly report: ReportOnWire }
  /** A piece of what the report of this number, or the answer to this question, has in bytes; base64. */
  | { readonly kind: "bytes"; readonly of: "report" | "answer"; readonly id: number; readonly base64: string }
  | { readonly kind: "answer"; readonly id: number; readonly answer: unknown }
  /** What it would have thrown. */
  | { readonly kind: "threw"; readonly id: number; readonly message: string; readonly code?: string };

/** Of one message to the runner: the plan with the most networks that a session takes, and scripts of one's own. */
export const MOST_TO_RUNNER = 32 << 20;
/** Of one message to the broker: bytes come in pieces. */
export const MOST_TO_BROKER = 4 << 20;
/** Bytes of one piece, before base64. */
export const PIECE = 1 << 20;

const session: Check<SessionId> = (value) => text(value) && isSessionId(value);
const ending = wordOf<SessionEnding>({
  exited: true,
  "time-box": true,
  interrupted: true,
  revoked: true,
  signalled: true,
  lost: true,
  violation: true,
});
const level = wordOf<SessionLevel>({ advisory: true, separated: true, enforced: true });

const order = object<Order>({
  kind: oneOf("order"),
  session,
  grant,
  ttlSeconds: number,
  plan: planDocument,
  terms,
});

const noOwnScripts = object<NonNullable<HeldHere["noOwnScripts"]>>({
  code: oneOf("own-script-refused"),
  message: text,
  hint: maybe(text),
});
const revocation = object<Revocation>({
  revoked: list(text),
  processesEnded: maybe(count),
  left: maybe(list(text)),
});
const problem = object<Omit<Problem, "at">>({ code: text, message: text, hint: maybe(text) });

/** Of a union with the discriminator `name`: looked up by it, then checked whole. Every member has to be here. */
function union<T extends Readonly<Record<N, string>>, N extends string>(
  name: N,
  members: Readonly<Record<T[N], (value: unknown) => boolean>>,
): Check<T> {
  const byName = new Map(Object.entries<(value: unknown) => boolean>(members));
  return (value): value is T => {
    if (typeof value !== "object" || value === null) return false;
    const said = (value as Record<string, unknown>)[name];
    return typeof said === "string" && byName.get(said)?.(value) === true;
  };
}

type Said<T extends { kind: string }, K extends T["kind"]> = Extract<T, { kind: K }>;
type Asked<K extends Question["about"]> = Extract<Question, { about: K }>;
const ofSession = object<OfSession>({
  about: wordOf<OfSession["about"]>({ "stand-down": true, progress: true, discard: true, sweep: true }),
  session,
});

const question = union<Question, "about">("about", {
  "stand-by": object<Asked<"stand-by">>({ about: oneOf("stand-by"), session, plan: planDocument, terms }),
  execute: object<Asked<"execute">>({ about: oneOf("execute"), order }),
  read: object<Asked<"read">>({
    about: oneOf("read"),
    session,
    file: wordOf<keyof SessionFiles>({ xml: true, normal: true, grepable: true, targets: true }),
  }),
  "stand-down": ofSession,
  progress: ofSession,
  discard: ofSession,
  sweep: ofSession,
  abandoned: object<Asked<"abandoned">>({ about: oneOf("abandoned") }),
});

/** Kept with each session: no longer than the kernel takes. */
const path = textLike(/^[^\0]{0,4095}$/);

export const fromBroker = union<FromBroker, "kind">("kind", {
  hello: object<Said<FromBroker, "hello">>({ kind: oneOf("hello"), version: count, build: text, home: path }),
  ask: object<Said<FromBroker, "ask">>({ kind: oneOf("ask"), id: count, question }),
  acknowledged: object<Said<FromBroker, "acknowledged">>({
    kind: oneOf("acknowledged"),
    report: count,
    answer: wordOf<Said<FromBroker, "acknowledged">["answer"]>({ "on-record": true, refused: true, failed: true }),
  }),
  stop: object<Said<FromBroker, "stop">>({
    kind: oneOf("stop"),
    how: wordOf<StopHow>({ gently: true, promptly: true, now: true }),
    ending,
  }),
  extend: object<Said<FromBroker, "extend">>({ kind: oneOf("extend"), ttlSeconds: number }),
});

type Reported<K extends ReportOnWire["kind"]> = Extract<ReportOnWire, { kind: K }>;
const orNull =
  <T>(check: Check<T>): Check<T | null> =>
  (value): value is T | null =>
    value === null || check(value);

const failed = object<Reported<"failed">>({ kind: oneOf("failed"), session, problem });
const report = union<ReportOnWire, "kind">("kind", {
  starting: object<Reported<"starting">>({
    kind: oneOf("starting"),
    session,
    argv: list(text),
    privileged: flag,
    level,
  }),
  violating: object<Reported<"violating">>({ kind: oneOf("violating"), session, violations: list(text) }),
  ended: object<Reported<"ended">>({
    kind: oneOf("ended"),
    session,
    ending,
    exitCode: orNull(number),
    signal: orNull(text),
    seconds: number,
    endedAt: number,
    violations: list(text),
    revocation,
  }),
  failed,
});

export const fromRunner = union<FromRunner, "kind">("kind", {
  welcome: object<Said<FromRunner, "welcome">>({
    kind: oneOf("welcome"),
    version: count,
    build: text,
    held: object<Omit<HeldHere, "ceiling">>({
      level,
      because: maybe(text),
      fix: maybe(text),
      groups: maybe(text),
      by: maybe(wordOf<NonNullable<HeldHere["by"]>>({ root: true, sudo: true })),
      longestSeconds: number,
      noOwnScripts: maybe(noOwnScripts),
    }),
  }),
  unwelcome: object<Said<FromRunner, "unwelcome">>({ kind: oneOf("unwelcome"), because: text }),
  running: object<Said<FromRunner, "running">>({ kind: oneOf("running") }),
  report: object<Said<FromRunner, "report">>({ kind: oneOf("report"), number: count, report }),
  bytes: object<Said<FromRunner, "bytes">>({
    kind: oneOf("bytes"),
    of: wordOf<Said<FromRunner, "bytes">["of"]>({ report: true, answer: true }),
    id: count,
    base64: textLike(/^[A-Za-z0-9+/]*={0,2}$/),
  }),
  answer: object<Said<FromRunner, "answer">>({
    kind: oneOf("answer"),
    id: count,
    answer: (value): value is unknown => value !== undefined,
  }),
  threw: object<Said<FromRunner, "threw">>({ kind: oneOf("threw"), id: count, message: text, code: maybe(text) }),
});

/** The answer to each question. */
export const answers = {
  /** Why it can't stand by, or null where it does. */
  "stand-by": orNull(problem),
  /** The failure that was not reported, because the broker had refused the start; null where the last report says it. */
  execute: orNull(failed),
  /** The bytes came before it. */
  read: nothing,
  progress: orNull(
    object<Progress>({
      hosts: count,
      up: count,
      task: maybe(
        object<NonNullable<Progress["task"]>>({ name: text, percent: maybe(number), remainingSeconds: maybe(number) }),
      ),
    }),
  ),
  "stand-down": nothing,
  discard: nothing,
  sweep: union<Swept, "kind">("kind", {
    running: object<Said<Swept, "running">>({ kind: oneOf("running") }),
    "not-here": object<Said<Swept, "not-here">>({ kind: oneOf("not-here") }),
    over: object<Said<Swept, "over">>({ kind: oneOf("over"), revocation }),
  }),
  abandoned: list(session),
} as const satisfies Record<Question["about"], (value: unknown) => boolean>;

export type Answer<About extends Question["about"]> = (typeof answers)[About] extends Check<infer T> ? T : never;
