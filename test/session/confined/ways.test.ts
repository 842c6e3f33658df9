// By which devices a confined session's packets leave: none that wraps them, and none that came up after its rules did.
// What still left between somebody's change and the session's end is counted where it arrives, and printed.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { yardstick } from "../yardstick.ts";
import { Lab, possible, started, type Runner } from "./lab.ts";

const code = readFileSync(join(import.meta.dirname, "packets.py"), "utf8");
const way = (...words: readonly string[]): readonly string[] => ["/usr/bin/python3", "-c", code, ...words];
/** Frames to a forbidden host on every device, one in two milliseconds. */
const ALWAYS = { plan: "-sS -O -p 22 10.99.1.2", argv: way("always") };
/** What a second of it would be. */
const SECOND = 500;

/** Counts frames to the forbidden host on any device of its namespace, and prints their number when it is told to end. */
const COUNT = `import signal, socket, sys
s = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(3)); count = 0
def end(*_): print(count, flush=True); sys.exit()
signal.signal(signal.SIGTERM, end); print("up", flush=True)
while True: count += b"\\x0a\\x63\\x01\\x03" in s.recv(2000)`;

/** Takes three connections and reads nothing of them until its input ends; then says how much there was. */
const DEAF = `import socket, sys
s = socket.socket(socket.AF_INET6); s.bind(("::", 8080)); s.listen(); print("up", flush=True)
three = [s.accept()[0] for _ in range(3)]
sys.stdin.read(); total = 0
for one in three:
    try:
        while (data := one.recv(65536)): total += len(data)
    except OSError: pass
print(total)`;

/** Writes into connections to these hosts until nothing more goes in, and stays. */
const FILL = `import socket, sys, time
all = []
for host in sys.argv[1:]:
    s = socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET); s.connect((host, 8080)); s.setblocking(False); all.append(s)
sent = 0
for _ in range(40):
    for s in all:
        try: sent += s.send(b"x" * 65536)
        except BlockingIOError: time.sleep(0.005)
print(sent, flush=True); time.sleep(60)`;

