// What every route is given: the outside world, the doors, who is there, and what is counted. Types, and the two small
// questions that every page asks.
import type { Context } from "hono";
import type { Visit } from "../core/approval/access.ts";
import type { Effects } from "../effects.ts";
import type { Looking } from "./looking.ts";
import type { Door, Doors } from "./doors.ts";
import type { HttpFigures } from "./figures.ts";

export interface Serving {
  readonly fx: Effects;
  /** The same for looking: policy and groups may be a few seconds old. Votes are never counted with it. */
  readonly looking: Looking;
  readonly doors: Doors;
  /** Whether what comes from this address may say for whom it comes. */
  readonly isProxy: (address: string) => boolean;
  readonly figures: HttpFigures;
  /** One line for who runs it; never a secret, a reason or a whole address with one. */
  readonly log: (line: LogLine) => void;
}

export interface LogLine {
  readonly level: "info" | "error";
  readonly event: string;
  readonly [detail: string]: string | number;
}

export interface PageVariables {
  readonly door: Door;
  /** The address that is counted. */
  readonly address: string;
  /** Who signed in here; undefined for anybody else. */
  readonly visit: Visit | undefined;
}

/** What `@hono/node-server` puts beside a request. */
export interface PageBindings {
  readonly incoming?: { readonly socket: { readonly remoteAddress?: string } };
}

export interface PageEnv {
  Variables: PageVariables;
  Bindings: PageBindings;
}

export type PageContext = Context<PageEnv>;

/** An address of this page as the visitor's browser has to ask for it. */
export const at = (c: PageContext, path: string): string => `${c.get("door").base}${path}`;
