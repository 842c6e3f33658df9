// Our reading of port specifications against nmap's own: recorded verdicts (corpus/ports.jsonl, 7.93), and the installed
// nmap asked without targets, which scans nothing and still says what it would scan.
import { createHash } from "node:crypto";
import { existsSync, readFileSync } from "node:fs";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { PortSet, Protocol } from "../../src/core/sets/port-set.ts";
import { choosePorts, renderPorts, type PortChoice } from "../../src/core/plan/ports.ts";
import { parseProtocolNumbers, parseServices } from "../../src/core/plan/ports-services.ts";
import { nmapInNamespace, runNmap } from "./installed-nmap.ts";

const SERVICES_FILE = "/usr/share/nmap/nmap-services";
const PROTOCOLS_FILE = "/usr/share/nmap/nmap-protocols";
// The recorded top lists, names and wildcards belong to this version's data.
const data = nmapInNamespace && existsSync(SERVICES_FILE) ? readFileSync(SERVICES_FILE, "latin1") : "";
const services = parseServices(data);
const protocolNumbers = parseProtocolNumbers(data === "" ? "" : readFileSync(PROTOCOLS_FILE, "latin1"));
const version = /version ([0-9.]+)/.exec(
  nmapInNamespace ? (runNmap([["nmap", "--version"]])[0]?.stdout ?? "") : "",
)?.[1];

interface Scanned {
  readonly count: number;
  readonly sha256: string;
}

interface Recorded {
  readonly id: string;
  readonly argv: readonly string[];
  readonly files?: unknown;
  readonly env?: unknown;
  readonly user?: boolean;
  readonly "nmap-7.93": { readonly accepted: boolean; readonly scan: Readonly<Record<string, Scanned>> };
}

type Reading =
  | { readonly kind: "set"; readonly set: PortSet; readonly protocols: readonly Protocol[] }
  | { readonly kind: "refused"; readonly code: string }
  /** The line uses what this reading is not about. */
  | { readonly kind: "elsewhere"; readonly because: string };

const SCAN_LETTERS: ReadonlyMap<string, Protocol> = new Map([
  ...["S", "T", "A", "W", "M", "N", "F", "X"].map((letter) => [letter, "tcp"] as const),
  ["U", "udp"],
  ["Y", "sctp"],
  ["Z", "sctp"],
  ["O", "protocol"],
]);

/** The few options that choose ports, in their plain spelling; the rest is option reading and tested with it. */
function read({ argv, files, env, user }: Recorded): Reading {
  if (files !== undefined || env !== undefined || user === true)
    return { kind: "elsewhere", because: "files, environment or another user" };
  const values = new Map<string, string>();
  const protocols = new Set<Protocol>();
  let fast = false;
  for (let index = 0; index < argv.length; index++) {
    const word = argv[index] ?? "";
    const letters = /^-s([STAWMNFXUYZO]+)$/.exec(word)?.[1];
    if (letters !== undefined) {
      for (const letter of letters) protocols.add(SCAN_LETTERS.get(letter) ?? "tcp");
    } else if (["-p", "--top-ports", "--port-ratio", "--exclude-ports"].includes(word)) {
      if (values.has(word)) return { kind: "elsewhere", because: `${word} twice` };
      values.set(word, argv[++index] ?? "");
    } else if (word === "-F") {
      fast = true;
    } else {
      return { kind: "elsewhere", because: word.startsWith("-P") ? "-P…" : word.slice(0, 12) };
    }
  }
  if (protocols.size === 0) protocols.add("tcp");
  if (fast && values.has("-p")) return { kind: "elsewhere", because: "-F with -p" };
  if (protocols.has("protocol") && protocols.size > 1) return { kind: "elsewhere", because: "-sO with others" };
  const top = values.get("--top-ports");
  const ratio = values.get("--port-ratio");
  if (top !== undefined && ratio !== undefined) return { kind: "elsewhere", because: "--top-ports with --port-ratio" };
  if (top !== undefined && (!/^[1-9][0-9]{0,4}$/.test(top) || Number(top) > 65_536)) {
    return { kind: "refused", code: "option-value" };
  }
  if (ratio !== undefined && !(/^0?\.[0-9]+$/.test(ratio) && Number(ratio) > 0)) {
    return { kind: "refused", code: "option-value" };
  }
  const choice: PortChoice = {
    ports: values.get("-p"),
    fast,
    topPorts: top === undefined ? undefined : Number(top),
    portRatio: ratio === undefined ? undefined : Number(ratio),
    excludePorts: values.get("--exclude-ports"),
  };
  const chosen = choosePorts(choice, [...protocols], services, protocolNumbers);
  if (!chosen.ok) return { kind: "refused", code: chosen.error.code };
  return { kind: "set", set: chosen.value.scanned, protocols: [...protocols] };
}

const nameOf = (protocol: Protocol): string => (protocol === "protocol" ? "ip" : protocol);

const corpus = readFileSync(new URL("corpus/ports.jsonl", import.meta.url), "utf8")
  .trimEnd()
  .split("\n")
  .map((line) => JSON.parse(line) as Recorded);

