import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { tokenise } from "../../../src/core/plan/getopt.ts";
import { environment, renderArgv } from "../../../src/core/plan/render.ts";
import { targetsFile } from "../../../src/core/plan/target-words.ts";
import type { ScanPlan } from "../../../src/core/plan/scan-plan.ts";
import { PortSet } from "../../../src/core/sets/port-set.ts";
import { plan, planOf } from "./plans.ts";
import { readBack, said, saidFiles } from "./said.ts";

const files = saidFiles;
const rendered = (line: string, machine = {}): string => renderArgv(planOf(line, machine), files).join(" ");

describe("renderArgv", () => {
  it.each([
    [
      "10.0.0.0/24 -p80,22 -sSV -T4",
      "/usr/bin/nmap --privileged -4 -n --noninteractive -sS -sV -p T:22,80 -PE -PS443 -PA80 -PP -T4 --no-stylesheet -oX /s/xml -- 10.0.0.0/24",
    ],
    [
      "-6 -sn 2001:db8::/127 -vv --open",
      "/usr/bin/nmap --privileged -6 -n --noninteractive -sn -PE -PS443 -PA80 -T3 -v2 --open --no-stylesheet -oX /s/xml -- 2001:db8::/127",
    ],
    [
      "-sL 10.0-255.1-254.1,5,7",
      "/usr/bin/nmap --privileged -4 -n --noninteractive -sL -T3 --no-stylesheet -oX /s/xml -- 10.0-255.1-254.1,5,7",
    ],
    [
      "-Pn -sU -sT -p T:1,U:53 one.test --min-rate 10 --max-rate 99.5 --max-retries 0 --host-timeout 2m --scan-delay 0",
      "/usr/bin/nmap --privileged -4 -n --noninteractive -sT -sU -p T:1,U:53 -Pn -T3 --min-rate=10 --max-rate=99.5 --max-retries=0 --host-timeout=120000ms --scan-delay=0ms --no-stylesheet -oX /s/xml -- 127.0.0.9",
    ],
    [
      "-d2 -v -p1 -oA out 10.0.0.1",
      "/usr/bin/nmap --privileged -4 -n --noninteractive -sS -p T:1 -PE -PS443 -PA80 -PP -T3 -d2 -v3 --reason --no-stylesheet -oX /s/xml -oN /s/normal -oG /s/grepable -- 10.0.0.1",
    ],
    [
      "-O --top-ports 1 -oX - -oG g 10.0.0.1",
      "/usr/bin/nmap --privileged -4 -n --noninteractive -sS -O -p T:80 -PE -PS443 -PA80 -PP -T3 --no-stylesheet -oX - -oG /s/grepable -- 10.0.0.1",
    ],
  ])("renders %s", (line, expected) => {
    expect(rendered(line)).toBe(expected);
  });

  it("tells an unprivileged nmap so, and connects to find hosts", () => {
    expect(rendered("-p 1 10.0.0.1", { privileged: false })).toBe(
      "/usr/bin/nmap --unprivileged -4 -n --noninteractive -sT -p T:1 -PS80,443 -T3 --no-stylesheet -oX /s/xml -- 10.0.0.1",
    );
  });

  it("names the default scripts as nmap does for -sC, and leaves those of -sV to -sV", () => {
    const words = renderArgv(planOf("-A --version-all -p 1 10.0.0.1"), files);
    expect(words).toContain("--version-intensity=9");
    expect(words).toContain("--traceroute");
    expect(words).toContain("--script=default");
    expect(rendered("-sV -p 1 10.0.0.1")).not.toContain("--script");
  });

  it("takes nmap's data from the copy that the plan names, and from nowhere else", () => {
    const built = planOf("-p 1 10.0.0.1");
    const pinned: ScanPlan = {
      ...built,
      nmap: { ...built.nmap, data: { level: "tables", hash: `sha256:${"0".repeat(64)}` } },
    };
    expect(renderArgv(pinned, { ...files, data: "/s/data" })).toContain("--datadir=/s/data");
    expect(() => renderArgv(pinned, files)).toThrow("data");
  });

  it("gives targets that are longer than a line holds in a file, and short ones never", () => {
    // Every second address: nothing that an octet pattern says shorter, because the gaps move.
    const words = Array.from({ length: 6000 }, (_, index) => `10.${index >> 8}.${index & 255}.${(index * 7) % 251}`);
    const built = planOf(["-sn", ...words].join(" "));
    const argv = renderArgv(built, { ...files, targets: "/s/targets" });
    expect(argv.at(-1)).toBe("--iL=/s/targets");
    expect(argv).not.toContain("--");
    expect(targetsFile(built)).toMatch(/^(?:10\.[\d.,-]+\n){1000,}$/);
    expect(() => renderArgv(built, files)).toThrow("targets");
    expect(targetsFile(planOf("-sn 10.0.0.0/8"))).toBeUndefined();
  });

  it("throws rather than run with less than the plan says", () => {
    const built = planOf("-sS -p 22 -oN out 10.0.0.1");
    const cannot: ScanPlan[] = [
      { ...built, features: ["fragments"] },
      { ...built, features: ["payload"] },
      { ...built, ports: PortSet.empty },
    ];
    for (const broken of cannot) expect(() => renderArgv(broken, files)).toThrow(Error);
    expect(() => renderArgv(built, { xml: "/s/xml" })).toThrow("normal output");
  });

  it("says nothing that was typed: neither names, nor output paths, nor exclusions", () => {
    const line = rendered("two.test 127.0.0.0/30 --exclude 127.0.0.2 -p 1 -oN secret -n");
    expect(line).not.toMatch(/test|secret|exclude/);
  });

  it("says the whole plan, and only the plan: read back, any generated line's plan is the same", () => {
    const seed = 20_261_122;
    let rounds = 0;
    fc.assert(
      fc.property(lines, ({ words, privileged }) => {
        const built = plan(words, { privileged });
        fc.pre(built.ok);
        rounds++;
        const argv = renderArgv(built.value, files);
        expect(renderArgv(built.value, files)).toEqual(argv);
        const tokens = tokenise(argv.slice(1));
        if (!tokens.ok) throw new Error(tokens.error.message);
        const { options, operands } = tokens.value;
        const read = options.map(({ name, argument }) => [name, argument ?? null] as const);
        expect(readBack({ tokens: read, operands }, built.value.family)).toEqual(said(built.value));
      }),
      { numRuns: 400, seed },
    );
    expect(rounds).toBe(400);
  });
});

