// The environment is part of what was approved: a session is made ready for the one that nmap would be given now, or not.
import { describe, expect, it } from "vitest";
import type { SessionId } from "../../src/core/audit/event.ts";
import { toDocument, type PlanDocument } from "../../src/core/plan/document.ts";
import type { SessionHost } from "../../src/effects.ts";
import { standBy } from "../../src/runner.ts";
import { planOf } from "../core/plan/plans.ts";
import { World } from "./world.ts";

const policy = "version: 1\nrules: [{ name: lab, effect: allow, targets: [10.0.0.0/8], may: anything, ttl: 2m }]\n";
const session = "s0000000000" as SessionId;

/** What standing by for a document gives, and what the host was asked for meanwhile. */
async function standingBy(document: PlanDocument): Promise<{ code: string | undefined; asked: readonly string[] }> {
  const asked: string[] = [];
  const host = new Proxy(new World(policy).host, {
    get: (target, name: keyof SessionHost) => (asked.push(name), Reflect.get(target, name) as unknown),
  });
  const standby = await standBy(session, document, {}, host);
  return { code: standby.ok ? undefined : standby.error.code, asked };
}

describe("a session that is made ready", () => {
  const document = toDocument(planOf("-sL -n 10.0.0.1"));

  it("stands for the environment that was approved", async () => {
    const { code, asked } = await standingBy(document);
    expect(code).toBeUndefined();
    expect(asked).toContain("stage");
  });

  it("is not made for another one, nor for a plan that names none: nothing of it is staged", async () => {
    const fields = Object.entries(document).filter(([field]) => field !== "environment");
    const none = Object.fromEntries(fields) as unknown as PlanDocument;
    const more = { ...document, environment: { ...document.environment, NMAPDIR: "/tmp/own" } };
    const other = { ...document, environment: { ...document.environment, LC_ALL: "de_DE.UTF-8" } };
    for (const one of [none, more, other]) {
      expect(await standingBy(one)).toEqual({ code: "environment-changed", asked: [] });
    }
  });
});
