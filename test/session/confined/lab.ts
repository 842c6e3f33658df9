// A network of test hosts in namespaces of the test's own, for what really leaves a session. Nothing here touches a
// device of the machine.
//   host 10.99.1.1 ── switch ── ok 10.99.1.2 (approved) · no 10.99.1.3 (forbidden) · dns 10.99.1.53 (nobody's target)
//                          └── rt ── far 10.99.2.2 (approved) · 10.99.2.3 (forbidden)
// What arrives is counted on the receiving hosts before anything there could drop it.
import { spawn, spawnSync, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import type { Remains } from "../../../src/session/confined/remains.ts";
import type { Ran } from "./in-lab.ts";

const NAMES = ["host", "sw", "ok", "no", "dns", "rt", "far"] as const;
type Name = (typeof NAMES)[number];

/** Root, and a kernel that gives namespaces, packet rules on every device, and a cage. */
export const possible = ((): boolean => {
  if (process.getuid?.() !== 0) return false;
  const probe = `ip link set lo up && nft -f - <<'END'
table netdev t { chain c { type filter hook egress device "lo" priority 0; }
}
END
bwrap --unshare-pid --ro-bind / / --proc /proc -- setpriv --reuid=1900000999 --regid=1900000999 --clear-groups true`;
  return spawnSync("unshare", ["-n", "-m", "-p", "--fork", "--mount-proc", "sh", "-c", probe]).status === 0;
})();

const SERVICES = `
const net = require("node:net"), dgram = require("node:dgram");
for (const [port, hello] of [[22, "SSH-2.0-OpenSSH_9.2p1 Debian-2\\r\\n"], [80, ""]]) net.createServer((s) => {
  s.on("error", () => {});
  if (hello) s.end(hello); else s.once("data", () => s.end("HTTP/1.0 200 OK\\r\\nServer: lab\\r\\n\\r\\n<title>lab</title>"));
}).listen(port, "::");
const echo = dgram.createSocket("udp6");
echo.on("message", (m, from) => echo.send(m, from.port, from.address));
echo.bind(161, "::", () => console.log("listening"));`;

/** What must not arrive, for each host; `frames` are those of no protocol that anybody here speaks. */
const COUNTED: Readonly<Partial<Record<Name, readonly string[]>>> = {
  ok: [
    "tcp dport 23",
    "udp dport { 7, 4501 }",
    "ip frag-off & 0x1fff != 0",
    "sctp dport 7",
    "ip protocol { 4, 50 }",
    "exthdr frag exists",
    "exthdr rt exists",
    "ip saddr 10.99.1.3",
    "ip6 saddr { fd99:1::3, fe80::bad }",
  ],
  no: [
    "ip daddr 10.99.1.3",
    "arp operation request arp daddr ip 10.99.1.3",
    "ip6 daddr fd99:1::3",
    "ip daddr { 10.99.1.255, 255.255.255.255, 224.0.0.251 }",
    "ip6 daddr { ff02::1, ff02::fb }",
    "icmpv6 type nd-neighbor-solicit @th,64,128 0xfd990001000000000000000000000003",
    "ether type { 0x88b5, 8021q }",
  ],
  dns: ["ip daddr 10.99.1.53", "arp operation request arp daddr ip 10.99.1.53"],
  far: ["ip daddr 10.99.2.3", "ip6 daddr fd99:2::3"],
};

export class Lab {
  readonly #prefix = `jl${process.pid}`;
  readonly #services: ChildProcess[] = [];
  #machine = 0;
  readonly folder = mkdtempSync(join(tmpdir(), "jit-lab-"));

  ns(name: Name | "late"): string {
    return `${this.#prefix}-${name}`;
  }

  /** Everything in two shells: a program each would take seconds. */
  async up(): Promise<void> {
    const ns = (name: Name): string => this.ns(name);
    // Two scans of one host share its budget of ICMP errors: with one, what a scan finds depends on the other.
    const commands = NAMES.map(
      (name) => `ip netns add ${ns(name)}; ip netns exec ${ns(name)} sh -c 'cd /proc/sys/net/ipv6/conf;
        for c in all default; do echo 0 >$c/accept_dad; echo 0 >$c/accept_ra; done;
        echo 0 >../icmp/ratelimit; echo 0 >../../ipv4/icmp_ratelimit'; ip -n ${ns(name)} link set lo up`,
    );
    commands.push(`ip -n ${ns("sw")} link add br0 type bridge; ip -n ${ns("sw")} link set br0 up`);
    const plug = (name: Name, device: string, addresses: readonly string[]): void => {
      commands.push(
        `ip -n ${ns(name)} link add ${device} type veth peer name p-${name} netns ${ns("sw")}`,
        `ip -n ${ns("sw")} link set p-${name} master br0 up; ip -n ${ns(name)} link set ${device} up`,
        ...addresses.map((address) => `ip -n ${ns(name)} addr add ${address} dev ${device}${v6(address)}`),
        // A neighbour that was spoken to is asked for again five seconds later, when others' packets are counted.
        `ip netns exec ${ns(name)} sh -c 'for n in /proc/sys/net/ipv[46]/neigh/${device}; do
          echo 3600 >$n/delay_first_probe_time; done'`,
      );
    };
    plug("host", "lan0", ["10.99.1.1/24", "fd99:1::1/64"]);
    plug("ok", "e0", ["10.99.1.2/24", "fd99:1::2/64"]);
    plug("no", "e0", ["10.99.1.3/24", "fd99:1::3/64"]);
    plug("dns", "e0", ["10.99.1.53/24", "fd99:1::53/64"]);
    plug("rt", "e0", ["10.99.1.254/24", "fd99:1::fe/64"]);
    commands.push(
      `ip -n ${ns("rt")} link add e1 type veth peer name e0 netns ${ns("far")}`,
      `ip -n ${ns("rt")} link set e1 up; ip -n ${ns("far")} link set e0 up`,
      `ip -n ${ns("rt")} addr add 10.99.2.254/24 dev e1; ip -n ${ns("rt")} addr add fd99:2::fe/64 dev e1 nodad`,
    );
    for (const address of ["10.99.2.2/24", "10.99.2.3/24", "fd99:2::2/64", "fd99:2::3/64"])
      commands.push(`ip -n ${ns("far")} addr add ${address} dev e0${v6(address)}`);
    for (const name of ["host", "ok", "no", "dns"] as const)
      commands.push(
        `ip -n ${ns(name)} route add default via 10.99.1.254; ip -n ${ns(name)} -6 route add default via fd99:1::fe`,
      );
    commands.push(
      `ip -n ${ns("far")} route add default via 10.99.2.254; ip -n ${ns("far")} -6 route add default via fd99:2::fe`,
      // ok forwards, and takes source routes: a way to the forbidden host that must not be used.
      ...["rt", "ok"].map(
        (name) => `ip netns exec ${ns(name as Name)} sh -c 'cd /proc/sys/net; echo 1 >ipv4/ip_forward;
          echo 1 >ipv6/conf/all/forwarding; for c in all e0; do echo 1 >ipv4/conf/$c/accept_source_route; done'`,
      ),
      `mkdir -p /etc/netns/${ns("host")}; echo nameserver 10.99.1.53 >/etc/netns/${ns("host")}/resolv.conf`,
    );
    for (const [name, rules] of Object.entries(COUNTED)) {
      const lines = rules.map((rule) => `${rule} counter`).join("\n");
      commands.push(
        `ip netns exec ${ns(name as Name)} nft -f - <<'END'
table netdev seen {
chain packets { type filter hook ingress device "e0" priority -500;
${lines}
}
}
END`,
      );
    }
    const { stderr, status } = spawnSync("sh", ["-e", "-c", commands.join("\n")], { encoding: "utf8" });
    if (status !== 0) throw new Error(stderr);
    await Promise.all(
      (["ok", "no", "far", "host"] as const).map(async (name) => {
        const child = spawn("ip", ["netns", "exec", ns(name), process.execPath, "-e", SERVICES], {
          stdio: ["ignore", "pipe", "ignore"],
        });
        this.#services.push(child);
        await once(child.stdout, "data");
      }),
    );
    await this.#boot();
  }

  /** Packets that have arrived where none may, on all hosts together. */
  arrived(): number {
    const list = (name: string): string =>
      spawnSync("ip", ["netns", "exec", this.ns(name as Name), "nft", "list", "table", "netdev", "seen"], {
        encoding: "utf8",
      }).stdout;
    const texts = Object.keys(COUNTED).map(list);
    if (texts.some((text) => !text.includes("counter"))) throw new Error("a host does not count any more");
    return [...texts.join("").matchAll(/counter packets (\d+)/g)].reduce((sum, [, count]) => sum + Number(count), 0);
  }

  /** The scanning machine: the host's network, with processes and mounts of its own. All that runs there ends with it. */
  async #boot(): Promise<void> {
    const unshare = ["unshare", "-m", "-p", "--fork", "--kill-child", "--mount-proc"];
    // `ip netns exec` shows a /sys of its own, without the control groups.
    const boot = "mount -t cgroup2 none /sys/fs/cgroup 2>/dev/null; echo up; exec sleep 3600";
    const words = ["netns", "exec", this.ns("host"), ...unshare, "sh", "-c", boot];
    const machine = spawn("ip", words, { stdio: ["ignore", "pipe", "ignore"] });
    this.#services.push(machine);
    await once(machine.stdout, "data");
    const { pid = 0 } = machine;
    this.#machine = Number(readFileSync(`/proc/${pid}/task/${pid}/children`, "utf8"));
  }

  #words(words: readonly string[]): readonly string[] {
    return ["-t", String(this.#machine), "-n", "-m", "-p", "--", ...words];
  }

  /** Runs something there to its end. */
  there(...words: readonly string[]): string {
    const { stdout, stderr, status } = spawnSync("nsenter", this.#words(words), { encoding: "utf8" });
    if (status !== 0) throw new Error(stderr);
    return stdout;
  }

  start(words: readonly string[], env: NodeJS.ProcessEnv = {}): ChildProcess {
    return spawn("nsenter", this.#words(words), {
      stdio: ["pipe", "pipe", "pipe"],
      env: { PATH: process.env["PATH"], LAB: this.#prefix, ...env },
    });
  }

  /** What bare nmap, as root, says of these lines: their XML. */
  async nmaps(lines: readonly string[]): Promise<readonly string[]> {
    const all: string[] = [];
    for (const line of lines) {
      const child = this.start(["nmap", "-n", "-oX", "-", ...line.split(" ")]);
      let xml = "";
      child.stdout?.setEncoding("utf8").on("data", (text: string) => (xml += text));
      await once(child, "close");
      all.push(xml);
    }
    return all;
  }

  /** The program that runs sessions there, one job a line (in-lab.ts). */
  runner(...words: readonly string[]): Runner {
    const program = join(import.meta.dirname, "in-lab.ts");
    return new Runner(this.start([process.execPath, program, join(this.folder, "run"), ...words]));
  }

  /** When each of those who knock (packets.py) last sent what then arrived, in milliseconds since the epoch. */
  readonly knocks = new Map<string, number>();

  /** Notes who knocks at the approved host. */
  async listen(): Promise<void> {
    const program = `const s = require("node:dgram").createSocket("udp4");
      s.on("message", (m) => console.log(String(m))); s.bind(162, () => console.log("up 0"));`;
    const child = spawn("ip", ["netns", "exec", this.ns("ok"), process.execPath, "-e", program], {
      stdio: ["ignore", "pipe", "ignore"],
    });
    this.#services.push(child);
    createInterface({ input: child.stdout }).on("line", (line) => {
      const [who = "", when] = line.split(" ");
      this.knocks.set(who, Number(when));
    });
    await once(child.stdout, "data");
  }

  down(): void {
    if (this.#machine > 1) process.kill(this.#machine, "SIGKILL");
    for (const child of this.#services) child.kill("SIGKILL");
    for (const name of [...NAMES, "late"] as const) spawnSync("ip", ["netns", "del", this.ns(name)]);
    rmSync(`/etc/netns/${this.ns("host")}`, { recursive: true, force: true });
    spawnSync("rmdir", ["--ignore-fail-on-non-empty", "/etc/netns"]);
    rmSync(this.folder, { recursive: true, force: true });
  }
}

const v6 = (address: string): string => (address.includes(":") ? " nodad" : "");

export interface Job {
  /** The line whose plan the session is held to. */
  readonly plan: string;
  /** What runs in the place of nmap's own command; absent: that. */
  readonly argv?: readonly string[];
  readonly ttlSeconds?: number;
  readonly unprivileged?: true;
  readonly egress?: readonly string[];
  readonly endAtViolation?: true;
  /** Somebody looks how far it is, often. */
  readonly looks?: true;
  /** Ended by others so long after its beginning. */
  readonly revokeAfterMs?: number;
  /** Whoever gave the order wants its files gone: while it is being opened, and once nmap runs. */
  readonly discards?: true;
  /** A longer time box, given so long after its beginning. */
  readonly extendTo?: number;
  readonly extendAfterMs?: number;
}

/** Speaks with in-lab.ts. */
export class Runner {
  readonly child: ChildProcess;
  readonly #lines: AsyncIterator<string>;
  #errors = "";

  constructor(child: ChildProcess) {
    this.child = child;
    if (child.stdout === null || child.stderr === null) throw new Error("no output");
    this.#lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
    child.stderr.setEncoding("utf8").on("data", (text: string) => (this.#errors += text));
  }

  /** Starts them all at once and resolves with how each ended. */
  async run(...jobs: readonly Job[]): Promise<readonly Ran[]> {
    this.child.stdin?.write(`${JSON.stringify(jobs)}\n`);
    return (await this.next()) as readonly Ran[];
  }

  /** What is there of sessions now, by the look that the product itself takes. */
  async look(): Promise<Remains> {
    this.child.stdin?.write('"look"\n');
    return (await this.next()) as Remains;
  }

  /** The next thing it says. */
  async next(): Promise<unknown> {
    const line = await this.#lines.next();
    if (line.done === true) throw new Error(`the runner ended: ${this.#errors}`);
    return JSON.parse(line.value);
  }

  async end(): Promise<void> {
    this.child.stdin?.end();
    if (this.child.exitCode === null && this.child.signalCode === null) await once(this.child, "exit");
  }
}

export function started<T>(thing: T | undefined): T {
  if (thing === undefined) throw new Error("the lab did not come up");
  return thing;
}
