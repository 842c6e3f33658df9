// The broker's side of the wire: a runner like that of this process, whose sessions are another program's. Loaded only
// where sessions are run apart.
import type { Duplex } from "node:stream";
import type { Revocation, SessionId } from "../core/audit/event.ts";
import { err, ok, unreachable } from "../core/result.ts";
import type { Acknowledge, Ended, HeldHere, Runner, SessionHost, Stops, Swept } from "../effects.ts";
import type { Order, Report } from "../messages.ts";
import { BUILD } from "./build-id.ts";
import { answers, fromRunner, MOST_TO_BROKER, VERSION } from "./said.ts";
import type { Answer, FromBroker, FromRunner, Question, ReportOnWire } from "./said.ts";
import { wireOf } from "./wire.ts";

/** The runner's program is gone, or was never there. */
export class RunnerLost extends Error {
  readonly code = "runner-lost";
}

interface Given {
  readonly acknowledge: Acknowledge;
  readonly stops: Stops;
  readonly meanwhile: () => void;
}

/** An order that is being run, as far as this side knows. */
class Run {
  readonly #given: Given;
  /** Once its start is on record. */
  started = false;
  startedAt = process.hrtime.bigint();
  reported: Ended | undefined;
  /** What the trail threw: its own words, not those of the other side. */
  failure: Error | undefined;
  #unsubscribe: () => void = () => undefined;

  constructor(given: Given) {
    this.#given = given;
  }

  running(wire: Connection): void {
    this.startedAt = process.hrtime.bigint();
    this.#given.meanwhile();
    this.#unsubscribe = this.#given.stops({
      stop: (how, ending) => {
        wire.say({ kind: "stop", how, ending });
      },
      extend: (ttlSeconds) => {
        wire.say({ kind: "extend", ttlSeconds });
      },
    });
  }

  async report(report: Report): Promise<"on-record" | "refused" | "failed"> {
    if (report.kind === "ended" || report.kind === "failed") {
      this.reported = report;
      this.over();
    }
    try {
      const answer = await this.#given.acknowledge(report);
      if (report.kind === "starting" && answer === "on-record") this.started = true;
      return answer;
    } catch (error) {
      this.failure ??= error instanceof Error ? error : new Error(String(error));
      return "failed";
    }
  }

  over(): void {
    this.#unsubscribe();
    this.#unsubscribe = () => undefined;
  }
}

type Waiting = {
  readonly resolve: (value: { answer: unknown; bytes: Uint8Array }) => void;
  readonly reject: (error: Error) => void;
};

/** One program at the other end, from its greeting to its end. */
class Connection {
  readonly welcome: Promise<HeldHere>;
  isLost = false;
  readonly #wire: ReturnType<typeof wireOf>;
  readonly #waiting = new Map<number, Waiting>();
  #greet: (held: HeldHere) => void = () => undefined;
  #fail: (error: Error) => void = () => undefined;
  #run: Run | undefined;
  readonly #bytes = new Map<string, Buffer[]>();
  #asked = 0;

  constructor(stream: Duplex, home: string, build: string) {
    this.welcome = new Promise((resolve, reject) => {
      this.#greet = resolve;
      this.#fail = reject;
    });
    this.welcome.catch(() => undefined);
    this.#wire = wireOf(
      stream,
      MOST_TO_BROKER,
      (message) => {
        this.#hear(message, build);
      },
      (because) => {
        this.#lost(because);
      },
    );
    this.say({ kind: "hello", version: VERSION, build, home });
  }

  say(message: FromBroker): void {
    void this.#wire.send(message);
  }

  async ask<About extends Question["about"]>(
    question: Question & { readonly about: About },
  ): Promise<{ answer: Answer<About>; bytes: Uint8Array }> {
    await this.welcome;
    if (this.isLost) throw new RunnerLost("the runner's program is gone");
    const id = this.#asked++;
    const { answer, bytes } = await new Promise<{ answer: unknown; bytes: Uint8Array }>((resolve, reject) => {
      this.#waiting.set(id, { resolve, reject });
      this.say({ kind: "ask", id, question });
    });
    const isAnswer = answers[question.about] as (value: unknown) => boolean;
    if (!isAnswer(answer)) throw this.#broken();
    return { answer: answer as Answer<About>, bytes };
  }

  /** Resolves with what was not reported, or null. */
  async execute(order: Order, run: Run): Promise<Answer<"execute">> {
    this.#run = run;
    try {
      return (await this.ask({ about: "execute", order })).answer;
    } finally {
      this.#run = undefined;
    }
  }

  #hear(value: unknown, build: string): void {
    if (!fromRunner(value)) {
      this.#broken();
      return;
    }
    const message: FromRunner = value;
    switch (message.kind) {
      case "welcome": {
        if (message.version !== VERSION || message.build !== build) {
          this.#lose(new RunnerLost("the runner's program is of another build than this one"));
          return;
        }
        this.#greet(message.held);
        return;
      }
      case "unwelcome":
        this.#lose(new RunnerLost(message.because));
        return;
      case "running":
        this.#run?.running(this);
        return;
      case "bytes":
        this.#piece(`${message.of} ${message.id}`, message.base64);
        return;
      case "report":
        void this.#reported(message.number, message.report);
        return;
      case "answer":
      case "threw": {
        const waiting = this.#waiting.get(message.id);
        this.#waiting.delete(message.id);
        if (message.kind === "answer")
          waiting?.resolve({ answer: message.answer, bytes: this.#taken(`answer ${message.id}`) });
        else
          waiting?.reject(
            Object.assign(new Error(message.message), message.code === undefined ? {} : { code: message.code }),
          );
        return;
      }
      default:
        unreachable(message);
    }
  }

  async #reported(number: number, report: ReportOnWire): Promise<void> {
    const whole: Report = report.kind === "ended" ? { ...report, xml: this.#taken(`report ${number}`) } : report;
    const answer = (await this.#run?.report(whole)) ?? "failed";
    this.say({ kind: "acknowledged", report: number, answer });
  }

  #piece(of: string, base64: string): void {
    const pieces = this.#bytes.get(of) ?? [];
    pieces.push(Buffer.from(base64, "base64"));
    this.#bytes.set(of, pieces);
  }

  #taken(of: string): Uint8Array {
    const pieces = this.#bytes.get(of) ?? [];
    this.#bytes.delete(of);
    return Buffer.concat(pieces);
  }

  #broken(): Error {
    const error = new RunnerLost("the runner's program said what nobody understands");
    this.#lose(error);
    return error;
  }

  #lose(error: Error): void {
    this.#wire.close();
    this.#lost(error.message);
  }

  #lost(because: string): void {
    this.isLost = true;
    const error = new RunnerLost(because);
    this.#fail(error);
    for (const { reject } of this.#waiting.values()) reject(error);
    this.#waiting.clear();
  }
}

