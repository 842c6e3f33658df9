// A world of fakes behind effects.ts for the pipeline's tests: a store in memory that compares and swaps as the real
// one does, an nmap that ends when told, a person who answers, a clock that stands still until it is moved.
import type { OwnScript } from "../../src/core/plan/scan-plan.ts";
import type { Delegation } from "../../src/core/approval/delegation.ts";
import type { Change, Reservation } from "../../src/core/approval/change.ts";
import type { Freeze } from "../../src/core/approval/freeze.ts";
import type { Request, Vote } from "../../src/core/approval/request.ts";
import { genesis, link } from "../../src/core/audit/chain.ts";
import type { AuditEvent, SessionEnding } from "../../src/core/audit/event.ts";
import { unconfigured } from "../../src/core/configuration/configuration.ts";
import type { Configuration } from "../../src/core/configuration/configuration.ts";
import type { Facts } from "../../src/core/plan/facts.ts";
import { fromDocument } from "../../src/core/plan/document.ts";
import { needOf, overLimit } from "../../src/core/policy/limits.ts";
import type { HistoryNeed, PastRun } from "../../src/core/policy/limits.ts";
import { parsePolicy } from "../../src/core/policy/parse.ts";
import type { Requester } from "../../src/core/policy/decision.ts";
import type { Policy } from "../../src/core/policy/policy.ts";
import { err, ok, type Problem, type Result } from "../../src/core/result.ts";
import { AddressSet } from "../../src/core/sets/address-set.ts";
import type {
  Approver,
  CommitResult,
  Effects,
  Launch,
  LaunchProblem,
  Proofs,
  Running,
  SessionEnd,
  SessionHost,
  StagedSession,
  Store,
  Waiting,
} from "../../src/effects.ts";
import type { ScanAsk } from "../../src/messages.ts";
import { runHere } from "../../src/runner.ts";
import { OutboxFake } from "./outbox-fake.ts";

export const bob: Requester = { name: "bob", uid: 1001, groups: ["netops"] };

export const xml = (args = "nmap"): string =>
  `<?xml version="1.0"?>\n<nmaprun scanner="nmap" args="${args}" start="1" version="7.93" xmloutputversion="1.05">` +
  `<runstats><finished time="2" elapsed="1.0" exit="success"/><hosts up="0" down="0" total="0"/></runstats></nmaprun>\n`;

export function policyOf(text: string): Result<Policy, readonly Problem[]> {
  const given = { origin: "test", networkFiles: new Map(), attached: AddressSet.empty };
  return parsePolicy([{ name: "test.yaml", text }], given);
}

/** The pipeline knows nothing of the page. */
const nobodySignsIn: Store["access"] = {
  link: () => Promise.resolve(undefined),
  wrongLogin: () => Promise.resolve(),
  visit: () => Promise.resolve(undefined),
  passkeys: () => Promise.resolve([]),
  passkey: () => Promise.resolve(undefined),
  passkeyUsed: () => Promise.resolve(false),
};

type Signal = "interrupt" | "hangup" | "terminate";

/** One scan's surroundings; a test changes what it is about, before or while the pipeline runs. */
export class World {
  now = Date.UTC(2026, 10, 22, 12);
  policy: Result<Policy, readonly Problem[]>;
  facts: Facts = {
    nmap: { path: "/usr/bin/nmap", version: "7.93", binary: `sha256:${"0".repeat(64)}` },
    privileged: true,
    names: new Map(),
    services: [],
    scripts: [],
  };
  present = true;
  readonly targetFiles: string[] = [];
  readonly ownScripts: OwnScript[] = [];
  /** What nmap was asked about itself. */
  readonly asked: (readonly string[])[] = [];
  requester = bob;
  /** What the person types for the number of hosts; undefined: the terminal goes away. */
  confirms: (() => boolean | undefined) | undefined = () => true;
  reason: string | undefined;
  approver: Approver | undefined;
  /** What a proof is worth, by default nothing. */
  proves: (...question: Parameters<Proofs["check"]>) => Awaited<ReturnType<Proofs["check"]>> = ({ kind }) =>
    kind === "code"
      ? { ok: true, value: "asserted" }
      : { ok: false, error: { code: "proof-wrong", message: "it proves nothing" } };
  /** What the store throws at the next commit. */
  storeFails: Error | undefined;
  launchFails: LaunchProblem | undefined;
  frozen: Freeze | undefined;
  readonly standingRuns: NonNullable<Change["standing"]>[] = [];
  /** Whether what stood ready is still there when it is needed. */
  stands = true;
  level: "advisory" | "enforced" = "advisory";
  /** How nmap ends; by default at once, with 0. */
  nmap: (launch: Launch, stopped: Promise<SessionEnding>) => Promise<Partial<SessionEnd>> = () => Promise.resolve({});
  /** What nmap leaves; undefined: a whole document of an empty scan by the line that was launched. */
  xml: string | undefined;
  outputRefused: string | undefined;

