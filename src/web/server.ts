// The page on a socket: listening, and ending gently. Separate from app.ts, which needs no network.
import { createAdaptorServer } from "@hono/node-server";
import type { Server } from "node:http";
import type { AddressInfo } from "node:net";
import { isIn } from "../core/configuration/addresses.ts";
import { err, ok, type Problem, type Result } from "../core/result.ts";
import type { Effects } from "../effects.ts";
import { pageApp } from "./app.ts";
import { doorsOf, type PageSettings } from "./doors.ts";
import { HttpFigures } from "./figures.ts";
import { lookingLately } from "./looking.ts";
import type { LogLine } from "./serving.ts";

export interface RunningPage {
  /** What people type into their browser. */
  readonly address: string;
  /** Takes no more, lets what is being answered finish, and ends the rest after a moment. */
  close(): Promise<void>;
}

const headersMs = 10_000;
const requestMs = 15_000;
/** What is still open after this long at the end is cut. */
const graceMs = 3000;

/** Listens; port 0 takes a free one. @returns a problem where it may not or can't. */
export async function startPage(
  settings: PageSettings,
  fx: Effects,
  log: (line: LogLine) => void,
): Promise<Result<RunningPage, Problem>> {
  const allowed = doorsOf(settings);
  if (!allowed.ok) return allowed;
  const server = createAdaptorServer({
    // The doors are known once the port is.
    fetch: (request, bindings) => app.fetch(request, bindings),
    serverOptions: { headersTimeout: headersMs, requestTimeout: requestMs, maxHeaderSize: 16 << 10 },
  }) as Server;
  const { host, port } = settings.listen;
  const listened = await listen(server, host, port);
  if (!listened.ok) return listened;
  const doors = doorsOf({ ...settings, listen: { host, port: listened.value } });
  if (!doors.ok) return doors;
  const isProxy = (address: string): boolean => isIn(address, settings.trustedProxy);
  const app = pageApp({ fx, looking: lookingLately(fx), doors: doors.value, isProxy, figures: new HttpFigures(), log });
  const { origin, base } = doors.value.main;
  return ok({ address: `${origin}${base}/`, close: () => closed(server) });
}

function listen(server: Server, host: string, port: number): Promise<Result<number, Problem<"cannot-listen">>> {
  return new Promise((resolve) => {
    server.once("error", (cause: Error) => {
      resolve(err({ code: "cannot-listen", message: `can't listen on ${host}:${port}: ${cause.message}` }));
    });
    server.listen(port, host, () => {
      resolve(ok((server.address() as AddressInfo).port));
    });
  });
}

function closed(server: Server): Promise<void> {
  return new Promise((resolve) => {
    const cut = setTimeout(() => {
      server.closeAllConnections();
    }, graceMs);
    server.close(() => {
      clearTimeout(cut);
      resolve();
    });
    server.closeIdleConnections();
  });
}
