// The broker's side of the wire: a runner like that of this process, whose sessions are another program's. Loaded only
// where sessions are run apart.
import type { Duplex } from "node:stream";
import type { Revocation, SessionId } from "../core/audit/event.ts";
import { err, ok, type Problem } from "../core/result.ts";
import type { Ended, Runner, SessionHost, Swept } from "../effects.ts";
import type { Order } from "../messages.ts";
import { BUILD } from "./build-id.ts";
import { Connection, Run, RunnerLost } from "./connection.ts";

/** How often, and how long apart, is looked whether a lost session is at its end: its guard takes a second. */
const LOOKS = 50;
const LOOK_EVERY_MS = 100;

export interface ApartOptions {
  /** Starts the program and gives the stream to it. */
  readonly start: () => Duplex;
  /** What is said of a program that did not even greet. */
  readonly neverCame: string;
  /** The folder whose trail has its sessions on record. */
  readonly home: string;
  /** nmap's answers about itself need no runner. */
  readonly tell: SessionHost["tell"];
  /** Tests may say another. */
  readonly build?: string;
}

/** A runner in another program. It is started when it is first needed, and again where it was lost. */
export function runnerApart({ start, neverCame, home, tell, build = BUILD }: ApartOptions): Runner {
  let open: Connection | undefined;
  const connection = (): Connection => {
    if (open === undefined || open.isLost) open = new Connection(start(), home, build, neverCame);
    return open;
  };

  return {
    level: () => connection().welcome,
    expect: () => void connection(),
    // Its wall knows only what this broker ordered; who is root looks for itself (here-or-apart.ts).
    endElsewhere: () => Promise.resolve(false),
    async standBy(session, plan, terms) {
      try {
        const { answer } = await connection().ask({ about: "stand-by", session, plan, terms });
        return answer === null ? ok(session) : err(answer);
      } catch (error) {
        if (error instanceof RunnerLost) return err(problemOf(error));
        throw error;
      }
    },
    async standDown(session) {
      // Without the program that made it ready there is nothing that a sweep would not find.
      if (open === undefined || open.isLost) return;
      await open.ask({ about: "stand-down", session }).catch(unlessLost);
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
      // What nobody can remove now, a sweep finds.
      await connection().ask({ about: "discard", session }).catch(unlessLost);
    },
    sweep: async (session) => (await connection().ask({ about: "sweep", session })).answer,
    abandoned: async () => (await connection().ask({ about: "abandoned" })).answer,
  };

  /** The program went away with the order. The session's guard ends nmap; another program looks that nothing is left. */
  async function afterLoss({ session }: Order, run: Run, lost: RunnerLost): Promise<Ended> {
    if (run.reported !== undefined) return run.reported;
    const endedAt = Date.now();
    const seconds = Number(process.hrtime.bigint() - run.startedAt) / 1e9;
    if (!run.started) return reported({ kind: "failed", session, problem: problemOf(lost) }, run);
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

const problemOf = ({ code, message }: RunnerLost): Problem<"runner-lost"> => ({
  code,
  message: `The session can't be run: ${message}.`,
  hint: "jit-nmap doctor says what sessions here need",
});

function unlessLost(error: unknown): void {
  if (!(error instanceof RunnerLost)) throw error;
}
