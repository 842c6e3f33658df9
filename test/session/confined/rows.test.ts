// Every row of the tables of attacks and accidents that a restricted session stands against, and the test that shows it.
// The tests are looked for by their very words, so that a row never outlives its proof.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";

type Proof = readonly [file: string, words: string];

const leaks = (words: string): Proof => ["leaks", `["${words}",`];
const trick = (words: string): Proof => ["tricks", `["${words}",`];
const accident = (words: string): Proof => ["accidents", `"${words}",`];
const sessions = (words: string): Proof => ["sessions", words];
const endings = (words: string): Proof => ["endings", words];
const ways = (words: string): Proof => ["ways", words];

const ROWS: Readonly<Record<string, readonly Proof[]>> = {
  "raw IP, routed and to a neighbour": [
    leaks("raw IP: -sS to a neighbour"),
    leaks("raw IP: -sS by a router"),
    leaks("raw IP: -PE"),
    trick("raw IP socket"),
  ],
  "frames: --send-eth and AF_PACKET, past the queues, with another protocol's number": [
    leaks("--send-eth -sS"),
    trick("AF_PACKET"),
    trick("AF_PACKET, past the queues"),
    trick("AF_PACKET, another protocol's number"),
  ],
  "frames that are not what they are called": [
    trick("an IPv6 frame that calls itself IPv4"),
    trick("an IPv4 frame that calls itself IPv6"),
    trick("a VLAN tag that calls itself IPv6"),
  ],
  AF_XDP: [trick("AF_XDP")],
  "a checksum that the device writes anywhere": [trick("a destination that the device writes as a checksum")],
  "frames that change while they are sent": [trick("frames that change while they are sent")],
  "connected and datagram sockets": [leaks("-sT"), leaks("-sU"), leaks("-6 -sT"), trick("-6 UDP socket")],
  "ARP and neighbour discovery": [
    leaks("-sn -PR"),
    leaks("-6 -sn"),
    leaks("-6 -sS"),
    trick("AF_PACKET, ARP"),
    trick("a neighbour solicitation in another's name"),
    trick("a neighbour advertisement to everybody"),
  ],
  "reverse DNS, nmap's and the C library's": [
    trick("a question to the resolver"),
    trick("a name looked up by the C library"),
  ],
  "sent and closed while the neighbour is asked for": [trick("UDP socket, closed at once")],
  "fork and setsid": [trick("UDP socket of a child that left"), sessions("end a fork bomb with themselves")],
  "frames into lo in another's name": [
    trick("a frame into lo in a forbidden host's name"),
    trick("the same with an own address approved"),
  ],
  "spoofed sources": [
    trick("another's source address"),
    trick("AF_PACKET, another's source address"),
    trick("another's link-local source"),
  ],
  "source routes and routing headers": [
    trick("a source route through an approved host"),
    trick("a source route whose pointer is at its second stop"),
    trick("a source route in a frame"),
    trick("a routing header"),
  ],
  "packets in packets": [trick("IP in IP to an approved host")],
  "VLAN tags and odd ethertypes": [trick("AF_PACKET, VLAN tag"), trick("AF_PACKET, odd ethertype")],
  "broadcast and multicast": [trick("to everybody, in four ways")],
  "a mark that chooses other routes": [trick("a packet with a routing mark")],
  "forbidden ports of an approved host": [
    leaks("a forbidden port of an approved host: -sS"),
    trick("a forbidden port of an approved host: TCP socket"),
    trick("a forbidden port of an approved host: UDP socket"),
    trick("a forbidden port of an approved host: TCP, UDP and SCTP, raw and in frames"),
    trick("a forbidden port of an approved host: AF_PACKET"),
    trick("a forbidden port behind destination options"),
  ],
  "protocols that an IP protocol scan does not name": [
    leaks("-sO of another protocol"),
    trick("a protocol that an IP protocol scan does not name"),
  ],
  fragments: [
    leaks("-f to a forbidden host"),
    trick("a forbidden port in a first fragment"),
    trick("fragments to a forbidden host"),
    trick("later fragments that the plan does not send"),
    trick("parts of IPv6 packets"),
    ["fidelity", '"-sS -f",'],
  ],
  "extension headers": [trick("a forbidden host behind hop-by-hop options")],
  "long lists of networks": [
    trick("raw IP socket, past a long list"),
    trick("AF_PACKET, past a long list"),
    trick("AF_PACKET, ARP, past a long list"),
    sessions("reach each target of a long list"),
  ],
  "sockets of every other family": [["tricks", "no socket of a family opens"]],
  "io_uring, bpf, namespaces, netlink, MPTCP, the machine's own services": [
    ["tricks", "nothing leads out of the cage by other ways than packets"],
  ],
  "inherited descriptors": [endings("has no socket of whoever started it")],
  "a late device": [ways("end when a device comes up")],
  "nft flush ruleset": [ways("end when somebody flushes the rules")],
  tunnels: [ways("do not start through a tunnel of any kind")],
  "the same results as without a session": [["fidelity", "find what bare nmap finds"]],
  "eight sessions at once": [sessions("run eight at once")],
  "wrapper killed, stopped, hung up": [accident("wrapper-9"), accident("wrapper-stop"), accident("wrapper-hup")],
  "guard killed, stopped": [accident("guard-9"), accident("guard-stop")],
  "bwrap killed, nmap stopped": [accident("bwrap-9"), accident("nmap-stop")],
  "wrapper and guard at once": [accident("wrapper-and-guard-9"), accident("wrapper-stop-guard-9")],
  "a time box of one second": [sessions("end within a time box of one second")],
  "the wall clock, and sleep": [
    ["clocks", "by whatever the wall clock is set meanwhile"],
    ["clocks", "is over when a machine wakes that slept through its end"],
  ],
  "outputs that are links, hard links, pipes, folders, devices": [
    sessions('["a link",'),
    sessions('["a link to a device",'),
    sessions('["a link out of the cage",'),
    sessions('["a hard link",'),
    sessions('["a pipe",'),
    sessions('["a folder",'),
    sessions('"what it becomes again and again",'),
    sessions("make no devices"),
    ["../outputs", "is refused before and at writing"],
    ["../outputs", "that is a device is refused"],
  ],
  "what the cage shows and holds": [
    sessions("have one capability or none, an account without a name"),
    sessions("have so much memory for each process and no more"),
  ],
  "a full /run": [endings("does not begin where its folder is full")],
  "900 leases taken, a uid in use": [sessions("find a free account among nine hundred")],
  "two sweeps at once": [endings("is swept by one of two that come at once")],
  "revoked, and silent before it is dead": [endings("is revoked is silent before it is dead")],
  "connections whose process is gone": [ways("leave no connection behind")],
  "the first refused packet": [["violations", "end at the first refused packet where policy wants that"]],
};

it.each(Object.entries(ROWS))("%s: shown by a test", (_, proofs) => {
  for (const [file, words] of proofs) {
    const text = readFileSync(join(import.meta.dirname, `${file}.test.ts`), "utf8").replaceAll(/\s+/g, " ");
    expect([file, words, text.includes(words.replaceAll(/\s+/g, " "))]).toEqual([file, words, true]);
  }
});
