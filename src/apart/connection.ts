// One program at the other end of the wire, and the order that it runs: what the broker's side keeps of both. Apart from
// client.ts, which is the runner that is made of it.
import type { Duplex } from "node:stream";
import { unreachable } from "../core/result.ts";
import type { Acknowledge, Ended, HeldHere, Stops } from "../effects.ts";
import type { Order, Report } from "../messages.ts";
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
export class Run {
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
export class Connection {
  readonly welcome: Promise<HeldHere>;
  isLost = false;
  readonly #wire: ReturnType<typeof wireOf>;
  readonly #waiting = new Map<number, Waiting>();
  #greet: (held: HeldHere) => void = () => undefined;
  #fail: (error: Error) => void = () => undefined;
  #run: Run | undefined;
  #isGreeted = false;
  readonly #neverCame: string;
  readonly #bytes = new Map<string, Buffer[]>();
  #asked = 0;

  constructor(stream: Duplex, home: string, build: string, neverCame: string) {
    this.#neverCame = neverCame;
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
        this.#lost(`the runner's program is gone (${because})`);
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
    this.#isGreeted = true;
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
    // What came before its greeting is sudo's word, or the system's, and on standard error.
    const error = new RunnerLost(this.#isGreeted ? because : this.#neverCame);
    this.#fail(error);
    for (const { reject } of this.#waiting.values()) reject(error);
    this.#waiting.clear();
  }
}
