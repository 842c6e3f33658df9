// What a confined nmap finds, against what bare nmap finds as root on the same hosts.
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Ran } from "./in-lab.ts";
import { Lab, possible, started, type Runner } from "./lab.ts";

/** What a scan found, without times, and without what differs between two runs of anything. */
function found(xml: string): readonly string[] {
  const kept = /<(address|port|hostname|osmatch|hop|service|extraports)\b[^>]*>|<state\b[^>]*>/g;
  return [...xml.matchAll(kept)]
    .map(([tag]) => tag.replace(/ (rtt|reason|reason_ttl|accuracy|line)="[^"]*"/g, ""))
    .sort();
}

/** Lines of the design's table; every one of the raw kinds. */
const KINDS = [
  "-sS",
  "-sN",
  "-sF",
  "-sX",
  "-sA",
  "-sW",
  "-sM",
  "-sU -p 161,162",
  "-sY",
  "-sS -f",
  "-sS --badsum",
  "-sT",
  "-sS --traceroute",
  "-sT -sV -p 22",
  "-sO -p 1,6,17,47",
  "-sn -PP",
  "-sn -PR",
].map((kind) => `${kind}${/-p |-sn/.test(kind) ? "" : " -p 22,80,81"} --max-retries 1 10.99.1.2`);

const chunks = <T>(all: readonly T[], size: number): readonly (readonly T[])[] =>
  Array.from({ length: Math.ceil(all.length / size) }, (_, at) => all.slice(at * size, (at + 1) * size));

describe.skipIf(!possible)("confined sessions", () => {
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

  it("find what bare nmap finds, with seventeen kinds of scans", async () => {
    const kinds = (async () => (await Promise.all(chunks(KINDS, 6).map((some) => lab.nmaps(some)))).flat())();
    const ran: Ran[] = [];
    for (const some of chunks(KINDS, 6)) ran.push(...(await started(runner).run(...some.map((plan) => ({ plan })))));
    const bare = await kinds;
    const differing = KINDS.flatMap((line, index) => {
      const [ours, theirs] = [found(ran[index]?.xml ?? ""), found(bare[index] ?? "")];
      const same = theirs.length > 0 && JSON.stringify(ours) === JSON.stringify(theirs);
      return same && ran[index]?.end?.violations?.length === 0 ? [] : [{ line, ours, theirs, ran: ran[index] }];
    });
    expect(differing).toEqual([]);
  });
});
