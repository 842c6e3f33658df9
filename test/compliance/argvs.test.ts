import { describe, expect, it, onTestFinished } from "vitest";
import { tokenise } from "../../src/core/plan/getopt.ts";
import { renderArgv } from "../../src/core/plan/render.ts";
import { formatAddress } from "../../src/core/sets/address-set.ts";
import { PROTOCOLS } from "../../src/core/sets/port-set.ts";
import { plan, planOf } from "../core/plan/plans.ts";
import { readBack, said, saidFiles } from "../core/plan/said.ts";
import { nmapInNamespace, runNmap, validated } from "./installed-nmap.ts";
import { compileTokens, hasCompiler, tokensOf } from "./libc-tokens.ts";
import { asNodeReads, records, type ArgvRecord } from "./records.ts";

const files = { xml: "/dev/null", normal: "/dev/null", grepable: "/dev/null" };

describe("recorded command lines", () => {
  const all = records("argvs") as readonly ArgvRecord[];
  // With NMAP_ARGS the words are not what nmap read; the other variables never reach the nmap that we run.
  const judged = all
    .filter(({ env }) => env === undefined)
    .map((record) => ({ record, built: plan(record.argv.map(asNodeReads)) }));
  const accepted = judged.filter(({ built }) => built.ok);

  it("accepts none that nmap 7.93 refuses, or would answer with something else than a scan", () => {
    const reasons = new Map<string, number>();
    for (const { built } of judged) {
      const reason = built.ok ? "accepted" : built.error.code;
      reasons.set(reason, (reasons.get(reason) ?? 0) + 1);
    }
    const counts = [...reasons].sort((left, right) => right[1] - left[1]);
    console.log(`argvs: ${counts.map(([reason, count]) => `${count} ${reason}`).join(", ")}`);
    expect(judged).toHaveLength(all.length - 6);
    expect(accepted.length).toBeGreaterThan(100);
    const wrong = accepted.filter(({ record }) => {
      const validate = record["nmap-7.93"].validate;
      // That a file can be opened is found out when it is tried, with the requester's rights.
      // So is whether an interface exists.
      const machine =
        validate?.says?.some((line) => /^(?:Failed to open|I cannot figure out what source address)/.test(line)) ??
        false;
      return (validate?.accepted !== true && !machine) || validate?.info !== undefined;
    });
    expect(wrong.map(({ record }) => [record.id, record.argv])).toEqual([]);
  });

  it("reads the addresses and ports that nmap 7.93 scanned on loopback", () => {
    const ran = accepted.filter(({ record }) => (record["nmap-7.93"].loopback?.hosts.length ?? 0) > 0);
    expect(ran).toHaveLength(13);
    for (const { record, built } of ran) {
      if (!built.ok) continue;
      const { hosts, ports = {} } = record["nmap-7.93"].loopback ?? { hosts: [] };
      const addresses = [...built.value.targets.ranges()].flatMap(({ family, first, last }) =>
        Array.from({ length: Number(last - first) + 1 }, (_, index) => formatAddress(family, first + BigInt(index))),
      );
      expect([record.id, addresses]).toEqual([record.id, hosts]);
      for (const protocol of PROTOCOLS) {
        expect([record.id, built.value.ports.toText(protocol)]).toEqual([record.id, ports[protocol] ?? ""]);
      }
    }
  });

  it("answers every other one with a code and a sentence", () => {
    for (const { record, built } of judged) {
      if (built.ok) continue;
      expect(built.error.message, record.id).toMatch(/^[^\p{Cc}]{10,400}[.?]$/u);
    }
  });

  it.skipIf(!nmapInNamespace)("renders lines that the installed nmap accepts, from all that it accepts", () => {
    // In the namespace there is only lo.
    const rendered = accepted.flatMap(({ built }) =>
      built.ok && (built.value.packets?.interface ?? "lo") === "lo" ? [renderArgv(built.value, files)] : [],
    );
    const lines = [...new Map(rendered.map((line) => [line.join(" "), line])).values()];
    expect(lines.length).toBeGreaterThan(50);
    for (const [index, run] of runNmap(lines.map(validated)).entries()) {
      expect([lines[index], run.status], run.stderr).toEqual([lines[index], 0]);
    }
  });

  it.skipIf(!nmapInNamespace || !hasCompiler)(
    "renders lines whose tokens, as the real nmap gets them from its C library, are the plan",
    () => {
      const libc = compileTokens();
      onTestFinished(libc.remove);
      const plans = accepted.flatMap(({ built }) => (built.ok ? [built.value] : []));
      const argvs = plans.map((one) => renderArgv(one, saidFiles));
      for (const [index, run] of runNmap(argvs, { LD_PRELOAD: libc.shim }).entries()) {
        const one = plans[index];
        if (one === undefined) throw new Error("a run too many");
        expect([argvs[index], run.status]).toEqual([argvs[index], 0]);
        expect(readBack(tokensOf(run.stdout.trimEnd()), one.family)).toEqual(said(one));
      }
      console.log(`${argvs.length} rendered lines read by the real nmap as their plans say`);
    },
  );

  it("renders only exact names, and puts every target behind --", () => {
    for (const { built } of accepted) {
      if (!built.ok) continue;
      const [, ...words] = renderArgv(built.value, files);
      const tokens = tokenise(words);
      if (!tokens.ok) throw new Error(tokens.error.message);
      for (const { name, word } of tokens.value.options) {
        const exact = name.startsWith("--") ? name : `${name}${word.slice(2)}`;
        expect([word, word.replace(/=.*$/, "").replace(/^-o/, "--o")]).toEqual([word, exact]);
      }
      expect(words.slice(words.indexOf("--") + 1)).toEqual(tokens.value.operands);
    }
  });
});