  readonly requests = new Map<string, Request>();
  readonly grants = new Map<string, Awaited<ReturnType<Store["grant"]>> & object>();
  readonly allVotes: Vote[] = [];
  /** Hashes of confirm codes. */
  delegations: readonly Delegation[] = [];
  readonly codes = new Map<string, string>();
  readonly reserved: NonNullable<Change["reserve"]>[] = [];
  readonly sessions: NonNullable<Change["session"]>[] = [];
  /** Tells of what the kernel refused to the session that runs. */
  violated: ((violations: readonly string[]) => void) | undefined;
  readonly results = new Map<string, NonNullable<Change["result"]>>();
  readonly events: AuditEvent[] = [];
  readonly said: string[] = [];
  rung = 0;
  readonly waiting: Waiting[] = [];
  readonly written = new Map<string, string>();
  /** The requester's files, by absolute path. */
  readonly files = new Map<string, string>();
  readonly launched: (Launch & { readonly ttlSeconds: number })[] = [];
  /** Everything in the order it happened: committed event types, `nmap` for the launch, `read PATH`, `write PATH`. */
  readonly order: string[] = [];
  readonly discarded: string[] = [];
  /** The runs that were shown to the person. */
  readonly shown: { readonly running: Running; readonly signal: AbortSignal }[] = [];
  /** The time boxes that a running session was given after its start, in seconds. */
  readonly extended: number[] = [];
  #listeners = new Set<(signal: Signal) => void>();
  #wakers = new Set<() => void>();
  #bytes = 0;

  constructor(policyText: string) {
    this.policy = policyOf(policyText);
    if (!this.policy.ok) throw new Error(JSON.stringify(this.policy.error));
  }

  get types(): readonly string[] {
    return this.events.map((event) => event.type);
  }

