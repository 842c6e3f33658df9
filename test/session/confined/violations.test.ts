// What the kernel refuses to sessions that run: told while they do, in bounds, and the end of those that policy ends.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { Lab, possible, started, type Runner } from "./lab.ts";

const code = readFileSync(join(import.meta.dirname, "packets.py"), "utf8");
const way = (...words: readonly string[]): readonly string[] => ["/usr/bin/python3", "-c", code, ...words];

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

  it("end at the first refused packet where policy wants that, and else go on", async () => {
    const argv = ["/bin/sh", "-c", '"$0" "$@"; sleep 3', ...way("raw")];
    const plan = "-sS -p 22 10.99.1.2";
    const [ended, wentOn] = await started(runner).run({ plan, argv, endAtViolation: true }, { plan, argv });
    expect(ended?.end?.ending).toBe("violation");
    expect(ended?.end?.violations?.join()).toMatch(/refused 5 packets to 10\.99\.1\.3 udp\/9/);
    expect(wentOn?.end).toMatchObject({ ending: "exited", exitCode: 0 });
    expect(wentOn?.end?.violations?.length).toBeGreaterThan(0);
  });

  it("say what is refused while they run, each destination once, and say no more than that there are many", async () => {
    const many = `import socket, time
s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
def knock(port):
    try: s.sendto(b"x", ("10.99.1.3", port))
    except OSError: pass
knock(7)
time.sleep(1.5)
for port in range(1000, 3000): knock(port)
time.sleep(2)`;
    const plan = "-sS -p 22 10.99.1.2";
    const [ran] = await started(runner).run({ plan, argv: ["/usr/bin/python3", "-c", many] });
    const [first, ...others] = ran?.told ?? [];
    expect(first?.[1]).toBe("the kernel refused 1 packet to 10.99.1.3 udp/7");
    expect(first?.[0]).toBeLessThan((ran?.end?.seconds ?? 0) * 1000);
    expect(others).toHaveLength(20);
    expect(others.at(-1)?.[1]).toBe("the kernel refused packets to more than 20 destinations");
    expect(new Set(ran?.told?.map(([, sentence]) => sentence)).size).toBe(21);
    expect(ran?.end?.violations?.at(-1)).toBe("the kernel refused 1981 packets to elsewhere");
  });
});