describe.skipIf(!nmapInNamespace)("what the installed nmap does with a rendered line", () => {
  const LINES = [
    "-sT -p 1,5-9,65535 127.0.0.1",
    "-sS -F 127.0.0.1",
    "-p- --top-ports 20 127.0.0.1",
    "-sU -p 53,161 --max-retries 0 127.0.0.1",
    "-sS -sU -p T:1,U:1 -n 127.0.0.1-3",
    "-sT --exclude-ports 1-1000 --top-ports 7 127.0.0.0/29 --exclude 127.0.0.3,localhost",
    "-sn -v localhost one.test",
    "-sL -d2 -v 127.0.0-1.3,5",
    "-6 -sT -p 1 ::1",
    "-sT -p 1 -Pn -d -vvv --reason -T5 --min-rate 10 --max-rate 1000.5 --host-timeout 1.5m 127.0.0.9",
    "-O -p 1 --max-retries 1 127.0.0.1",
    "-sT -p http,x11 --scan-delay 1ms 127.0.0.1",
  ];
  const plans = LINES.map((line) => planOf(`${line} -oX -`));
  const runs = runNmap(plans.map((built) => renderArgv(built, files)));

  it.each(LINES.map((line, index) => [line, index] as const))("%s is what the plan says", (line, index) => {
    const [built, run] = [plans[index], runs[index]];
    if (built === undefined || run === undefined) throw new Error(line);
    expect(run.status, run.stderr).toBe(0);
    const scanned = [
      ...run.stdout.matchAll(/<scaninfo type="(\w+)" protocol="(\w+)" numservices="\d+" services="([^"]*)"/g),
    ];
    const expected = built.techniques
      .filter((technique) => technique !== "list" && technique !== "ping")
      .map((technique) => {
        const protocol = technique === "udp" ? "udp" : "tcp";
        return [technique, protocol, built.ports.toText(protocol)];
      });
    expect(scanned.map(([, ...found]) => found)).toEqual(expected);
    const addresses = [...run.stdout.matchAll(/<address addr="([^"]+)"/g)].map((found) => found[1]);
    expect(new Set(addresses).size).toBe(addresses.length);
    expect(BigInt(addresses.length)).toBe(built.targets.size);
    expect(run.stdout).toContain(`<verbose level="${built.display.verbosity}"/>`);
    expect(run.stdout).toContain(`<debugging level="${built.display.debugging}"/>`);
  });

  it("-sC and -sV load the plan's scripts and no others", () => {
    for (const line of ["-sC", "-sC -sV"]) {
      const built = planOf(`${line} -sT -p 1 -d2 127.0.0.1`);
      const [run] = runNmap([renderArgv(built, files)]);
      const loaded = [...(run?.stdout ?? "").matchAll(/Script (\S+)\.nse was selected by (\w+)/g)].map(
        (found) => found[1],
      );
      expect(loaded.sort()).toEqual(built.scripts.map((script) => script.name));
    }
  });

  it("-A without raw sockets asks for none", () => {
    const built = planOf("-A -p 1 --version-light 127.0.0.1", { privileged: false });
    const [run] = runNmap([renderArgv(built, files)]);
    expect(run?.status, run?.stderr).toBe(0);
    expect(run?.stdout).not.toContain("TRACEROUTE");
  });
});
