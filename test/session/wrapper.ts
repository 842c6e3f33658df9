// Runs one session in a process of its own, so that tests can kill, stop and starve it. Prints one JSON line when the
// session runs and one when it ended.
import type { SessionId } from "../../src/core/audit/event.ts";
import { createSessionHost } from "../../src/session/host.ts";
import { startSession } from "./start-session.ts";

const [stateDir = "", session = "", ttlSeconds = "", stdout = "", ...argv] = process.argv.slice(2);
const host = createSessionHost({ stateDir });
const id = session as SessionId;
await host.prepare(id);
const running = await startSession(host, {
  session: id,
  argv,
  env: { PATH: "/usr/bin:/bin" },
  ttlSeconds: Number(ttlSeconds),
  stdout: stdout as "tee" | "discard",
});
if (!running.ok) {
  process.stderr.write(`${JSON.stringify(running.error)}\n`);
  process.exit(1);
}
const extendTo = process.env["EXTEND_TO"];
if (extendTo !== undefined) running.value.extend(Number(extendTo));
process.stderr.write(`${JSON.stringify({ started: true })}\n`);
process.stderr.write(`${JSON.stringify(await running.value.ended)}\n`);
