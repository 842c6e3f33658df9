// What a hostile script in nmap's place would try, one trick a row (packets.py). Each is seen to work by root without a
// session first, so that none of the zeros is one of a trick that is none; then in a session, where nothing may arrive.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { Lab, possible, started, type Runner } from "./lab.ts";

const code = readFileSync(join(import.meta.dirname, "packets.py"), "utf8");
const python = (...words: readonly string[]): readonly string[] => ["/usr/bin/python3", "-c", code, ...words];

/** Any port of the two approved hosts: what is refused is refused for the address alone. */
const WIDE = "-sS -O -p 22 10.99.1.2 10.99.2.2";
const WIDE6 = "-6 -sS --traceroute -p 22 fd99:1::2";
/** So many networks that the kernel has them as hashes; the forbidden host is between two of them. */
const LONG = `${WIDE} 172.16.0-99.1-3`;
/** Port 22 alone. */
const NARROW = "-sS -Pn -p 22 10.99.1.2";
const NARROW6 = "-6 -sS -Pn -p 22 fd99:1::2";
const IN_PARTS = "-sS -Pn -f -p 22 10.99.1.2";

/** `unable`: the kernel does not let it be tried, so that there is no packet to refuse. */
type Row = readonly [trick: string, plan: string, way: string, unable?: "unable"];

const IP: readonly Row[] = [
  ["raw IP socket", WIDE, "raw"],
  ["raw IP socket, past a long list", LONG, "raw"],
  ["UDP socket, closed at once", WIDE, "sendto-exit"],
  ["UDP socket of a child that left", WIDE, "forked"],
  ["-6 UDP socket", WIDE6, "udp6"],
  ["a question to the resolver", WIDE, "ask"],
  ["a name looked up by the C library", WIDE, "lookup", "unable"],
  ["to everybody, in four ways", WIDE, "everybody"],
  ["another's source address", WIDE, "spoofed"],
  ["a packet with a routing mark", WIDE, "marked"],
  ["IP in IP to an approved host", WIDE, "in-ip"],
  ["a source route through an approved host", WIDE, "source-route"],
  ["a source route whose pointer is at its second stop", WIDE, "source-route-second"],
  ["a forbidden port of an approved host: TCP socket", NARROW, "connect"],
  ["a forbidden port of an approved host: UDP socket", NARROW, "udp-port"],
  ["a forbidden port of an approved host: TCP, UDP and SCTP, raw and in frames", NARROW, "raw-ports"],
  ["a protocol that an IP protocol scan does not name", "-sO -Pn -p 1,47 10.99.1.2", "other-protocol-ip"],
  ["a routing header", WIDE6, "six-route"],
  ["parts of IPv6 packets", WIDE6, "six-fragments"],
  ["a forbidden port behind destination options", NARROW6, "six-port"],
  ["a forbidden host behind hop-by-hop options", WIDE6, "six-elsewhere"],
  ["a neighbour advertisement to everybody", WIDE6, "six-advertisement"],
];

const FRAMES: readonly Row[] = [
  ["AF_PACKET", WIDE, "packet"],
  ["AF_PACKET, past a long list", LONG, "packet"],
  ["AF_PACKET, past the queues", WIDE, "bypass"],
  ["AF_PACKET, another protocol's number", WIDE, "other-protocol"],
  ["AF_PACKET, ARP", WIDE, "arp"],
  ["AF_PACKET, ARP, past a long list", LONG, "arp"],
  ["AF_PACKET, VLAN tag", WIDE, "vlan"],
  ["AF_PACKET, odd ethertype", WIDE, "odd"],
  ["AF_PACKET, another's source address", WIDE, "spoofed-frame"],
  ["AF_XDP", WIDE, "xdp", "unable"],
  ["a frame into lo in a forbidden host's name", WIDE, "into-lo"],
  ["the same with an own address approved", "-sS -O -p 22 10.99.1.1", "into-lo"],
  ["a source route in a frame", WIDE, "source-route-frame"],
  ["an IPv6 frame that calls itself IPv4", WIDE, "six-as-four"],
  ["an IPv4 frame that calls itself IPv6", WIDE6, "four-as-six"],
  ["a VLAN tag that calls itself IPv6", WIDE6, "tag-as-six"],
  ["a neighbour solicitation in another's name", WIDE6, "spoofed-solicitation"],
  ["another's link-local source", WIDE6, "link-local"],
  ["a destination that the device writes as a checksum", WIDE, "checksum", "unable"],
  ["frames that change while they are sent", WIDE, "ring", "unable"],
  ["a forbidden port of an approved host: AF_PACKET", NARROW, "port"],
  ["a forbidden port in a first fragment", IN_PARTS, "first-fragment"],
  ["fragments to a forbidden host", IN_PARTS, "fragments-elsewhere"],
  ["later fragments that the plan does not send", NARROW, "later-fragment"],
];

