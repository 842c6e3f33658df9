// The leak matrix of the design, once more: whatever runs in a session, nothing arrives at a host or port that its plan
// does not name. The truth is what the receiving hosts have counted; that something was tried is what the kernel refused.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { Lab, possible, started, type Runner } from "./lab.ts";

const code = readFileSync(join(import.meta.dirname, "packets.py"), "utf8");
const way = (...words: readonly string[]): readonly string[] => ["/usr/bin/python3", "-c", code, ...words];
const nmap = (line: string): readonly string[] => [
  "/usr/bin/nmap",
  "--privileged",
  ..."-n -T5 --max-retries 0 --initial-rtt-timeout 20ms --max-rtt-timeout 20ms".split(" "),
  ...line.split(" "),
];

/** Any port of the two approved hosts: what is refused is refused for the address alone. */
const WIDE = "-sS -O -p 22 10.99.1.2 10.99.2.2";
const WIDE6 = "-6 -sS --traceroute -p 22 fd99:1::2";
/** So many networks that the kernel has them as hashes; the forbidden host is between two of them. */
const LONG = `${WIDE} 172.16.0-99.1-3`;
/** Port 22 alone. */
const NARROW = "-sS -Pn -p 22 10.99.1.2";

const MATRIX: readonly (readonly [scenario: string, plan: string, argv: readonly string[]])[] = [
  ["raw IP: -sS to a neighbour", WIDE, nmap("--send-ip -Pn -sS -p 22 10.99.1.3")],
  ["raw IP: -sS by a router", WIDE, nmap("--send-ip -Pn -sS -p 22 10.99.2.3")],
  ["raw IP: -PE", WIDE, nmap("--send-ip -sn -PE 10.99.2.3")],
  ["raw IP socket", WIDE, way("raw")],
  ["--send-eth -sS", WIDE, nmap("--send-eth -Pn -sS -p 22 10.99.1.3")],
  ["AF_PACKET", WIDE, way("packet")],
  ["AF_PACKET, past the queues", WIDE, way("bypass")],
  ["AF_PACKET, another protocol's number", WIDE, way("other-protocol")],
  ["AF_PACKET, ARP", WIDE, way("arp")],
  ["AF_PACKET, VLAN tag", WIDE, way("vlan")],
  ["AF_PACKET, odd ethertype", WIDE, way("odd")],
  ["raw IP socket, past a long list", LONG, way("raw")],
  ["AF_PACKET, past a long list", LONG, way("packet")],
  ["AF_PACKET, ARP, past a long list", LONG, way("arp")],
  ["-sT", WIDE, nmap("-Pn -sT -p 22,80 10.99.2.3")],
  ["-sU", WIDE, nmap("--send-ip -Pn -sU -p 161 10.99.2.3")],
  ["UDP socket, closed at once", WIDE, way("sendto-exit")],
  ["UDP socket of a child that left", WIDE, way("forked")],
  ["-sn -PR", WIDE, nmap("-sn -PR 10.99.1.3")],
  ["-6 -sn", WIDE6, nmap("-6 -sn fd99:1::3")],
  ["-6 -sS", WIDE6, nmap("-6 --send-ip -Pn -sS -p 22 fd99:2::3")],
  ["-6 -sT", WIDE6, nmap("-6 -Pn -sT -p 22 fd99:1::3")],
  ["-6 UDP socket", WIDE6, way("udp6")],
  ["a question to the resolver", WIDE, way("ask")],
  ["a frame into lo in a forbidden host's name", WIDE, way("into-lo")],
  ["the same with an own address approved", "-sS -O -p 22 10.99.1.1", way("into-lo")],
  ["another's source address", WIDE, way("spoofed")],
  ["a source route through an approved host", WIDE, way("source-route")],
  ["a forbidden port of an approved host: -sS", NARROW, nmap("-Pn -sS -p 23 10.99.1.2")],
  ["a forbidden port of an approved host: AF_PACKET", NARROW, way("port")],
  ["later fragments that the plan does not send", NARROW, way("later-fragment")],
];

describe.skipIf(!possible)("a confined session", () => {
  const lab = new Lab();
  let runner: Runner | undefined;
  beforeAll(async () => {
    await lab.up();
    runner = lab.runner();
  });
  afterAll(async () => {
    await runner?.end();
    lab.down();
  });

  it("lets nothing arrive where its plan does not lead, by any of the ways that are known", async () => {
    // The counters do count: what is not confined arrives, on each host.
    lab.there("nmap", "-n", "-Pn", "-sT", "-p", "22", "10.99.1.3", "10.99.2.3", "10.99.1.53");
    let before = lab.arrived();
    expect(before).toBeGreaterThanOrEqual(2);
    const rows: (readonly [string, number, boolean])[] = [];
    for (const [scenario, plan, argv] of MATRIX) {
      const [ran] = await started(runner).run({ plan, argv });
      const after = lab.arrived();
      rows.push([scenario, after - before, (ran?.end?.violations ?? []).some((one) => one.includes("refused"))]);
      before = after;
    }
    console.log(rows.map(([scenario, arrived]) => `${String(arrived).padStart(4)}  ${scenario}`).join("\n"));
    expect(rows).toEqual(MATRIX.map(([scenario]) => [scenario, 0, true]));
  });

  it("opens no socket of a family that would lead past the rules", async () => {
    const [ran] = await started(runner).run({
      plan: WIDE,
      argv: ["/bin/sh", "-c", 'exec "$0" "$@" >/out/scan.xml', ...way("families")],
    });
    expect(
      ran?.xml
        .split("\n")
        .filter((line) => line !== "")
        .map((line) => Number(line.split(" ")[1])),
    ).toEqual([1, 2, 10, 16, 17]);
  });
});
