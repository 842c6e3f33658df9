// The runner's side of the wire: any runner, asked by a broker in another process. One order at a time; each of its
// reports waits for the broker's acknowledgement. When the broker is gone, so is what it ordered.
import type { Duplex } from "node:stream";
import { unreachable } from "../core/result.ts";
import type { Runner, RunningSession } from "../effects.ts";
import type { Order, Report } from "../messages.ts";
import { BUILD } from "./build-id.ts";
import { fromBroker, MOST_TO_RUNNER, PIECE, VERSION } from "./said.ts";
import type { FromBroker, FromRunner, Question } from "./said.ts";
import { wireOf } from "./wire.ts";

/** What serves a broker, once it is known for which folder it asks; or why no session can be run for it. */
export type ServiceFor = (home: string) => { readonly runner: Runner } | { readonly because: string };

/** Questions of one broker at once: ours asks a handful, and each answer may be a whole result in root's memory. */
const MOST_UNDER_WAY = 32;

/**
 * Serves one broker until it is gone, or until `ended` aborts. Resolves when nothing is left under way: a session that
 * was ended for it is left for a sweep, because nobody has put its end on record.
 *
 * @param build  tests may say another.
 */
export function serve(stream: Duplex, serviceFor: ServiceFor, ended: AbortSignal, build = BUILD): Promise<void> {
  return new Promise((resolve) => {
    let runner: Runner | undefined;
    let greeted = false;
    let isGone = false;
    let reports = 0;
    let running: Pick<RunningSession, "stop" | "extend"> | undefined;
    let ordered = false;
    const unacknowledged = new Map<number, (answer: "on-record" | "refused" | "failed") => void>();
    const standing = new Set<Parameters<Runner["standDown"]>[0]>();
    const underWay = new Set<Promise<void>>();

    const wire = wireOf(stream, MOST_TO_RUNNER, hear, gone);
    const say = (message: FromRunner): Promise<void> => wire.send(message);
    ended.addEventListener("abort", () => {
      wire.close();
      gone();
    });

    function gone(): void {
      if (isGone) return;
      isGone = true;
      // Nobody can say any more that it may go on; what it has found is kept for the sweep.
      running?.stop("promptly", "lost");
      for (const answer of unacknowledged.values()) answer("failed");
      void settle().then(resolve);
    }

    async function settle(): Promise<void> {
      while (underWay.size > 0) await Promise.allSettled(underWay);
      for (const session of standing) await runner?.standDown(session).catch(() => undefined);
    }

    /** Somebody who does not keep to the form is no broker of ours. */
    function refuse(): void {
      wire.close();
      gone();
    }

    function hear(value: unknown): void {
      if (!fromBroker(value)) {
        refuse();
        return;
      }
      const message: FromBroker = value;
      if (message.kind === "hello") {
        if (greeted) refuse();
        else void greet(message);
        return;
      }
      if (runner === undefined) {
        refuse();
        return;
      }
      switch (message.kind) {
        case "ask":
          if (underWay.size >= MOST_UNDER_WAY) {
            refuse();
            return;
          }
          begin(message.id, message.question, runner);
          return;
        case "acknowledged":
          unacknowledged.get(message.report)?.(message.answer);
          return;
        case "stop":
          running?.stop(message.how, message.ending);
          return;
        case "extend":
          running?.extend(message.ttlSeconds);
          return;
        default:
          unreachable(message);
      }
    }

    async function greet({ version, build: theirs, home }: Extract<FromBroker, { kind: "hello" }>): Promise<void> {
      greeted = true;
      // Of another build nothing else is understood for sure.
      const isOurs = version === VERSION && theirs === build;
      const service = isOurs ? serviceFor(home) : { because: "the runner's program is of another build than this one" };
      if ("because" in service) {
        await say({ kind: "unwelcome", because: service.because });
        return;
      }
      // Its networks may be a million, and the broker reads the file itself.
      const held = { ...(await service.runner.level()), ceiling: undefined };
      runner = service.runner;
      await say({ kind: "welcome", version: VERSION, build, held });
    }

    function begin(id: number, question: Question, asked: Runner): void {
      const work = answerTo(id, question, asked).then(
        (answer) => say({ kind: "answer", id, answer }),
        (error: unknown) => {
          const { message, code } =
            error instanceof Error
              ? (error as NodeJS.ErrnoException)
              : (new Error(String(error)) as NodeJS.ErrnoException);
          return say({ kind: "threw", id, message, ...(typeof code === "string" && { code }) });
        },
      );
      underWay.add(work);
      void work.finally(() => underWay.delete(work));
    }

    async function answerTo(id: number, question: Question, asked: Runner): Promise<unknown> {
      switch (question.about) {
        case "stand-by": {
          const made = await asked.standBy(question.session, question.plan, question.terms);
          if (made.ok) standing.add(question.session);
          return made.ok ? null : made.error;
        }
        case "stand-down":
          standing.delete(question.session);
          await asked.standDown(question.session);
          return null;
        case "execute":
          return execute(question.order, asked);
        case "read":
          await sayBytes("answer", id, await asked.read(question.session, question.file));
          return null;
        case "progress":
          return (await asked.progress(question.session)) ?? null;
        case "discard":
          await asked.discard(question.session);
          return null;
        case "sweep":
          return asked.sweep(question.session);
        case "abandoned":
          return asked.abandoned();
        default:
          return unreachable(question);
      }
    }

    async function execute(order: Order, asked: Runner): Promise<unknown> {
      if (ordered) throw new Error("there is an order already");
      ordered = true;
      let last: Report | undefined;
      try {
        const done = await asked.execute(
          order,
          (report) => {
            last = report;
            return acknowledged(report);
          },
          (session) => {
            running = session;
            if (isGone) session.stop("promptly", "lost");
            return () => {
              running = undefined;
            };
          },
          () => void say({ kind: "running" }),
        );
        return done === last ? null : done;
      } finally {
        ordered = false;
      }
    }

    async function acknowledged(report: Report): Promise<"on-record" | "refused"> {
      const number = reports++;
      const answered = new Promise<"on-record" | "refused" | "failed">((answer) => {
        unacknowledged.set(number, answer);
      });
      if (report.kind === "ended") {
        const { xml, ...rest } = report;
        await sayBytes("report", number, xml);
        await say({ kind: "report", number, report: rest });
      } else {
        await say({ kind: "report", number, report });
      }
      const answer = isGone ? "failed" : await answered;
      unacknowledged.delete(number);
      if (answer === "failed") throw new Error("the report could not be put on record");
      return answer;
    }

    async function sayBytes(of: "report" | "answer", id: number, bytes: Uint8Array): Promise<void> {
      for (let at = 0; at < bytes.length; at += PIECE) {
        const { buffer, byteOffset } = bytes;
        const length = Math.min(PIECE, bytes.length - at);
        await say({ kind: "bytes", of, id, base64: Buffer.from(buffer, byteOffset + at, length).toString("base64") });
      }
    }
  });
}