  signal(signal: Signal): void {
    for (const listener of this.#listeners) listener(signal);
  }

  /** Moves the clock and wakes whoever waits. */
  pass(seconds: number): void {
    this.now += seconds * 1000;
    for (const wake of this.#wakers) wake();
  }

  ask(words: string, more: Partial<ScanAsk> = {}): ScanAsk {
    return { words: words.split(" "), requester: this.requester, cwd: "/home/bob", ...more };
  }

  get only(): Request {
    const [request, ...others] = this.requests.values();
    if (request === undefined || others.length > 0) throw new Error(`${this.requests.size} requests`);
    return request;
  }

  /** Resolves when the request is in the state. */
  async until(state: Request["state"]): Promise<Request> {
    for (let turn = 0; turn < 1000; turn++) {
      const [request] = this.requests.values();
      if (request?.state === state) return request;
      await new Promise((resolve) => setImmediate(resolve));
    }
    throw new Error(`never ${state}`);
  }

  configuration: Configuration = unconfigured("/config.yaml");
  /** What the account knows that it asked for. */
  readonly askedFor = new Map<string, string>();
  /** What is in every file with a secret. */
  secret: string | undefined;
  readonly outbox = new OutboxFake();

  /** Where sessions are made; the runner over it is the real one. */
  readonly host: SessionHost = {
    level: () => Promise.resolve({ level: this.level }),
    putScripts: (_, scripts) => {
      this.ownScripts.push(...scripts);
      return Promise.resolve(ok("/session/scripts"));
    },
    putTargets: (_, words) => {
      this.targetFiles.push(words);
      return Promise.resolve();
    },
    tell: (argv) => {
      this.asked.push(argv);
      return Promise.resolve({ ok: true, value: 0 });
    },
    data: () => Promise.resolve({ ok: true, value: "/private/data" }),
    prepare: () =>
      Promise.resolve({ xml: "/private/x", normal: "/private/n", grepable: "/private/g", targets: "/private/t" }),
    stage: (launch) => {
      if (this.launchFails) return Promise.resolve({ ok: false, error: this.launchFails });
      this.order.push("shell");
      return Promise.resolve({
        ok: true,
        value: {
          stands: () => this.stands,
          open: (ttlSeconds, violated) => {
            this.violated = violated;
            return this.#nmapRuns({ ...launch, ttlSeconds });
          },
          drop: () => this.#dropped(),
        },
      });
    },
    read: (_, file) =>
      Promise.resolve(
        Buffer.from(file === "xml" ? (this.xml ?? xml(this.launched.at(-1)?.argv.join(" "))) : `# ${file}\n`),
      ),
    progress: () => Promise.resolve({ hosts: 1, up: 1 }),
    discard: (session) => {
      this.discarded.push(session);
      return Promise.resolve();
    },
    sweep: () => Promise.resolve({ kind: "running" }),
    abandoned: () => Promise.resolve([]),
  };

  readonly effects: Effects = {
    places: { state: "/state", config: "/config" },
    clock: { now: () => this.now },
    uptime: () => this.now / 1000,
    random: {
      bytes: (count) => Uint8Array.from({ length: count }, () => (this.#bytes = (this.#bytes * 31 + 17) % 251)),
    },
    facts: {
      find: () => Promise.resolve({ ok: true, value: this.facts }),
      requester: () => this.requester,
      account: (name) => Promise.resolve(name === "bob" ? bob : { name, uid: 2000 + name.length, groups: [] }),
      delegations: () => Promise.resolve(this.delegations),
      membersOf: (group) => Promise.resolve(group === "netops" ? ["bob", "nina"] : []),
    },
    policy: { load: () => Promise.resolve(this.policy) },
    drafts: {
      load: () => Promise.resolve(this.policy),
      cases: () => Promise.resolve({ ok: true, value: [] }),
    },
    proofs: {
      check: (proof, claim) => Promise.resolve(this.proves(proof, claim)),
      sign: () => Promise.resolve({ ok: true, value: undefined }),
      cannotSign: () => Promise.resolve(undefined),
    },
    store: {
      commit: (change) => this.#commit(change),
      findRequest: (prefix) => {
        const request = [...this.requests.values()].find(({ id }) => id.startsWith(prefix));
        return Promise.resolve(request ? { kind: "found", request } : { kind: "none" });
      },
      listRequests: ({ state, requester }) =>
        Promise.resolve(
          [...this.requests.values()].filter(
            (request) =>
              (state === undefined || request.state === state) &&
              (requester === undefined || request.requester.name === requester),
          ),
        ),
      earlierScans: (requester, which) => {
        const requests = [...this.requests.values()].filter(
          ({ id, requester: { name }, state }) =>
            name === requester &&
            ["approved", "claimed", "running", "finished", "failed", "killed", "lapsed"].includes(state) &&
            (which === "any" || this.allVotes.some((vote) => vote.request === id && vote.answer !== "deny")),
        );
        return Promise.resolve({ requests: requests.toReversed(), whole: true });
      },
      votes: (id) => Promise.resolve(this.allVotes.filter((vote) => vote.request === id)),
      standingRuns: (standing) => Promise.resolve(this.standingRuns.filter((one) => one.standing === standing).length),
      owedReviews: (login) => {
        const reviewed = this.events
          .filter(({ type }) => type === "break-glass.reviewed")
          .map(({ request }) => request);
        const owed = this.events.filter(
          ({ type, actor, request }) =>
            type === "break-glass.used" && (login === undefined || actor === login) && !reviewed.includes(request),
        );
        return Promise.resolve(
          owed.map(({ request, actor, time }) => ({
            request: request as Request["id"],
            requester: actor,
            since: Date.parse(time),
          })),
        );
      },
      freeze: () => Promise.resolve(this.frozen),
      delegations: () => Promise.resolve(this.delegations),
      codeHash: (id) => Promise.resolve(this.codes.get(id)),
      grant: (id) => Promise.resolve(this.grants.get(id)),
      sessions: (id) => Promise.resolve(this.sessions.filter((session) => session.request === id)),
      openSessions: () => Promise.resolve(this.sessions.filter((session) => session.end === undefined)),
      result: (session) => Promise.resolve(this.results.get(session)),
      history: (need, now, except) => Promise.resolve(this.#history(need, now, except)),
      events: () => Promise.resolve(this.events),
      access: nobodySignsIn,
      figures: () => Promise.reject(new Error("the pipeline counts nothing")),
      outbox: this.outbox,
      verify: () => Promise.resolve({ kind: "intact", events: this.events.length, head: "" }),
      changed: (_, signal) =>
        new Promise((resolve, reject) => {
          // Looks again by itself, as the real one does: a step that came just before is not missed.
          const look = setTimeout(() => {
            wake();
          }, 50);
          const wake = (): void => {
            clearTimeout(look);
            this.#wakers.delete(wake);
            resolve();
          };
          this.#wakers.add(wake);
          signal.addEventListener("abort", () => {
            reject(new Error("aborted"));
          });
        }),
    },
    asked: {
      note: (id, ownPart) => Promise.resolve(void this.askedFor.set(id, ownPart)),
      knows: (id, ownPart) => Promise.resolve(this.askedFor.get(id) === ownPart),
    },
    runner: runHere(this.host),
    inputs: {
      read: (path) => {
        const text = this.files.get(path);
        this.order.push(`read ${path}`);
        const message = `The file ${path} can't be read: there is no such file.`;
        return Promise.resolve(text === undefined ? err({ code: "input-refused", message }) : ok(Buffer.from(text)));
      },
    },
    outputs: {
      check: () =>
        Promise.resolve(
          this.outputRefused === undefined ? undefined : { code: "output-refused", message: this.outputRefused },
        ),
      write: (path, bytes, how) => {
        this.order.push(`write ${path}`);
        const before = how === "append" ? (this.written.get(path) ?? "") : "";
        this.written.set(path, before + Buffer.from(bytes).toString());
        return Promise.resolve(undefined);
      },
    },
    person: ((world: World) => ({
      get present() {
        return world.present;
      },
      say: (_, text) => void world.said.push(text),
      confirm: () => Promise.resolve(world.confirms?.()),
      accept: () => Promise.resolve(world.confirms?.()),
      ring: () => {
        world.rung += 1;
      },
      askReason: () => Promise.resolve(world.reason),
      showWaiting: (waiting) => void world.waiting.push(waiting),
      showRunning: (running, signal) => void world.shown.push({ running, signal }),
      onSignal: (callback) => {
        world.#listeners.add(callback);
        return () => world.#listeners.delete(callback);
      },
    }))(this) satisfies Effects["person"],
    approver: () =>
      Promise.resolve(
        this.approver === undefined ? err({ code: "none", message: "not available here" }) : ok(this.approver),
      ),
    callbacks: { read: () => Promise.resolve(undefined) },
    config: {
      load: () => Promise.resolve(ok(this.configuration)),
      secret: () =>
        Promise.resolve(
          this.secret === undefined
            ? err({ code: "secret-unusable", message: "there are no secrets here" })
            : ok(new TextEncoder().encode(this.secret)),
        ),
    },
  };

  #history(need: HistoryNeed, now: number, except?: string): readonly PastRun[] {
    // As in the store, what a grant has taken before stays as it was.
    const taken = this.reserved.filter(({ grant }, at, all) => all.findIndex((one) => one.grant === grant) === at);
    return taken.flatMap(({ request, requester, at, probes, uses }): readonly PastRun[] => {
      const current = this.requests.get(request);
      if (request === except || current === undefined) return [];
      const open = ["approved", "claimed", "running"].includes(current.state);
      const gone = ["lapsed", "revoked"].includes(current.state);
      if (gone || !(at > need.since || open) || at > now) return [];
      const { targets } = fromDocument(current.plan);
      const named = uses.filter(({ rule }) => need.rules.includes(rule));
      return named.map(({ rule }) => ({ rule, requester, at, probes, open, targets }));
    });
  }

  #over({ uses, requester, at: now, probes, request: id }: Reservation, { plan }: Request): string | undefined {
    const need = needOf(uses, now);
    const past = need === undefined ? [] : this.#history(need, now, id);
    const { targets } = fromDocument(plan);
    return uses.flatMap((use) => overLimit(use, past, { requester, now, probes, targets }) ?? [])[0];
  }

  #dropped(): Promise<void> {
    this.order.push("dropped");
    return Promise.resolve();
  }

  #nmapRuns(launch: World["launched"][number]): ReturnType<StagedSession["open"]> {
    this.order.push("nmap");
    this.launched.push(launch);
    let stop: (ending: SessionEnding) => void = () => undefined;
    const stopped = new Promise<SessionEnding>((resolve) => (stop = resolve));
    const ended = this.nmap(launch, stopped).then((end) => ({
      ...({ ending: "exited", exitCode: 0, signal: null, endedAt: this.now, seconds: 0 } as const),
      ...end,
    }));
    return Promise.resolve({
      ok: true,
      value: {
        ended,
        stop: (_, ending) => {
          stop(ending);
        },
        extend: (ttlSeconds) => void this.extended.push(ttlSeconds),
      },
    });
  }

  #commit(change: Change): Promise<CommitResult> {
    if (this.storeFails) return Promise.reject(this.storeFails);
    const { request, grant, session, result, vote } = change;
    if (request) {
      const current = this.requests.get(request.next.id);
      const { expect } = request;
      const fits =
        expect === "new"
          ? current === undefined
          : current !== undefined &&
            current.state === expect.state &&
            current.version === expect.version &&
            current.digest === expect.digest &&
            (expect.votes === undefined ||
              expect.votes === this.allVotes.filter((one) => one.request === current.id).length) &&
            (expect.refusals === undefined ||
              expect.refusals === this.types.filter((type) => type === "vote.refused").length);
      if (!fits) return Promise.resolve({ kind: "lost", current });
      const { knownPending } = change;
      const isUnknown = ({ id, state, requester }: Request): boolean =>
        state === "pending" && requester.name === request.next.requester.name && knownPending?.includes(id) === false;
      if (knownPending !== undefined && [...this.requests.values()].some(isUnknown))
        return Promise.resolve({ kind: "lost", current });
      const starts = change.events.some(({ type }) => type === "grant.redeemed" || type === "session.started");
      if (starts && this.frozen) return Promise.resolve({ kind: "frozen", freeze: this.frozen });
      if (change.standing) {
        const { standing } = change.standing;
        const cited = this.requests.get(standing);
        const runs = cited?.purpose?.kind === "standing" ? cited.purpose.runs : 0;
        const taken = this.standingRuns.filter((one) => one.standing === standing).length;
        if (taken >= runs) return Promise.resolve({ kind: "over-limit", because: "used up" });
        this.standingRuns.push(change.standing);
      }
      const over = change.reserve && this.#over(change.reserve, request.next);
      if (over !== undefined) return Promise.resolve({ kind: "over-limit", because: over });
      this.requests.set(request.next.id, request.next);
      if (change.codeHash !== undefined) this.codes.set(request.next.id, change.codeHash);
    }
    if (change.delivery !== undefined && !this.outbox.has(change.delivery))
      return Promise.resolve({ kind: "lost", current: undefined });
    this.outbox.apply(change, this.now);
    const { reserve } = change;
    if (reserve) this.reserved.push(reserve);
    if (vote) this.allVotes.push(vote);
    if (grant) this.grants.set(grant.grant.request, { grant: grant.grant, state: grant.next });
    if (session) {
      const at = this.sessions.findIndex((one) => one.id === session.id);
      if (at < 0) this.sessions.push(session);
      else this.sessions[at] = session;
    }
    if (result) this.results.set(result.session, result);
    for (const { type, actor, data } of change.events) {
      if (type === "freeze.set") this.frozen = { by: actor, because: data.because, since: this.now };
      if (type === "freeze.lifted") this.frozen = undefined;
    }
    const last = this.events.at(-1);
    const linked = link(last ? { seq: last.seq, hash: last.hash } : { seq: 0, hash: genesis }, change.events);
    this.events.push(...linked.events);
    this.order.push(...change.events.map(({ type }) => type));
    for (const wake of this.#wakers) wake();
    return Promise.resolve({ kind: "committed", events: linked.events });
  }
}