/** How often, and how long apart, is looked whether a lost session is at its end: its guard takes a second. */
const LOOKS = 50;
const LOOK_EVERY_MS = 100;

/**
 * A runner in another program. It is started when it is first needed, and again where it was lost.
 *
 * @param start  starts the program and gives the stream to it.
 * @param home  the folder whose trail has its sessions on record.
 * @param tell  nmap's answers about itself need no runner.
 */
export function runnerApart(start: () => Duplex, home: string, tell: SessionHost["tell"], build = BUILD): Runner {
  let open: Connection | undefined;
  const connection = (): Connection => {
    if (open === undefined || open.isLost) open = new Connection(start(), home, build);
    return open;
  };

  return {
    level: () => connection().welcome,
    expect: () => void connection(),
    async standBy(session, plan, terms) {
      const { answer } = await connection().ask({ about: "stand-by", session, plan, terms });
      return answer === null ? ok(session) : err(answer);
    },
    async standDown(session) {
      // Without the program that made it ready there is nothing that a sweep would not find.
      if (open === undefined || open.isLost) return;
      await open.ask({ about: "stand-down", session });
    },
    async execute(order, acknowledge, stops, meanwhile) {
      const run = new Run({ acknowledge, stops, meanwhile });
      try {
        const unreported = await connection().execute(order, run);
        const ended = unreported ?? run.reported;
        if (ended === undefined) throw new Error("an order ended without a report");
        return ended;
      } catch (error) {
        if (run.failure !== undefined) throw run.failure;
        if (!(error instanceof RunnerLost)) throw error;
        return await afterLoss(order, run, error);
      } finally {
        run.over();
      }
    },
    tell,
    read: async (session, file) => (await connection().ask({ about: "read", session, file })).bytes,
    progress: async (session) => (await connection().ask({ about: "progress", session })).answer ?? undefined,
    async discard(session) {
      await connection().ask({ about: "discard", session });
    },
    sweep: async (session) => (await connection().ask({ about: "sweep", session })).answer,
    abandoned: async () => (await connection().ask({ about: "abandoned" })).answer,
  };

  /** The program went away with the order. The session's guard ends nmap; another program looks that nothing is left. */
  async function afterLoss({ session }: Order, run: Run, lost: RunnerLost): Promise<Ended> {
    if (run.reported !== undefined) return run.reported;
    const endedAt = Date.now();
    const seconds = Number(process.hrtime.bigint() - run.startedAt) / 1e9;
    if (!run.started)
      return reported({ kind: "failed", session, problem: { code: lost.code, message: lost.message } }, run);
    const { revocation, xml } = await sweepUp(session).catch(() => ({
      revocation: { revoked: [] },
      xml: new Uint8Array(),
    }));
    return reported(
      {
        kind: "ended",
        session,
        ending: "lost",
        exitCode: null,
        signal: null,
        seconds,
        endedAt,
        xml,
        violations: [],
        revocation: { ...revocation, revoked: ["grant", ...revocation.revoked] },
      },
      run,
    );
  }

  async function reported(report: Ended, run: Run): Promise<Ended> {
    await run.report(report);
    if (run.failure !== undefined) throw run.failure;
    return report;
  }

  async function sweepUp(session: SessionId): Promise<{ revocation: Revocation; xml: Uint8Array }> {
    let swept: Swept = { kind: "running" };
    for (let look = 0; look < LOOKS && swept.kind === "running"; look++) {
      if (look > 0) await new Promise((resolve) => setTimeout(resolve, LOOK_EVERY_MS));
      swept = (await connection().ask({ about: "sweep", session })).answer;
    }
    const revocation: Revocation = swept.kind === "over" ? swept.revocation : { revoked: [] };
    const read = connection().ask({ about: "read", session, file: "xml" });
    return { revocation, xml: await read.then(({ bytes }) => bytes).catch(() => new Uint8Array()) };
  }
}
