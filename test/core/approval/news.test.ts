import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  newsAgainst,
  newsLength,
  newsLine,
  thingLength,
  thingsKept,
  type News,
} from "../../../src/core/approval/news.ts";
import type { RequestId } from "../../../src/core/approval/request.ts";
import { fromDocument, type PlanDocument } from "../../../src/core/plan/document.ts";
import type { PlanDigest } from "../../../src/core/plan/scan-plan.ts";
import { planFixture } from "../../cli/request-fixture.ts";

const day = 86_400_000;
const monday = Date.UTC(2026, 10, 16, 9);
const before: PlanDocument = { ...planFixture, targets: ["10.20.0.0/30"], ports: { ...planFixture.ports, tcp: "22" } };
const id = "r5d0w3n8zzk" as RequestId;

function against(plan: Partial<PlanDocument>, box = 600, digest = "b"): News {
  return newsAgainst(
    { planDigest: digest as PlanDigest, obligations: { ttlSeconds: box, enforce: {} } },
    fromDocument({ ...before, ...plan }),
    {
      request: { id, openedAt: monday, planDigest: "a" as PlanDigest, obligations: { ttlSeconds: 600, enforce: {} } },
      plan: fromDocument(before),
    },
  );
}

const line = (news: News, after = 3 * day): string => newsLine(news, "bob", monday + after);
const said = (plan: Partial<PlanDocument>, box?: number): string => line(against(plan, box));
const script = (name: string, digest = "d") => ({ name, categories: ["safe"], implied: false, digest });
const all = (tcp: string, udp = ""): PlanDocument["ports"] => ({ tcp, udp, sctp: "", protocol: "" });

describe("what is new against an approved scan", () => {
  it("is said in the order kind, ports, hosts", () => {
    const more = { techniques: ["syn", "udp"], ports: all("22,8443,9000", "53"), targets: ["10.20.0.0/29"] } as const;
    expect(said(more)).toBe("UDP, 2 tcp ports (8443, 9000), 1 udp port (53), 4 hosts since r5d0w3n8zzk (3 days ago)");
    expect(said({ ports: all("8443,9000") })).toBe("2 ports (8443, 9000) since r5d0w3n8zzk (3 days ago)");
    expect(said({ targets: ["10.20.0.0/30", "10.20.9.9"] })).toBe("1 host since r5d0w3n8zzk (3 days ago)");
  });

  it("is nothing for the same plan", () => {
    expect(line(against({}, 600, "a"))).toBe("nothing, the same as r5d0w3n8zzk (3 days ago)");
  });

  it("is nothing for less of everything, or for another file to write to", () => {
    const less = { targets: ["10.20.0.1"], outputs: [{ format: "xml", path: "today.xml" }] } as const;
    expect(said(less)).toBe("nothing that r5d0w3n8zzk (3 days ago) did not have");
  });

  it.each([
    ["what is found out beside ports", { features: ["os-detection", "service-version"] }, "OS, versions"],
    ["a script", { scripts: [script("http-title")] }, "script http-title"],
    ["scripts", { scripts: [script("a"), script("b")] }, "2 scripts (a, b)"],
    ["arguments of scripts", { scriptArguments: "a='b'" }, "script arguments"],
    [
      "an own script",
      {
        scripts: [{ ...script("mine"), own: true }],
        ownScripts: [{ name: "mine", digest: "sha256:1", text: "x" }],
      },
      "own script mine",
    ],
    ["a faster template", { timing: { template: 5 } }, "timing 5 instead of 3"],
    ["any other timing", { timing: { template: 3, minRate: 9000 } }, "timing options"],
    ["another way of looking for hosts", { discovery: [{ kind: "icmp-echo", typed: true }] }, "host discovery"],
    ["evasion", { features: ["ttl"], packets: { ttl: 3 } }, "own TTL, packet options"],
    ["another program", { nmap: { ...planFixture.nmap, version: "7.94" } }, "another nmap"],
  ] as const)("has %s", (_, plan: Partial<PlanDocument>, words) => {
    expect(said(plan)).toBe(`${words} since r5d0w3n8zzk (3 days ago)`);
  });

  it("has a script that was changed under the same name", () => {
    const base = { ...before, scripts: [script("http-title", "one")] };
    const news = newsAgainst(
      { planDigest: "b" as PlanDigest, obligations: { ttlSeconds: 600, enforce: {} } },
      fromDocument({ ...before, scripts: [script("http-title", "two")] }),
      {
        request: { id, openedAt: monday, planDigest: "a" as PlanDigest, obligations: { ttlSeconds: 600, enforce: {} } },
        plan: fromDocument(base),
      },
    );
    expect(line(news)).toBe("1 script of another version since r5d0w3n8zzk (3 days ago)");
  });

  it("has a longer time box, and not a shorter one", () => {
    expect(said({}, 1200)).toBe("20m instead of 10m since r5d0w3n8zzk (3 days ago)");
    expect(said({}, 60)).toContain("nothing");
  });

  it("says how long ago in the unit that people would use", () => {
    const news = against({}, 600, "a");
    const ago = (after: number): string => /\((.*)\)/.exec(line(news, after))?.[1] ?? "";
    expect([-day, 59_000, 60_000, 7_200_000, 47 * 3_600_000, 2 * day].map(ago)).toEqual([
      "just now",
      "just now",
      "1 minute ago",
      "2 hours ago",
      "47 hours ago",
      "2 days ago",
    ]);
  });

  it("without an approved scan says so, how much it knows, and what ran without one", () => {
    expect(line({ kind: "first", among: "all" })).toBe("first scan of these targets by bob");
    expect(line({ kind: "first", among: "latest" })).toBe("no approved scan of these targets among the latest of bob");
    expect(line({ kind: "first", among: "approved", unasked: { request: id, at: monday, how: "break-glass" } })).toBe(
      "first approved scan of these targets by bob; r5d0w3n8zzk (3 days ago) ran without asking",
    );
  });

  it("is bounded, whatever the plan and whoever asks", () => {
    const name = fc.string({ unit: "binary", minLength: 1, maxLength: 300 });
    const plans = fc.record({
      scripts: fc.array(
        name.map((each) => script(each)),
        { maxLength: 40 },
      ),
      ownScripts: fc.array(
        name.map((each) => ({ name: each, digest: "1", text: "" })),
        { maxLength: 40 },
      ),
      ports: fc.constantFrom(
        all("1-65535", "1-65535"),
        all(Array.from({ length: 900 }, (_, at) => at * 3 + 1).join(",")),
      ),
    });
    fc.assert(
      fc.property(plans, name, (plan, who) => {
        const news = against(plan);
        expect(news.kind).toBe("more");
        if (news.kind !== "more") return;
        expect(news.what.length).toBeLessThanOrEqual(thingsKept);
        for (const thing of news.what) expect(Array.from(thing).length).toBeLessThanOrEqual(thingLength);
        expect(newsLine(news, who, monday).length).toBeLessThanOrEqual(newsLength);
        expect(newsLine({ kind: "first", among: "latest" }, who, monday).length).toBeLessThanOrEqual(newsLength);
      }),
    );
  });
});