describe("environment", () => {
  it("holds nothing that a requester chooses", () => {
    expect(environment()).toEqual({ PATH: "/usr/sbin:/usr/bin:/sbin:/bin", LC_ALL: "C" });
  });
});

// Lines that are mostly acceptable: one choice of each kind.
const maybe = (...choices: string[]): fc.Arbitrary<string> => fc.constantFrom("", ...choices);
const lines = fc
  .record({
    privileged: fc.boolean(),
    parts: fc.tuple(
      maybe("-sS", "-sT", "-sU", "-sS -sU", "-sT -sU", "-sn", "-sL", "-sA", "-sX -sU", "-sY -sZ", "-sO", "-sM"),
      maybe("-sV", "-sC", "-A", "-O", "-sVC --version-intensity 3"),
      maybe("-p 22,80-90", "-F", "-p -", "--top-ports 17", "-p 1-1024 --exclude-ports 7-9", "-p http,8000-"),
      maybe("-Pn", "-PE -PP", "-PS22,443 -PA", "-PU53,161 -PY80 -PO1,2", "-PM -PE"),
      maybe("-f", "--mtu 24", "-g 53 --ttl 5", "--data 0xDEADbeef", "--data-length 9 --badsum", "-e eth0 --send-eth"),
      maybe("--scanflags SYNFIN", "--adler32 --send-ip", "-r --randomize-hosts", "--disable-arp-ping --unprivileged"),
      maybe("--osscan-guess --max-os-tries 3", "--allports --version-trace", "--packet-trace --stats-every 5s"),
      maybe("--min-parallelism 3 --max-parallelism 9", "--max-rtt-timeout 100ms --nogcc", "--min-hostgroup 7"),
      maybe("-T0", "-T2", "-T insane"),
      maybe("--max-rate 50", "--min-rate 1.5 --max-rate 7", "--host-timeout 30m", "--max-retries 3 --scan-delay 20ms"),
      maybe("-v", "-vvv", "-d", "-d3 -v", "--reason --open"),
      maybe("-oN out", "-oX -", "-oA base", "-oG - -oN x"),
      fc.constantFrom(
        "10.0.0.1",
        "10.0.0.0/24 --exclude 10.0.0.7",
        "10.1-3.0.*",
        "localhost 10.9.8.7/30",
        "0.0.0.0/0",
        "1,3.2.3.4",
      ),
    ),
  })
  .map(({ privileged, parts }) => ({
    privileged,
    words: parts
      .join(" ")
      .split(" ")
      .filter((word) => word !== ""),
  }));
