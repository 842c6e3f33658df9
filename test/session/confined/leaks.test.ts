// The leak matrix of the design, once more, as far as nmap itself goes (tricks.test.ts has the rest): in a session nothing
// arrives at a host or port that its plan does not name. The truth is what the receiving hosts have counted; that
// something was tried is what the kernel refused.
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { Lab, possible, started, type Runner } from "./lab.ts";

const nmap = (line: string): readonly string[] => [
  "/usr/bin/nmap",
  "--privileged",
  ..."-n -T5 --max-retries 0 --initial-rtt-timeout 20ms --max-rtt-timeout 20ms".split(" "),
  ...line.split(" "),
];

/** Any port of the two approved hosts: what is refused is refused for the address alone. */
const WIDE = "-sS -O -p 22 10.99.1.2 10.99.2.2";
const WIDE6 = "-6 -sS --traceroute -p 22 fd99:1::2";
/** Port 22 alone. */
const NARROW = "-sS -Pn -p 22 10.99.1.2";

const MATRIX: readonly (readonly [scenario: string, plan: string, argv: readonly string[]])[] = [
  ["raw IP: -sS to a neighbour", WIDE, nmap("--send-ip -Pn -sS -p 22 10.99.1.3")],
  ["raw IP: -sS by a router", WIDE, nmap("--send-ip -Pn -sS -p 22 10.99.2.3")],
  ["raw IP: -PE", WIDE, nmap("--send-ip -sn -PE 10.99.2.3")],
  ["--send-eth -sS", WIDE, nmap("--send-eth -Pn -sS -p 22 10.99.1.3")],
  ["-sT", WIDE, nmap("-Pn -sT -p 22,80 10.99.2.3")],
  ["-sU", WIDE, nmap("--send-ip -Pn -sU -p 161 10.99.2.3")],
  ["-sn -PR", WIDE, nmap("-sn -PR 10.99.1.3")],
  ["-6 -sn", WIDE6, nmap("-6 -sn fd99:1::3")],
  ["-6 -sS", WIDE6, nmap("-6 --send-ip -Pn -sS -p 22 fd99:2::3")],
  ["-6 -sT", WIDE6, nmap("-6 -Pn -sT -p 22 fd99:1::3")],
  ["-sO of another protocol", "-sO -Pn -p 1,47 10.99.1.2", nmap("-Pn -sO -p 50 10.99.1.2")],
  ["-f to a forbidden host", "-sS -f -Pn -p 22 10.99.1.2", nmap("-Pn -sS -f -p 22 10.99.1.3")],
  ["a forbidden port of an approved host: -sS", NARROW, nmap("-Pn -sS -p 23 10.99.1.2")],
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
});