describe.skipIf(!possible)("confined sessions", () => {
  const lab = new Lab();
  let runner: Runner | undefined;
  const rules = (): string => lab.there("nft", "list", "ruleset");
  const shell = (script: string): string => lab.there("sh", "-e", "-c", script);
  const running = async (): Promise<void> => {
    while (!rules().includes("expires")) await new Promise((resolve) => setTimeout(resolve, 20));
    // Until whoever watches listens; before that there are looks.
    await new Promise((resolve) => setTimeout(resolve, 500));
  };
  beforeAll(async () => {
    await lab.up();
    runner = lab.runner();
  });
  afterAll(async () => {
    await runner?.end();
    lab.down();
  });

  it("end when a device comes up, before much has left by it", async () => {
    const slack = yardstick();
    spawnSync("ip", ["netns", "add", lab.ns("late")]);
    const counter = spawn("ip", ["netns", "exec", lab.ns("late"), "python3", "-c", COUNT], {
      stdio: ["ignore", "pipe", "inherit"],
    });
    await once(counter.stdout, "data");
    const session = started(runner).run(ALWAYS);
    await running();
    // From outside, as whoever adds devices does it: into the machine's own namespace.
    const host = lab.ns("host");
    for (const words of [
      ["-n", host, "link", "add", "late0", "type", "veth", "peer", "name", "late1", "netns", lab.ns("late")],
      ["-n", lab.ns("late"), "link", "set", "late1", "up"],
      ["-n", host, "link", "set", "late0", "up"],
    ]) {
      spawnSync("ip", words);
    }
    const [late] = await session;
    const said = once(counter.stdout, "data");
    counter.kill("SIGTERM");
    const leaked = Number(String((await said)[0]));
    console.log(`a late device: ${leaked} frames before the end`);
    expect(late?.end?.ending).toBe("lost");
    expect(late?.end?.violations?.[0]).toBe("the network device late0 appeared");
    expect(leaked).toBeLessThan(SECOND * (1 + slack()));
    shell("ip link del late0");
  });

  it("end when somebody flushes the rules, and the next one has its own again", async () => {
    const slack = yardstick();
    // Unconfined the same frames arrive.
    const none = lab.arrived();
    lab.there("sh", "-c", 'timeout 0.3 "$0" "$@" || true', ...ALWAYS.argv);
    expect(lab.arrived()).toBeGreaterThan(none);
    const session = started(runner).run(ALWAYS);
    await running();
    const before = lab.arrived();
    const flushedAt = Date.now();
    shell("nft flush ruleset");
    const [flushed] = await session;
    const leaked = lab.arrived() - before;
    console.log(`a flush: ${leaked} frames before the end`);
    expect(flushed?.end?.ending).toBe("lost");
    expect(flushed?.end?.violations).toContain("somebody removed packet rules");
    expect((flushed?.end?.endedAt ?? Infinity) - flushedAt).toBeLessThan(1000 + 1000 * slack());
    expect(leaked).toBeLessThan(SECOND * (1 + slack()));
    const [next] = await started(runner).run({ plan: "-sS -p 22 10.99.1.2" });
    expect([next?.end?.exitCode, next?.end?.violations]).toEqual([0, []]);
  });

  it("leave no connection behind that goes on sending what was written into it", async () => {
    const server = spawn("ip", ["netns", "exec", lab.ns("ok"), "python3", "-c", DEAF], {
      stdio: ["pipe", "pipe", "inherit"],
    });
    await once(server.stdout, "data");
    const argv = ["/bin/sh", "-c", 'exec "$0" "$@" >/out/scan.xml', "/usr/bin/python3", "-c", FILL];
    const [four, six] = await started(runner).run(
      { plan: "-sS -O -p 22 10.99.1.2", argv: [...argv, "10.99.1.2", "::ffff:10.99.1.2"], ttlSeconds: 1 },
      { plan: "-6 -sS --traceroute -p 22 fd99:1::2", argv: [...argv, "fd99:1::2"], ttlSeconds: 1 },
    );
    expect([four?.end?.ending, six?.end?.ending]).toEqual(["time-box", "time-box"]);
    for (const one of [four, six]) expect(one?.end?.revocation?.revoked).toContain("connections");
    expect(lab.there("ss", "-tanH", "dport", "=", ":8080").trim()).toBe("");
    const arrived = once(server.stdout, "data");
    server.stdin.end();
    const sent = Number(four?.xml) + Number(six?.xml);
    const got = Number(String((await arrived)[0]));
    // What the other side already had, it has; most was still here.
    expect(sent).toBeGreaterThan(500_000);
    expect(got).toBeLessThan(sent);
  });

  it("do not start through a tunnel of any kind, also where a rule or the line itself chooses it", async () => {
    const through = async (plan: string): Promise<string | undefined> =>
      (await started(runner).run({ plan }))[0]?.problem;
    const refused = (device: string): RegExp => new RegExp(`^egress-refused: .*through the tunnel ${device}`);
    shell(`ip tuntap add mode tun name tun9; ip link set tun9 up; ip route add 10.98.0.0/16 dev tun9
ip -6 route add fd98::/16 dev tun9
ip tuntap add mode tap name tap9; ip link set tap9 up; ip route add 10.97.0.0/16 dev tap9
ip link add vx9 type vxlan id 9 remote 10.99.1.2 dstport 4789 dev lan0; ip link set vx9 up; ip route add 10.96.0.0/16 dev vx9`);
    expect(await through("-sS -Pn -p 22 10.98.0.1")).toMatch(refused("tun9"));
    expect(await through("-6 -sS -Pn -p 22 fd98::1")).toMatch(refused("tun9"));
    expect(await through("-sS -Pn -p 22 10.97.0.1")).toMatch(refused("tap9"));
    expect(await through("-sS -Pn -p 22 10.99.1.2 10.96.0.1")).toMatch(refused("vx9"));
    expect(await through("-sS -Pn -e tun9 -p 22 10.99.1.2")).toMatch(refused("tun9"));
    expect(rules()).not.toMatch(/[spqrcf]_s\d{10}/);
    shell(
      "ip route add default dev tun9 table 77; ip rule add uidrange 1900000000-1900000999 to 10.99.1.0/28 lookup 77",
    );
    expect(await through("-sS -Pn -p 22 10.99.1.2")).toMatch(refused("tun9"));
    // Outside of that rule's prefix the same host is reached as before.
    const [beside] = await started(runner).run({ plan: "-sS -Pn -p 22 10.99.2.2" });
    expect([beside?.end?.exitCode, beside?.end?.violations]).toEqual([0, []]);
    shell("ip rule del table 77; ip rule add fwmark 7 lookup 77");
    const [unmarked] = await started(runner).run({ plan: "-sS -Pn -p 22 10.99.1.2" });
    expect([unmarked?.end?.exitCode, unmarked?.end?.violations]).toEqual([0, []]);
    shell("ip rule del fwmark 7; ip link del tun9; ip link del tap9; ip link del vx9");
  });

  it("do not start with more ranges than the kernel takes in time, and say how many those are", async () => {
    const [wide] = await started(runner).run({ plan: "-sS -p 22 10.0-255.1-254.1,5,7" });
    expect(wide?.problem).toMatch(/^egress-refused: .*195072 ranges, .*\(100000\)/);
  });
});
