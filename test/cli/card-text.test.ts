import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { renderCard } from "../../src/cli/card-text.ts";
import { cardOfRequest } from "../../src/core/approval/card-of-request.ts";
import type { RequestId } from "../../src/core/approval/request.ts";
import { displayWidth } from "../../src/cli/width.ts";
import { planFixture, requestFixture } from "./request-fixture.ts";

const steering = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}\p{Co}\p{Cn}]/u;

describe("a card as text", () => {
  it("ends with the whole command, continued so that it can be pasted", () => {
    const text = renderCard(cardOfRequest(requestFixture()), { colour: false, columns: 80 });
    const command = text
      .slice(text.indexOf("\n  nmap ") + 1)
      .replaceAll(/ \\\n\s*/g, " ")
      .trim();
    expect(command).toMatch(/^nmap .*-sS .*22,80-90.* -- 10\.20\.0\.0\/24$/);
    expect(command).not.toContain("-oX");
  });

  it("cuts a long command above a question, and says where the whole is", () => {
    const ports = {
      tcp: Array.from({ length: 1000 }, (_, index) => 2 * index + 1).join(","),
      udp: "",
      sctp: "",
      protocol: "",
    };
    const targets = Array.from({ length: 250 }, (_, index) => `10.20.${index}.${(index * 37) % 251}`);
    const layout = { colour: false, columns: 80 };
    for (const plan of [
      { ...planFixture, ports },
      { ...planFixture, targets },
      { ...planFixture, ports, targets },
    ]) {
      const card = cardOfRequest(requestFixture({ plan }));
      const lines = renderCard(card, layout, "jit-nmap show r1").split("\n");
      expect(lines.length).toBeLessThan(24);
      for (const line of lines) expect(displayWidth(line)).toBeLessThanOrEqual(80);
      expect(lines.at(-1)).toBe('  cut at each "..."; the whole: jit-nmap show r1');
      for (const word of card.command) expect(renderCard(card, layout)).toContain(word);
    }
    const short = cardOfRequest(requestFixture());
    expect(renderCard(short, layout, "jit-nmap show r1")).toBe(renderCard(short, layout));
  });

  it("shows what the requester typed as standard output, and no private file", () => {
    const plan = {
      ...planFixture,
      outputs: [
        { format: "grepable", path: "-" },
        { format: "xml", path: "o.xml" },
      ] as const,
    };
    const { command } = cardOfRequest(requestFixture({ plan }));
    expect(command.join(" ")).toContain("-oG -");
    expect(command.join(" ")).not.toContain("-oX");
  });

  it("spells out whatever others wrote that would steer a terminal, and stays within the columns", () => {
    const hostile = fc.string({ unit: "binary" });
    fc.assert(
      fc.property(hostile, hostile, fc.integer({ min: 60, max: 200 }), (reason, name, columns) => {
        const request = requestFixture({ reason, requester: { name, uid: 1, groups: [] } });
        const text = renderCard(cardOfRequest(request), { colour: false, columns });
        for (const line of text.split("\n")) expect(line).not.toMatch(steering);
      }),
    );
    const long = renderCard(cardOfRequest(requestFixture({ reason: "word ".repeat(60) })), {
      colour: false,
      columns: 72,
    });
    for (const line of long.split("\n")) expect(displayWidth(line)).toBeLessThanOrEqual(74);
  });

  it("spells out what steers in the names of networks and in what is new, and begins with a phone's few lines", () => {
    const hostile = fc.string({ unit: "binary", minLength: 1, maxLength: 64 });
    const news = fc.record({
      kind: fc.constant("more" as const),
      than: fc.constant({ request: "r5d0w3n8zzk" as RequestId, at: 0 }),
      what: fc.array(fc.string({ unit: "binary", maxLength: 48 }), { minLength: 1, maxLength: 8 }),
      others: fc.nat(1000),
    });
    fc.assert(
      fc.property(fc.array(hostile, { maxLength: 4 }), news, (names, more) => {
        const named = names.map((name) => ({ name, addresses: "256" }));
        const background = { networks: { named, others: 0, unnamed: "0" }, news: more };
        const text = renderCard(cardOfRequest(requestFixture({ background })), { colour: false, columns: 60 });
        for (const line of text.split("\n")) expect(line).not.toMatch(steering);
      }),
      { numRuns: 50 },
    );
    const lines = renderCard(cardOfRequest(requestFixture()), { colour: false, columns: 44 }).split("\n");
    expect(lines.slice(0, 5)).toEqual([
      "bob: SYN scan on 256 lab hosts, 20 min",
      "",
      "new          2 ports (8443, 9000), 3 hosts",
      "             since r5d0w3n8zzk (3 days ago)",
      "targets      256 addresses in lab:",
    ]);
  });

  it("has colour only where it is wanted", () => {
    const card = cardOfRequest(requestFixture());
    expect(renderCard(card, { colour: false, columns: 80 })).not.toContain("\u001b");
    expect(renderCard(card, { colour: true, columns: 80 })).toContain("\u001b[1m");
  });
});
