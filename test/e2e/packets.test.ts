// What really leaves: scans between two network namespaces of the test's own, with every packet's destination noted on
// the far side, before anything there can drop it. No packet may go where the plan does not say.
import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { PortSet, PROTOCOLS, type Protocol } from "../../src/core/sets/port-set.ts";

const near = `jit-near-${process.pid}`;
const far = `jit-far-${process.pid}`;
const main = join(import.meta.dirname, "../../bin/main.ts");
const home = mkdtempSync(join(tmpdir(), "jit-nmap-packets-"));

function run(command: string, ...words: readonly string[]): string {
  const { status, stdout, stderr, error } = spawnSync(command, words, { encoding: "utf8" });
  if (status !== 0) throw new Error(`${command} ${words.join(" ")}: ${stderr || String(error)}`);
  return stdout;
}
const at = (namespace: string, command: string, ...words: readonly string[]): string =>
  run("ip", "netns", "exec", namespace, command, ...words);

/** Root, and a kernel that gives namespaces and nftables. */
const possible = ((): boolean => {
  if (process.getuid?.() !== 0) return false;
  try {
    run("ip", "netns", "add", far);
    at(far, "nft", "add table inet probe");
    return true;
  } catch {
    return false;
  } finally {
    spawnSync("ip", ["netns", "del", far]);
  }
})();

// Priority -350: before connection tracking, behind which fragments would be one packet; a later fragment has no port.
const CAPTURE = `
table inet seen {
  set ports4 { type ipv4_addr . inet_proto . inet_service; flags dynamic; size 65535; }
  set ports6 { type ipv6_addr . inet_proto . inet_service; flags dynamic; size 65535; }
  set hosts4 { type ipv4_addr; flags dynamic; size 65535; }
  set hosts6 { type ipv6_addr; flags dynamic; size 65535; }
  chain packets {
    type filter hook prerouting priority -350;
    iif lo return
    # What the kernel itself says on a link: neighbours, routers and group membership.
    icmpv6 type { 130, 131, 132, 133, 134, 135, 136, 143 } return
    ip version 4 add @hosts4 { ip daddr }
    ip6 version 6 add @hosts6 { ip6 daddr }
    ip frag-off & 0x1fff != 0 return
    ip protocol { tcp, udp, sctp } add @ports4 { ip daddr . ip protocol . th dport }
    meta nfproto ipv6 meta l4proto { tcp, udp, sctp } add @ports6 { ip6 daddr . meta l4proto . th dport }
  }
}
table arp seen {
  set asked { type ipv4_addr; flags dynamic; size 65535; }
  chain packets {
    type filter hook input priority 0;
    arp operation request add @asked { arp daddr ip }
  }
}
`;

interface NftSet {
  readonly set?: { readonly elem?: readonly (string | { readonly concat: readonly (string | number)[] })[] };
}

function elements(family: string, name: string): readonly (readonly (string | number)[])[] {
  const { nftables } = JSON.parse(at(far, "nft", "-j", "list", "set", family, "seen", name)) as {
    readonly nftables: readonly NftSet[];
  };
  const found = nftables.flatMap(({ set }) => set?.elem ?? []);
  return found.map((element) => (typeof element === "string" ? [element] : element.concat));
}

/** What of the check's document the packets are compared with. */
interface Checked {
  readonly plan: {
    readonly targets: { readonly ranges: readonly string[] };
    readonly ports: Readonly<Record<Protocol, string>>;
    readonly otherPorts: readonly string[];
    readonly discovery: readonly string[];
  };
}

const numberOf = (address: string): number =>
  address.split(".").reduce((value, octet) => value * 256 + Number(octet), 0);

function inRanges(address: string, ranges: readonly string[]): boolean {
  if (address.includes(":")) return ranges.includes(address);
  const value = numberOf(address);
  return ranges.some((range) => {
    const [first = "", last = first] = range.split("-");
    return !range.includes(":") && numberOf(first) <= value && value <= numberOf(last);
  });
}

const DISCOVERY: ReadonlyMap<string, Protocol> = new Map([
  ["tcp-syn", "tcp"],
  ["tcp-ack", "tcp"],
  ["tcp-connect", "tcp"],
  ["udp", "udp"],
  ["sctp-init", "sctp"],
]);

function portsOf({ plan }: Checked): (protocol: string, port: number) => boolean {
  const lists = PROTOCOLS.map((protocol): [string, string[]] => [protocol, [plan.ports[protocol]]]);
  const texts = new Map(lists);
  for (const probe of plan.discovery) {
    const [kind = "", ports] = probe.split("/");
    const protocol = DISCOVERY.get(kind);
    if (protocol !== undefined && ports !== undefined) texts.get(protocol)?.push(ports);
  }
  return (protocol, port) =>
    plan.otherPorts.length > 0 ||
    (texts.get(protocol) ?? []).some((text) =>
      (text === "" ? [] : (PortSet.parseList(text) ?? [])).some(([first, last]) => first <= port && port <= last),
    );
}