/** A device that does not write checksums itself: the kernel does, behind the rules. ETHTOOL_STXCSUM by SIOCETHTOOL. */
const NO_CHECKSUMS = `import array, fcntl, socket, struct
off = array.array("B", struct.pack("II", 0x17, 0))
s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
fcntl.ioctl(s, 0x8946, struct.pack("16sP", b"lan0", off.buffer_info()[0]))`;

describe.skipIf(!possible)("in a confined session", () => {
  const lab = new Lab();
  let runner: Runner | undefined;
  beforeAll(async () => {
    await lab.up();
    lab.there("python3", "-c", NO_CHECKSUMS);
    runner = lab.runner();
  });
  afterAll(async () => {
    await runner?.end();
    lab.down();
  });

  it.each([
    ["packets", IP],
    ["frames", FRAMES],
  ])("no trick with %s lets anything arrive that the plan does not lead to", async (_, rows) => {
    let before = lab.arrived();
    const since = (): number => {
      const now = lab.arrived();
      const arrived = now - before;
      before = now;
      return arrived;
    };
    const seen: string[] = [];
    for (const [trick, plan, way, unable] of rows) {
      lab.there("sh", "-c", '"$0" "$@" || true', ...python(way));
      const bare = since();
      const [ran] = await started(runner).run({ plan, argv: python(way) });
      const confined = since();
      const refused = (ran?.end?.violations ?? []).some((one) => one.includes("refused"));
      seen.push(`${confined} of ${bare > 0 ? "some" : "none"}, ${refused ? "refused" : (unable ?? "sent")}: ${trick}`);
    }
    console.log(seen.join("\n"));
    const wanted = rows.map(([trick, , , unable]) => `0 of some, ${unable ?? "refused"}: ${trick}`);
    expect(seen).toEqual(wanted);
  });

  it("no socket of a family opens that would lead past the rules", async () => {
    const [ran] = await started(runner).run({
      plan: WIDE,
      argv: ["/bin/sh", "-c", 'exec "$0" "$@" >/out/scan.xml', ...python("families")],
    });
    const families = (ran?.xml ?? "").split("\n").filter((line) => line !== "");
    expect(families.map((line) => Number(line.split(" ")[1]))).toEqual([2, 10, 16, 17]);
  });

  it("nothing leads out of the cage by other ways than packets", async () => {
    const name = `jit-nmap-test-${process.pid}`;
    const service = lab.start([
      "python3",
      "-c",
      `import socket; s = socket.socket(socket.AF_UNIX); s.bind("\\0${name}"); s.listen(); print("up", flush=True); s.accept(); s.accept()`,
    ]);
    await new Promise((resolve) => service.stdout?.once("data", resolve));
    const words = python("calls", name);
    const answers = (text: string): ReadonlyMap<string, string> =>
      new Map(
        text
          .trim()
          .split("\n")
          .map((line) => [line.replace(/ \S+$/, ""), line.replace(/^.* /, "")]),
      );
    const [ran] = await started(runner).run({
      plan: WIDE,
      argv: ["/bin/sh", "-c", 'exec "$0" "$@" >/out/scan.xml 2>&1', ...words],
    });
    const [EPERM, EPROTONOSUPPORT, EAFNOSUPPORT] = ["1", "93", "97"];
    expect(Object.fromEntries(answers(ran?.xml ?? ""))).toEqual({
      io_uring: EPERM,
      bpf: EPERM,
      "user namespace": EPERM,
      "network namespace": EPERM,
      "an address": EPERM,
      "a route": EPERM,
      MPTCP: EPROTONOSUPPORT,
      "a checksum anywhere": EPERM,
      "a service of the machine": EAFNOSUPPORT,
    });
    // Without a session the same is answered otherwise: the service is there, and so is the rest.
    const bare = answers(lab.there(...words));
    expect(["a service of the machine", "a checksum anywhere", "a route"].map((name) => bare.get(name))).toEqual([
      "connected",
      "None",
      "0",
    ]);
    service.kill("SIGKILL");
  });
});
