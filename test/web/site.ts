// A page with everything real behind it but people and machine: the store on disk, the broker, the proofs; the policy is
// text, and accounts are whoever is named. For tests that ask it by `app.request` and for those with a browser.
import { randomBytes } from "node:crypto";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { onTestFinished } from "vitest";
import { createProofs } from "../../src/approvers/proofs/index.ts";
import { peopleOf } from "../../src/broker/people.ts";
import { linkFor } from "../../src/broker/sign-in.ts";
import type { Request, RequestId } from "../../src/core/approval/request.ts";
import { isIn } from "../../src/core/configuration/addresses.ts";
import type { Requester } from "../../src/core/policy/decision.ts";
import type { Effects } from "../../src/effects.ts";
import { file } from "../../src/pipeline.ts";
import { openStore, type OpenedStore } from "../../src/store/store.ts";
import { pageApp } from "../../src/web/app.ts";
import { doorsOf, type PageSettings } from "../../src/web/doors.ts";
import type { Looking } from "../../src/web/looking.ts";
import { HttpFigures } from "../../src/web/figures.ts";
import { startPage, type RunningPage } from "../../src/web/server.ts";
import type { LogLine } from "../../src/web/serving.ts";
import { World } from "../pipeline/world.ts";

export const policyText = `
version: 1
people: { leads: [carol, dave], security: [erin], pair: [carol, dave] }
networks: { lab: [10.20.0.0/16] }
rules:
  - name: lab
    effect: ask
    targets: [10.20.0.0/17]
    may: anything
    ask: { votes: { leads: 1 }, answer-within: 30m, start-within: 1h }
    ttl: 20m
  - name: both
    effect: ask
    targets: [10.20.128.0/17]
    may: anything
    ask: { votes: { pair: 2 }, answer-within: 30m, start-within: 1h }
    ttl: 20m
`;

/** Policy and people as they are at each moment: tests change them between two requests. */
const lookingNow = ({ policy, facts, clock }: Effects): Looking => ({
  policy,
  facts,
  clock,
  people: (requires, of) => peopleOf(requires, of, { facts, clock }),
});

export class Site {
  readonly world: World;
  readonly store: OpenedStore;
  /** The store's file. */
  readonly path: string;
  readonly fx: Effects;
  readonly lines: LogLine[] = [];
  /** What the requesters' terminals showed. */
  readonly codes = new Map<RequestId, string>();

  constructor(policy = policyText, settings: Partial<PageSettings> = {}) {
    const home = mkdtempSync(join(tmpdir(), "jit-nmap-page-"));
    this.world = new World(policy);
    this.path = join(home, "trail.db");
    this.store = openStore(this.path, { lockBoundMs: 300 });
    onTestFinished(async () => {
      await this.store.close();
      rmSync(home, { recursive: true, force: true });
    });
    const store = this.store;
    this.fx = {
      ...this.world.effects,
      clock: { now: () => this.world.now },
      random: { bytes: (count) => randomBytes(count) },
      store,
      proofs: createProofs({
        ssh: { environment: {}, home: undefined },
        config: this.world.effects.config,
        passkey: (id) => store.access.passkey(id),
      }),
    };
    this.settings = { listen: { host: "127.0.0.1", port: 8420 }, trustedProxy: [], ...settings };
  }

  readonly settings: PageSettings;
  #app: ReturnType<typeof pageApp> | undefined;

  get app(): ReturnType<typeof pageApp> {
    return (this.#app ??= this.#makeApp());
  }

  #makeApp(): ReturnType<typeof pageApp> {
    const doors = doorsOf(this.settings);
    if (!doors.ok) throw new Error(doors.error.message);
    const { fx } = this;
    const isProxy = (address: string): boolean => isIn(address, this.settings.trustedProxy);
    const log = (line: LogLine): void => void this.lines.push(line);
    return pageApp({ fx, looking: lookingNow(fx), doors: doors.value, isProxy, figures: new HttpFigures(), log });
  }

  /** Files a line as bob, or as somebody else. */
  async ask(
    words = "-sV -p 22,80,443 10.20.0.0/24",
    more: { requester?: Requester; reason?: string } = {},
  ): Promise<Request> {
    const opened = await file(this.world.ask(words, more), this.fx);
    if (opened.kind !== "opened") throw new Error(`not opened: ${JSON.stringify(opened)}`);
    if (opened.code !== undefined) this.codes.set(opened.request.id, opened.code);
    return opened.request;
  }

  /** The secret of a one-time link. */
  async link(person = "carol", about?: Request): Promise<string> {
    return (await linkFor({ person, by: "jit-nmap" }, about, this.fx)).replace("/l/", "");
  }

  /** Asks the page as a browser at its own address would. */
  async get(
    path: string,
    more: {
      readonly method?: string;
      readonly body?: string;
      readonly cookie?: string;
      readonly headers?: Readonly<Record<string, string>>;
    } = {},
  ): Promise<Response> {
    const { cookie, headers, ...init } = more;
    const all = { host: "localhost:8420", ...(cookie !== undefined && { cookie }), ...headers };
    return this.app.request(`http://localhost:8420${path}`, { ...init, headers: all });
  }

  /** Posts a form from the page itself. */
  async post(
    path: string,
    fields: Readonly<Record<string, string>>,
    more: { cookie?: string; headers?: Readonly<Record<string, string>> } = {},
  ): Promise<Response> {
    return this.get(path, {
      method: "POST",
      body: new URLSearchParams(fields).toString(),
      ...(more.cookie !== undefined && { cookie: more.cookie }),
      headers: {
        "content-type": "application/x-www-form-urlencoded",
        origin: "http://localhost:8420",
        "sec-fetch-site": "same-origin",
        ...more.headers,
      },
    });
  }

  /** The cookie of somebody who signed in by a link made at a terminal. */
  async signIn(person = "carol"): Promise<string> {
    const answer = await this.post(`/l/${await this.link(person)}`, { answer: "sign-in" });
    return cookieOf(answer);
  }

  async now(id: RequestId): Promise<Request> {
    const found = await this.store.findRequest(id);
    if (found.kind !== "found") throw new Error("gone");
    return found.request;
  }

  /** On a socket of its own, for a browser. */
  async start(): Promise<RunningPage> {
    const page = await startPage({ ...this.settings, listen: { host: "127.0.0.1", port: 0 } }, this.fx, (line) => {
      this.lines.push(line);
    });
    if (!page.ok) throw new Error(page.error.message);
    onTestFinished(() => page.value.close());
    return page.value;
  }
}

/** The one cookie that an answer sets, as a browser sends it back. */
export function cookieOf(answer: Response): string {
  return /^[^;]+/.exec(answer.headers.get("set-cookie") ?? "")?.[0] ?? "";
}
