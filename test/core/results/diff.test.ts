// Differences between results, held against nmap's own ndiff.
import { spawnSync } from "node:child_process";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { diffText } from "../../../src/cli/diff-text.ts";
import { diffResults } from "../../../src/core/results/diff.ts";

/** The addresses that differ, of each pair of documents. ndiff as a module: as a program it fails to print some of them. */
const ndiff = `
import io, json, sys, ndiff
def scan(text):
    scan = ndiff.Scan()
    scan.load(io.StringIO(text))
    scan.sort_hosts()
    return scan
def differ(a, b):
    pairs = ndiff.host_pairs(scan(a).hosts, scan(b).hosts)
    return sorted({str((x.addresses or y.addresses)[0]) for x, y in pairs if ndiff.HostDiff(x, y).cost > 0})
print(json.dumps([differ(a, b) for a, b in json.load(sys.stdin)]))
`;

interface Port {
  readonly number: number;
  readonly state: string;
  readonly service: string;
  readonly product: string;
  readonly script: string;
}
interface Host {
  readonly address: number;
  readonly state: string;
  readonly name: string;
  readonly ports: readonly Port[];
  readonly closed: number;
  readonly os: string;
  readonly script: string;
}

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);
const script = (output: string): string => (output === "" ? "" : `<script id="probe" output="${output}"/>`);

function document(
  hosts: readonly Host[],
  more: { readonly start?: number; readonly services?: string; readonly cut?: true } = {},
): string {
  const { start = 1, services = "1-9" } = more;
  const body = hosts.map(
    ({ address, state, name, ports, closed, os, script: output }) =>
      `<host starttime="${start}" endtime="${start + 1}"><status state="${state}" reason="r${start}" reason_ttl="0"/>` +
      `<address addr="10.0.0.${address}" addrtype="ipv4"/>` +
      `<hostnames>${name === "" ? "" : `<hostname name="${name}" type="PTR"/>`}</hostnames><ports>` +
      (closed === 0
        ? ""
        : `<extraports state="closed" count="${closed}"><extrareasons reason="reset" count="${closed}"/></extraports>`) +
      ports
        .map(
          (port) =>
            `<port protocol="tcp" portid="${port.number}"><state state="${port.state}" reason="syn-ack" reason_ttl="0"/>` +
            `<service name="${port.service}" ${port.product === "" ? "" : `product="${port.product}" `}method="table" conf="3"/>${script(port.script)}</port>`,
        )
        .join("") +
      `</ports>${os === "" ? "" : `<os><osmatch name="${os}" accuracy="100" line="1"/></os>`}` +
      (output === "" ? "" : `<hostscript>${script(output)}</hostscript>`) +
      `<times srtt="${start}" rttvar="1" to="100"/></host>\n`,
  );
  return (
    `<?xml version="1.0"?>\n<nmaprun scanner="nmap" args="nmap x" start="${start}" startstr="then" version="7.93" xmloutputversion="1.05">\n` +
    `<scaninfo type="connect" protocol="tcp" numservices="9" services="${services}"/>\n${body.join("")}` +
    (more.cut === true
      ? ""
      : `<runstats><finished time="${start + 2}" timestr="later" elapsed="${start}.5" exit="success"/><hosts up="1" down="0" total="1"/></runstats>\n</nmaprun>\n`)
  );
}

const port = fc.record({
  number: fc.integer({ min: 1, max: 3 }),
  state: fc.constantFrom("open", "closed", "filtered"),
  service: fc.constantFrom("ssh", "http"),
  product: fc.constantFrom("", "OpenSSH", "nginx"),
  script: fc.constantFrom("", "yes", "no&#xa;more"),
});
/** nmap lists no port in a state that it only counts; ndiff looks away from such ports, which no document has. */
const asNmapLists = <T extends Pick<Host, "ports" | "closed">>(one: T): T => ({
  ...one,
  ports: one.closed === 0 ? one.ports : one.ports.filter(({ state }) => state !== "closed"),
});
const anyHost = fc.record({
  address: fc.integer({ min: 1, max: 3 }),
  state: fc.constant("up"),
  name: fc.constantFrom("", "a.lab", "b.lab"),
  ports: fc.uniqueArray(port, { selector: ({ number }) => number, maxLength: 3 }),
  closed: fc.constantFrom(0, 4, 5),
  os: fc.constantFrom("", "Linux 5", "Linux 6"),
  script: fc.constantFrom("", "hello", "world"),
});
const host = anyHost.map(asNmapLists);
const hosts = fc.uniqueArray(host, { selector: ({ address }) => address, maxLength: 3 });

