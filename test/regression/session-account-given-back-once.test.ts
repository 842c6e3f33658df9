// An account whose session could not begin was given back at once, and again with the session's folder: in between it
// could be somebody else's, who then stood without it.
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, it, onTestFinished } from "vitest";
import type { SessionId } from "../../src/core/audit/event.ts";
import { confine } from "../../src/core/confinement/confinement.ts";
import { createConfinedHost } from "../../src/session/confined/host.ts";
import type { Facilities } from "../../src/session/confined/facilities.ts";
import { err } from "../../src/core/result.ts";
import { planOf } from "../core/plan/plans.ts";

const session = "s0123456789" as SessionId;

it("an account is leased until the folder is gone that names it", async () => {
  const runDir = mkdtempSync(join(tmpdir(), "jit-nmap-run-"));
  onTestFinished(() => {
    rmSync(runDir, { recursive: true });
  });
  const uids = { first: 1_900_000_000, count: 1000 };
  const facilities = { nft: "/bin/false", uids, groups: err("none here") } as Partial<Facilities> as Facilities;
  const nobody = (): never => {
    throw new Error("nobody asks");
  };
  const host = createConfinedHost({ runDir, home: "/state", facilities, plain: { data: nobody, tell: nobody } });
  const leased = (): readonly string[] => readdirSync(join(runDir, "uid"));
  await host.prepare(session);
  // What stands there already can't be made: the session does not begin.
  mkdirSync(join(runDir, "confined", session, "out"));
  const confinement = confine(planOf("-sT -n -p 22 10.0.0.1"), {});
  const staged = await host.stage({ session, argv: ["/bin/sh"], env: {}, stdout: "inherit", confinement });
  if (!staged.ok) throw new Error(staged.error.message);
  expect(await staged.value.open(10)).toMatchObject({ ok: false, error: { code: "session-io" } });
  expect(leased()).toHaveLength(1);
  await host.discard(session);
  expect(leased()).toEqual([]);
  expect(existsSync(join(runDir, "confined", session))).toBe(false);
});