describe.skipIf(version !== "7.93")("recorded port lines", () => {
  it("that we accept mean to nmap 7.93 the same ports", () => {
    const counts = new Map<string, number>();
    const count = (what: string): void => void counts.set(what, (counts.get(what) ?? 0) + 1);
    const stricter: string[] = [];
    for (const record of corpus) {
      const reading = read(record);
      const verdict = record["nmap-7.93"];
      if (reading.kind !== "set") {
        count(reading.kind === "refused" ? `refused: ${reading.code}` : `elsewhere: ${reading.because}`);
        if (reading.kind === "refused" && verdict.accepted) stricter.push(record.argv.join(" "));
        continue;
      }
      count("accepted");
      const line = `${record.id} ${JSON.stringify(record.argv)}`;
      expect(verdict.accepted, line).toBe(true);
      expect(Object.keys(verdict.scan).sort(), line).toEqual(reading.protocols.map(nameOf).sort());
      for (const protocol of reading.protocols) {
        const text = reading.set.toText(protocol);
        const recorded = verdict.scan[nameOf(protocol)];
        expect(
          [reading.set.size(protocol), createHash("sha256").update(text).digest("hex")],
          `${line} ${protocol}`,
        ).toEqual([recorded?.count, recorded?.sha256]);
      }
    }
    console.log(`ports.jsonl, ${corpus.length} lines:`, Object.fromEntries([...counts].sort()));
    console.log(
      `nmap scans and we refuse (${stricter.length}):`,
      stricter.map((line) => JSON.stringify(line)).join(" "),
    );
    const sum = (prefix: string): number =>
      [...counts].reduce((total, [what, times]) => (what.startsWith(prefix) ? total + times : total), 0);
    // Every line is in one of these; a line that moves is a change of the grammar.
    expect({ accepted: sum("accepted"), refused: sum("refused"), elsewhere: sum("elsewhere") }).toEqual({
      accepted: 173,
      refused: 125,
      elsewhere: 93,
    });
  });
});

const SEED = 20_261_122;
const LINES = 80;

describe.skipIf(!nmapInNamespace)("generated port lines and the installed nmap", () => {
  const number = fc.oneof(fc.constantFrom(0, 1, 22, 80, 443, 65_535), fc.nat(65_535), fc.nat(1200));
  const range = fc.oneof(
    number.map(String),
    fc.tuple(number, fc.nat(300)).map(([first, more]) => `${first}-${first + more}`),
    fc.integer({ min: 0, max: 65_535 }).map((first) => `${first}-`),
    fc.integer({ min: 0, max: 400 }).map((last) => `-${last}`),
    fc.constantFrom(
      "http",
      "ssh",
      "x11",
      "http-*",
      "?ttp",
      "*sql*",
      "snmp*",
      "domain",
      "nosuch",
      "Http",
      "080",
      "65536",
      "-",
    ),
  );
  const bracket = fc.array(range, { minLength: 1, maxLength: 3 }).map((items) => `[${items.join(",")}]`);
  const specification = (prefixes: readonly string[]): fc.Arbitrary<string> =>
    fc
      .array(
        fc.tuple(
          fc.constantFrom("", "", "", ...prefixes),
          fc.oneof({ weight: 4, arbitrary: range }, { weight: 1, arbitrary: bracket }),
        ),
        { minLength: 1, maxLength: 4 },
      )
      .map((elements) => elements.map(([prefix, text]) => prefix + text).join(","));
  const line = fc
    .constantFrom(
      { scan: "-sS", prefixes: ["T:"] },
      { scan: "-sU", prefixes: ["U:"] },
      { scan: "-sSU", prefixes: ["T:", "U:"] },
      { scan: "-sSUY", prefixes: ["T:", "U:", "S:"] },
    )
    .chain(({ scan, prefixes }) =>
      fc.record(
        {
          scan: fc.constant(scan),
          ports: specification(prefixes),
          top: fc.integer({ min: 1, max: 9000 }),
          exclude: specification(prefixes),
        },
        { requiredKeys: ["scan"] },
      ),
    );

  it("agree on every accepted line, and on what we render for it", () => {
    const lines = fc.sample(line, { numRuns: LINES, seed: SEED }).flatMap(({ scan, ports, top, exclude }) => {
      const argv = [
        scan,
        ...(ports === undefined ? [] : ["-p", ports]),
        ...(top === undefined ? [] : ["--top-ports", `${top}`]),
        ...(exclude === undefined ? [] : ["--exclude-ports", exclude]),
      ];
      const reading = read({ id: "", argv, "nmap-7.93": { accepted: true, scan: {} } });
      return reading.kind === "set" ? [{ argv, ...reading }] : [];
    });
    console.log(`${lines.length} of ${LINES} generated lines accepted, seed ${SEED}`);
    expect(lines.length).toBeGreaterThan(LINES / 4);
    const typed = runNmap(lines.map(({ argv }) => ["nmap", "-oX", "-", ...argv]));
    for (const [index, { argv, set, protocols }] of lines.entries()) {
      const run = typed[index];
      expect(run?.status, argv.join(" ")).toBe(0);
      expect(scanInfo(run?.stdout ?? ""), argv.join(" ")).toEqual(expected(set, protocols));
    }
    const withPorts = lines.filter(({ set }) => !set.isEmpty).slice(0, 20);
    const rendered = runNmap(
      withPorts.map(({ argv: [scan = ""], set }) => ["nmap", "-oX", "-", scan, "-p", renderPorts(set)]),
    );
    for (const [index, { set, protocols }] of withPorts.entries()) {
      expect(scanInfo(rendered[index]?.stdout ?? ""), renderPorts(set)).toEqual(expected(set, protocols));
    }
  });

  function expected(set: PortSet, protocols: readonly Protocol[]): Record<string, string> {
    return Object.fromEntries(protocols.map((protocol) => [nameOf(protocol), set.toText(protocol)]));
  }

  function scanInfo(xml: string): Record<string, string> {
    const found = xml.matchAll(/<scaninfo [^>]*protocol="([a-z]+)" numservices="[0-9]+" services="([^"]*)"/g);
    return Object.fromEntries([...found].map(([, protocol = "", list = ""]) => [protocol, list]));
  }
});