const QUICK = "-T4 --max-retries 0";
const LINES: readonly string[] = [
  "-sn 10.77.0.0/28",
  "-sn -PE -PP -PM 10.77.0.1-5",
  "-sn --disable-arp-ping -PS22,80 -PA443 -PU53 -PY 10.77.0.1,3,5",
  "-sn 10.77.0.0/28 --exclude 10.77.0.3,10.77.0.8/30",
  "-sL 10.77.0.0/24",
  "-sS -p 22,80 10.77.0.10",
  "-sT -p 1-50 10.77.0.10",
  `-sU -p 53,161 ${QUICK} 10.77.0.10`,
  "-sA -p 80 --disable-arp-ping 10.77.0.10",
  "-sF -p 79-81 10.77.0.10",
  "-sX -p 22 10.77.0.10",
  `-sY -p 3868 ${QUICK} 10.77.0.10`,
  `-sO -p 1,6,17 ${QUICK} 10.77.0.10`,
  "-F -n 10.77.0.10",
  "--top-ports 20 --exclude-ports 80 -T4 10.77.0.10 10.77.0.200",
  "-Pn -p 22 10.77.0.40/29 --exclude 10.77.0.41",
  "-sV -p 22 --version-intensity 0 10.77.0.10",
  "-O --max-os-tries 1 -p 22,81 10.77.0.10",
  "--traceroute -p 80 10.77.0.10",
  "-sC -p 80 10.77.0.10",
  "--script http-title,http-methods -p 80 10.77.0.10",
  "-f -g 53 --data-length 25 -p 80 10.77.0.10",
  "-p 22 -iL list --excludefile spared",
  "-6 -p 22,80 fd77::10",
];

describe.skipIf(!possible)(`${LINES.length} scans between two namespaces (as root, with nftables)`, () => {
  let server: ReturnType<typeof spawn> | undefined;
  let checks: readonly Checked[] = [];

  beforeAll(async () => {
    for (const namespace of [near, far]) run("ip", "netns", "add", namespace);
    run("ip", "link", "add", "jit0", "netns", near, "type", "veth", "peer", "name", "jit1", "netns", far);
    // Every address of these networks is the far side's own.
    const setUp: readonly [string, string][] = [
      [near, "addr add 10.77.0.254/24 dev jit0"],
      [near, "addr add fd77::fe/64 dev jit0 nodad"],
      [far, "addr add 10.77.0.1/24 dev jit1"],
      [far, "addr add fd77::10/64 dev jit1 nodad"],
      [near, "link set jit0 up"],
      [far, "link set jit1 up"],
      [near, "link set lo up"],
      [far, "link set lo up"],
      [far, "route add local 10.77.0.0/25 dev lo"],
      // What leaves for anywhere else is seen too.
      [near, "route add default via 10.77.0.1"],
      [near, "-6 route add default via fd77::10"],
    ];
    for (const [namespace, words] of setUp) run("ip", "-n", namespace, ...words.split(" "));
    server = spawn("ip", [
      ...["netns", "exec", far, process.execPath, "-e"],
      `const net = require("node:net");
       for (const [port, hello] of [[22, "SSH-2.0-test\\r\\n"], [80, ""]]) net.createServer((s) => {
         s.on("error", () => {});
         if (hello) s.end(hello); else s.once("data", () => s.end("HTTP/1.0 200 OK\\r\\n\\r\\n<title>far</title>"));
       }).listen(port, "::", () => console.log("listening"));`,
    ]);
    if (server.stdout === null) throw new Error("no output");
    await once(server.stdout, "data");
    mkdirSync(join(home, "policies"));
    writeFileSync(
      join(home, "policies", "all.yaml"),
      `version: 1
rules:
  - name: everything
    effect: allow
    targets: [10.77.0.0/24, "fd77::/64"]
    may: anything
`,
    );
    writeFileSync(join(home, "list"), "10.77.0.10 10.77.0.12-15\n10.77.0.20/30\n");
    writeFileSync(join(home, "spared"), "10.77.0.13\n10.77.0.22-23\n");
    const { stdout, stderr } = spawnSync(process.execPath, [main, "check", "--json", "--stdin"], {
      ...surroundings,
      input: LINES.map((line) => `${JSON.stringify(line.split(" "))}\n`).join(""),
    });
    const answers = stdout.split("\n").filter((line) => line !== "");
    if (answers.length !== LINES.length) throw new Error(stderr);
    checks = answers.map((answer) => JSON.parse(answer) as Checked);
  });

  afterAll(() => {
    server?.kill("SIGKILL");
    for (const namespace of [near, far]) spawnSync("ip", ["netns", "del", namespace]);
    rmSync(home, { recursive: true });
  });

  const surroundings = {
    cwd: home,
    encoding: "utf8",
    env: { PATH: process.env["PATH"], JIT_NMAP_HOME: home, TERM: "dumb" },
  } as const;

  it.each(LINES.map((line, index) => [line, index] as const))("%s", (line, index) => {
    at(far, "nft", "flush", "ruleset");
    const capture = spawnSync("ip", ["netns", "exec", far, "nft", "-f", "-"], { input: CAPTURE, encoding: "utf8" });
    expect(capture.stderr).toBe("");
    const scan = spawnSync("ip", ["netns", "exec", near, process.execPath, main, ...line.split(" ")], surroundings);
    expect([line, scan.status], scan.stderr).toEqual([line, 0]);
    const checked = checks[index];
    if (checked === undefined) throw new Error(line);
    const { ranges } = checked.plan.targets;
    const may = portsOf(checked);
    const hosts = [...elements("inet", "hosts4"), ...elements("inet", "hosts6"), ...elements("arp", "asked")].flat();
    const ports = [...elements("inet", "ports4"), ...elements("inet", "ports6")];
    expect(hosts.filter((host) => !inRanges(String(host), ranges))).toEqual([]);
    expect(
      ports.filter(([host, protocol, port]) => !inRanges(String(host), ranges) || !may(String(protocol), Number(port))),
    ).toEqual([]);
    // A scan that sent nothing would show nothing.
    if (line.startsWith("-sL")) expect(hosts).toEqual([]);
    else expect(hosts.length).toBeGreaterThan(0);
  });
});
