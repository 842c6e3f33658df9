import { execFileSync } from "node:child_process";
import { describe, expect, it } from "vitest";
import { canonicalJson } from "../../../src/core/canonical-json.ts";
import { digestOf, digestOfDocument, fingerprintOf } from "../../../src/core/plan/digest.ts";
import { fromDocument, toDocument, type PlanDocument } from "../../../src/core/plan/document.ts";
import { environment } from "../../../src/core/plan/render.ts";
import { planOf } from "./plans.ts";

describe("digestOf", () => {
  it("is what sha256sum says about the canonical document", () => {
    const plan = planOf("-sS -p 22,80-90 10.0.0.0/24");
    const sum = execFileSync("sha256sum", { input: canonicalJson(toDocument(plan)), encoding: "utf8" });
    expect(digestOf(plan)).toBe(`sha256:${sum.slice(0, 64)}`);
  });

  it("does not depend on how a line was spelled or ordered", () => {
    const digest = digestOf(planOf("-sS -p 80,22 --max-rate 100 10.0.0.1 10.0.0.0"));
    expect(digestOf(planOf("10.0.0.0/31 -max-ra=100 -p22,80 -nsS"))).toBe(digest);
  });

  it("changes with everything that a plan says", () => {
    const lines = [
      "-sS -p 22 10.0.0.1",
      "-sS -p 23 10.0.0.1",
      "-sS -p 22 10.0.0.2",
      "-sT -p 22 10.0.0.1",
      "-sS -p 22 -Pn 10.0.0.1",
      "-sS -p 22 -T4 10.0.0.1",
      "-sS -p 22 --max-rate 9 10.0.0.1",
      "-sS -p 22 -sV 10.0.0.1",
      "-sS -p 22 -sV --version-light 10.0.0.1",
      "-sS -p 22 -sC 10.0.0.1",
      "-sS -p 22 -O 10.0.0.1",
      "-sS -p 22 -oN a 10.0.0.1",
      "-sS -p 22 -oN b 10.0.0.1",
      "-sS -p 22 -v 10.0.0.1",
      "-sS -p 22 --open 10.0.0.1",
      "-sS -p 22 one.test",
    ];
    expect(new Set(lines.map((line) => digestOf(planOf(line)))).size).toBe(lines.length);
    expect(digestOf(planOf("-sT -p 22 10.0.0.1", { privileged: false }))).not.toBe(
      digestOf(planOf("-sT -p 22 10.0.0.1")),
    );
  });

  it("covers the environment that nmap is given", () => {
    const document = toDocument(planOf("-sL 10.0.0.1"));
    expect(document.environment).toEqual(environment());
    const other = { ...document, environment: { ...environment(), NMAPDIR: "/tmp/own" } };
    expect(digestOfDocument(other)).not.toBe(digestOfDocument(document));
  });

  it("still reads what was stored before the environment was part of it, under the digest it had", () => {
    const plan = planOf("-sL 10.0.0.1");
    const earlier = Object.fromEntries(
      Object.entries(toDocument(plan)).filter(([field]) => field !== "environment"),
    ) as unknown as PlanDocument;
    expect(digestOf(fromDocument(earlier))).toBe(digestOf(plan));
    expect(digestOfDocument(earlier)).not.toBe(digestOf(plan));
    expect(fromDocument(earlier)).not.toHaveProperty("environment");
    expect(fromDocument(toDocument(plan))).not.toHaveProperty("environment");
  });

  it("is the same before and after the plan was stored as JSON", () => {
    for (const line of [
      "-A 10.0-255.1-254.1,5,7",
      "-6 -sU -p 53 2001:db8::/48 --exclude 2001:db8::1",
      "-sL one.test 10.0.0.0/8",
    ]) {
      const plan = planOf(line);
      const stored = JSON.parse(JSON.stringify(toDocument(plan))) as PlanDocument;
      expect(digestOfDocument(stored)).toBe(digestOf(plan));
      expect(digestOf(fromDocument(stored))).toBe(digestOf(plan));
    }
  });
});

describe("fingerprintOf", () => {
  it("gives the first thirty bits in Crockford's letters", () => {
    const digest = (start: string): string => `sha256:${start.padEnd(64, "0")}`;
    expect(fingerprintOf(digest(""))).toBe("000-000");
    expect(fingerprintOf(digest("ffffffff"))).toBe("ZZZ-ZZZ");
    expect(fingerprintOf(digest("fffffffc"))).toBe("ZZZ-ZZZ");
    expect(fingerprintOf(digest("00000004"))).toBe("000-001");
    expect(fingerprintOf(digest("08421084"))).toBe("111-111");
  });

  it("throws for what is no digest", () => {
    expect(() => fingerprintOf("sha256:12")).toThrow(TypeError);
    expect(() => fingerprintOf("md5:" + "0".repeat(64))).toThrow(TypeError);
  });
});

describe("fromDocument", () => {
  it("throws for a document that toDocument did not write", () => {
    const document = toDocument(planOf("-sS -p 22 10.0.0.1"));
    for (const broken of [
      { ...document, schema: 2 },
      { ...document, targets: ["127.1"] },
      { ...document, targets: ["one.test"] },
      { ...document, ports: { ...document.ports, tcp: "22;80" } },
    ]) {
      expect(() => fromDocument(broken as PlanDocument)).toThrow(Error);
    }
  });
});
