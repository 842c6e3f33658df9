import { describe, expect, it } from "vitest";
import { cardOf, type CardPlan } from "../../../src/core/approval/card.ts";
import { fromDocument, type PlanDocument } from "../../../src/core/plan/document.ts";
import type { News } from "../../../src/core/approval/news.ts";
import type { RequestId, RequestTerms } from "../../../src/core/approval/request.ts";
import type { NetworkShares } from "../../../src/core/policy/network-shares.ts";
import { planFixture, requestFixture } from "../../cli/request-fixture.ts";

function card(plan: Partial<PlanDocument> = {}, terms: Partial<RequestTerms> = {}) {
  const document = { ...planFixture, ...plan };
  const parts: CardPlan = { plan: fromDocument(document), fingerprint: "K7P-2QX", command: ["nmap", "-sS"] };
  const made = cardOf({ ...requestFixture({ plan: document }), background: {}, ...terms }, parts);
  const row = (label: string): readonly string[] => made.rows.find((one) => one.label === label)?.values ?? [];
  return { ...made, row };
}

const script = (name: string, ...categories: string[]) => ({ name, categories, implied: false });

describe("the card", () => {
  it("says in its first line who, what kind, how many hosts, how long and why", () => {
    const { headline } = card(
      { techniques: ["syn"], features: ["os-detection", "service-version"], scripts: [script("http-title", "safe")] },
      { reason: "CHG-118" },
    );
    expect(headline).toBe("bob: OS+versions+scripts on 256 hosts, 20 min, CHG-118");
  });

  it("has the number of addresses that a confirmation must type, also beyond what a number holds", () => {
    expect(card().hosts).toBe("256");
    expect(card({ family: 6, targets: ["2001:db8::/32"] }).hosts).toBe((2n ** 96n).toString());
    expect(card({ family: 6, targets: ["2001:db8::/32"] }).headline).toContain(
      "79,228,162,514,264,337,593,543,950,336 hosts",
    );
  });

  it.each([
    [{ techniques: ["udp"] }, "UDP scan on"],
    [{ techniques: ["syn", "udp"] }, "SYN+UDP scan on"],
    [{ techniques: ["syn", "udp"], features: ["service-version"] }, "SYN+UDP+versions on"],
    [{ techniques: ["connect"], features: ["service-version"] }, "versions on"],
    [{ techniques: ["ack"], features: ["fragments"] }, "ACK+fragments on"],
    [{ techniques: ["ping"], features: ["traceroute"] }, "ping+traceroute on"],
    [{ techniques: ["list"] }, "list scan on"],
  ] as const)("leaves the technique out only where it is an ordinary one: %j", (plan, kind) => {
    expect(card(plan).headline).toBe(`bob: ${kind} 256 hosts, 20 min`);
  });

  it.each([
    [45, "45 s"],
    [5400, "1 h 30 min"],
    [172_800, "2 d"],
  ])("says a time box of %i seconds as %s", (ttlSeconds, words) => {
    expect(card({}, { obligations: { ttlSeconds, enforce: {} } }).headline).toBe(
      `bob: SYN scan on 256 hosts, ${words}`,
    );
  });

  describe("of a request with networks", () => {
    const within = (networks: NetworkShares) => card({}, { background: { networks } });
    const lab = { name: "lab", addresses: "256" };

    it("has the name of the one that holds all of it, in the first line too", () => {
      const made = within({ named: [lab], others: 0, unnamed: "0" });
      expect(made.headline).toBe("bob: SYN scan on 256 lab hosts, 20 min");
      expect(made.row("targets")).toEqual(["256 addresses in lab: 10.20.0.0/24"]);
    });

    it("has each with its share, and what is in none, and no name in the first line", () => {
      const made = within({
        named: [
          { name: "lab", addresses: "200" },
          { name: "office", addresses: "40" },
        ],
        others: 2,
        unnamed: "16",
      });
      expect(made.headline).toBe("bob: SYN scan on 256 hosts, 20 min");
      expect(made.row("targets")).toEqual([
        "256 addresses (200 in lab, 40 in office, some in 2 more, 16 in no named network): 10.20.0.0/24",
      ]);
    });

    it("says that it is in none", () => {
      const made = within({ named: [], others: 0, unnamed: "256" });
      expect(made.headline).toBe("bob: SYN scan on 256 hosts, 20 min");
      expect(made.row("targets")).toEqual(["256 addresses in no named network: 10.20.0.0/24"]);
    });

    it("keeps the longest name a policy can have from filling the first line", () => {
      const made = within({ named: [{ name: "n".repeat(64), addresses: "256" }], others: 0, unnamed: "0" });
      expect(made.headline.length).toBeLessThan(70);
      expect(made.row("targets")[0]).toContain("n".repeat(64));
    });
  });

  it("has what is new as its first row, marked only where something is", () => {
    const earlier = { request: "r5d0w3n8zzk" as RequestId, at: Date.UTC(2026, 10, 19, 9) };
    const first = (news: News) => card({}, { background: { news } }).rows[0];
    expect(first({ kind: "more", than: earlier, what: ["UDP"], others: 0 })).toEqual({
      label: "new",
      values: ["UDP since r5d0w3n8zzk (3 days ago)"],
      fresh: true,
    });
    expect(first({ kind: "first", among: "all" })?.fresh).toBe(true);
    expect(first({ kind: "same", as: earlier })).toEqual({
      label: "new",
      values: ["nothing, the same as r5d0w3n8zzk (3 days ago)"],
    });
    const { background, ...old } = requestFixture();
    expect(background).toBeDefined();
    const shown = cardOf(old, { plan: fromDocument(planFixture), fingerprint: "K7P-2QX", command: ["nmap"] });
    // One of an older version of this program, which knew nothing beside it.
    expect(shown.rows[0]).toEqual({ label: "targets", values: ["256 addresses: 10.20.0.0/24"] });
  });

  it("speaks of one host as one", () => {
    expect(card({ targets: ["10.20.0.7"] }).headline).toContain("on 1 host,");
  });

  it("says 'none' when nothing is dangerous", () => {
    const { rows } = card({ scripts: [script("http-title", "default", "safe", "discovery")] });
    expect(rows.find((row) => row.label === "dangerous")).toEqual({ label: "dangerous", values: ["none"] });
  });

  it.each([
    [
      "a script by its harmful categories",
      { scripts: [script("ssh-brute", "brute", "intrusive")] },
      "script ssh-brute (brute, intrusive)",
    ],
    ["evasion", { features: ["fragments"] }, "evasion: fragments"],
    ["template 5", { timing: { template: 5 } }, "timing template 5 (insane)"],
    ["a high least rate", { timing: { template: 3, minRate: 5000 } }, "at least 5,000 packets a second"],
  ] as const)("names %s as dangerous", (_, plan, named) => {
    const { rows } = card(plan);
    expect(rows.find((row) => row.label === "dangerous")).toEqual({
      label: "dangerous",
      values: [named],
      alarming: true,
    });
  });

  it("shows a bounded list of targets and says how many more there are", () => {
    const targets = Array.from({ length: 20 }, (_, index) => `10.20.${index * 2}.1`);
    const [first] = card({ targets }).row("targets");
    expect(first).toMatch(/^20 addresses: 10\.20\.0\.1 .* and 12 more in the command$/);
  });

  it("says what each typed name stands for", () => {
    const names = [{ typed: "db1.lab", addresses: ["10.20.1.7"] }];
    expect(card({ targets: ["10.20.1.7"], names }).row("targets")).toContain("db1.lab is 10.20.1.7");
  });

  it("says which ports are only chosen while it runs, and that a ping scan has none", () => {
    expect(card({ otherPorts: ["scripts"] }).row("ports")).toEqual([
      "12 tcp: 22,80-90",
      "and what scripts choose at run time",
    ]);
    const nothing = { tcp: "", udp: "", sctp: "", protocol: "" };
    expect(card({ techniques: ["ping"], ports: nothing }).row("ports")).toEqual(["none"]);
  });

  it("names the rules that ask and why they bind, and leaves out those that do not apply", () => {
    const made = card(
      {},
      {
        requires: [
          { rule: "own", confirm: true },
          { rule: "lab", votes: { security: 1, network: 2 }, via: [], answerWithinSeconds: 1, startWithinSeconds: 1 },
        ],
        explanation: [
          { rule: "lab", file: "a.yaml", line: 3, effect: "ask", applies: true, because: "covers it" },
          { rule: "pci", file: "a.yaml", line: 9, effect: "deny", applies: false, because: "does not touch it" },
        ],
      },
    );
    expect(made.row("asks")).toEqual([
      "rule own: the requester's typed confirmation",
      "rule lab: 1 of security and 2 of network",
    ]);
    expect(made.row("rules")).toEqual(["lab (a.yaml:3) ask: covers it"]);
  });

  it("says from when and until when it may start, where somebody chose that", () => {
    const notBefore = Date.parse("2026-11-22T22:00:00Z");
    expect(card({}, { notBefore }).row("starts")).toEqual(["not before 2026-11-22 22:00:00 UTC"]);
    expect(card({}, { notAfter: notBefore }).row("starts")).toEqual(["not after 2026-11-22 22:00:00 UTC"]);
    expect(card().row("starts")).toEqual([]);
  });

  it("counts the scripts that nobody named and lists few of the others, so that the dangers stay in sight", () => {
    const brought = Array.from({ length: 45 }, (_, index) => ({
      ...script(`v${index}-info`, "version"),
      implied: true,
    }));
    const named = Array.from({ length: 20 }, (_, index) => script(`http-${index}`, "safe"));
    expect(card({ scripts: brought }).row("scripts")).toEqual(["45 that came with -sV, -sC or -A"]);
    const both = card({ scripts: [...named, ...brought, script("ssh-brute", "brute")] });
    expect(both.row("scripts")).toEqual([
      "http-0, http-1, http-2, http-3, http-4, http-5, http-6, http-7 and 13 more in the command",
      "45 that came with -sV, -sC or -A",
    ]);
    expect(both.row("dangerous")).toEqual(["script ssh-brute (brute)"]);
    expect(card({ scripts: [...brought.slice(0, 1), ...named.slice(0, 1)] }).row("scripts")).toEqual([
      "v0-info, http-0",
    ]);
  });

  it("names the files that will be written", () => {
    expect(
      card({
        outputs: [
          { format: "xml", path: "out.xml" },
          { format: "normal", path: "-" },
        ],
      }).row("writes"),
    ).toEqual(["out.xml (xml)"]);
  });

  it("says what will hold the session, where that is known, and why it is not more", () => {
    const session = (held: RequestTerms["held"]) => card({}, held === undefined ? {} : { held }).row("session");
    expect(session({ level: "enforced" })).toEqual(["enforced (own uid, packets held to the plan)"]);
    expect(session({ level: "advisory", because: "nft is not installed" })).toEqual([
      "advisory: network not fenced in, because nft is not installed",
    ]);
    expect(session({ level: "advisory" })).toEqual(["advisory: network not fenced in"]);
    expect(session(undefined)).toEqual([]);
  });

  it("says whom the scripts may contact beside the targets, and where nothing holds them to it", () => {
    const obligations = { ttlSeconds: 60, enforce: {} };
    const egress = (addresses: readonly string[] | undefined, held?: RequestTerms["held"]) =>
      card(
        {},
        {
          obligations: { ...obligations, ...(addresses !== undefined && { egress: addresses }) },
          ...(held !== undefined && { held }),
        },
      ).row("egress");
    expect(egress(undefined)).toEqual([]);
    expect(egress(["8.8.8.8"], { level: "enforced" })).toEqual(["scripts may contact 8.8.8.8 beside the targets"]);
    expect(egress(["8.8.8.8"], { level: "advisory" })).toEqual([
      "scripts may contact 8.8.8.8 beside the targets",
      "nothing holds them to that",
    ]);
    expect(egress([], { level: "enforced" })).toEqual(["scripts may contact nobody beside the targets"]);
    const many = Array.from({ length: 1000 }, (_, index) => `10.0.${index >> 8}.${index & 255}`);
    expect(egress(many)[0]?.length).toBeLessThan(200);
  });

  it("keeps a long reason out of the first line and whole in its own row", () => {
    const reason = "because ".repeat(40).trim();
    const made = card({}, { reason });
    expect(made.headline.length).toBeLessThan(110);
    expect(made.row("reason")).toEqual([reason]);
  });
});
