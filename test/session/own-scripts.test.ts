import { mkdirSync, mkdtempSync, readFileSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, it, onTestFinished } from "vitest";
import type { SessionId } from "../../src/core/audit/event.ts";
import { digestOfBytes } from "../../src/core/plan/digest.ts";
import { createSessionHost } from "../../src/session/host.ts";
import { putOwnScripts } from "../../src/session/own-scripts.ts";

const session = "s0123456789" as SessionId;
const text = "action = f\n";
const script = { name: "mine", text, digest: digestOfBytes(Buffer.from(text)) };

function folder(name = "state"): string {
  const root = mkdtempSync(join(tmpdir(), "jit-nmap-own-"));
  onTestFinished(() => {
    rmSync(root, { recursive: true, force: true });
  });
  mkdirSync(join(root, name));
  return join(root, name);
}

it("own scripts are private copies of exactly what was judged", async () => {
  const stateDir = folder();
  const host = createSessionHost({ stateDir });
  await host.prepare(session);
  const scripts = join(stateDir, "sessions", session, "scripts");
  expect(await host.putScripts(session, [script])).toEqual({ ok: true, value: scripts });
  expect(readFileSync(join(scripts, "mine.nse"), "utf8")).toBe(text);
  expect(statSync(scripts).mode & 0o777).toBe(0o700);
  expect(statSync(join(scripts, "mine.nse")).mode & 0o777).toBe(0o600);
});

it("another account can read them, and not write them, where the session has one", () => {
  const scripts = join(folder(), "scripts");
  expect(putOwnScripts(scripts, [script], "everybody").ok).toBe(true);
  expect(statSync(scripts).mode & 0o777).toBe(0o755);
  expect(statSync(join(scripts, "mine.nse")).mode & 0o777).toBe(0o444);
});

it.each([
  ["would run with more rights than the requester's", "state", script, true],
  ["has another text than its hash says", "state", { ...script, text: "action = g\n" }, false],
  ["would be cut at a comma of the folder's name", "a,b", script, false],
  ["would be read as an expression", "a (b)", script, false],
])("an own script that %s is refused", async (_, name, one, lendsRights) => {
  const host = createSessionHost({ stateDir: folder(name), lendsRights });
  await host.prepare(session);
  expect(await host.putScripts(session, [one])).toMatchObject({ ok: false, error: { code: "own-script-refused" } });
});

it.each([
  ["would run with more rights than the requester's", "state", true],
  ["would be cut at a comma of the folder's name", "a,b", false],
])("that an own script %s is known before anybody is asked", async (_, name, lendsRights) => {
  const host = createSessionHost({ stateDir: folder(name), lendsRights });
  expect(await host.level()).toMatchObject({ noOwnScripts: { code: "own-script-refused" } });
  expect(await createSessionHost({ stateDir: folder() }).level()).toEqual({ level: "advisory" });
});