const ssh: Port = { number: 22, state: "open", service: "ssh", product: "OpenSSH", script: "" };
const one: Host = {
  address: 1,
  state: "up",
  name: "",
  ports: [ssh],
  closed: 0,
  os: "",
  script: "",
};

describe("two results", () => {
  it("differ in the same hosts as for ndiff", () => {
    // Half of the pairs are nearly alike: those are where two opinions could differ.
    const nearly = hosts.chain((first) =>
      fc.record({
        first: fc.constant(first),
        second: fc.oneof(hosts, fc.shuffledSubarray([...first]), fc.constant(first)),
      }),
    );
    const pairs = fc
      .sample(nearly, 300)
      .map(({ first, second }) => [document(first), document(second, { start: 99 })] as const);
    const python = spawnSync("/usr/bin/python3", ["-c", ndiff], { input: JSON.stringify(pairs), encoding: "utf8" });
    expect(python.stderr).toBe("");
    const theirs = JSON.parse(python.stdout) as readonly (readonly string[])[];
    const ours = pairs.map(([a, b]) =>
      diffResults(bytes(a), bytes(b))
        .hosts.map(({ address }) => address)
        .sort(),
    );
    for (const [index, pair] of pairs.entries()) expect(ours[index], pair.join("\n")).toEqual(theirs[index]);
    expect(theirs.filter((found) => found.length === 0).length).toBeGreaterThan(20);
    expect(theirs.filter((found) => found.length > 0).length).toBeGreaterThan(20);
  });

  it("name each host, port and script that changed, as it was and as it is", () => {
    const before = document([one, { ...one, address: 2 }]);
    const after = document([
      {
        ...one,
        ports: [
          { ...ssh, product: "nginx" },
          { ...ssh, number: 80, script: "hi" },
        ],
      },
      { ...one, address: 3, ports: [] },
    ]);
    expect(diffResults(bytes(before), bytes(after)).hosts).toEqual([
      {
        address: "10.0.0.1",
        kind: "changed",
        changes: [
          { about: "port", port: "22/tcp", before: "open ssh OpenSSH", after: "open ssh nginx" },
          { about: "port", port: "80/tcp", after: "open ssh OpenSSH" },
          { about: "script", port: "80/tcp", script: "probe", after: "hi" },
        ],
      },
      {
        address: "10.0.0.2",
        kind: "disappeared",
        changes: [
          { about: "host", before: "up" },
          { about: "port", port: "22/tcp", before: "open ssh OpenSSH" },
        ],
      },
      { address: "10.0.0.3", kind: "appeared", changes: [{ about: "host", after: "up" }] },
    ]);
  });

  it("say when one is cut or looked for something else", () => {
    const whole = bytes(document([one]));
    expect(diffResults(whole, whole)).toMatchObject({ hosts: [], complete: true, otherScan: false });
    expect(diffResults(whole, bytes(document([one], { cut: true })))).toMatchObject({ complete: false });
    expect(diffResults(whole, bytes(document([one], { services: "1-8" })))).toMatchObject({ otherScan: true });
  });

  it("are never obeyed by the terminal, whatever they hold", () => {
    const evil = "&#x9b;31m&#x202e;x";
    const diff = diffResults(
      bytes(document([])),
      bytes(document([{ ...one, name: evil, os: evil, script: `a&#xa;${evil}` }])),
    );
    const text = diffText(diff, { colour: false });
    expect(text).toContain("\\u{202e}");
    expect(text).not.toMatch(/[\u009b\u202e]/);
  });

  it("may be any bytes", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (junk) => {
        expect(diffResults(junk, bytes(document([one])))).toMatchObject({ complete: false });
      }),
    );
  });
});
