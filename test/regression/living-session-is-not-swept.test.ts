// Each start sweeps what a crash left, and knows it by a note that names no living program. A note that was read while it
// was being written named nobody, so the start of one session could be the end of a stranger's.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { expect, it } from "vitest";
import { readLease, writeLease, ownLease } from "../../src/session/lease.ts";
import { privateDirectory } from "../session/scene.ts";

const lease = join(import.meta.dirname, "../../src/session/lease.ts");

it("a session's note is whole at every moment", async () => {
  const note = join(privateDirectory(), "lease");
  writeLease(note, ownLease());
  const module = `
    import { ownLease, writeLease } from "${lease}";
    for (let round = 0; round < 500; round++) writeLease("${note}", ownLease());`;
  const writer = spawn(process.execPath, ["--input-type=module", "-e", module], { stdio: "inherit" });
  const over = once(writer, "exit");
  let looks = 0;
  let missed = 0;
  while (writer.exitCode === null) {
    for (let look = 0; look < 100; look++, looks++) if (readLease(note) === undefined) missed += 1;
    await new Promise((resolve) => setImmediate(resolve));
  }
  expect(await over).toEqual([0, null]);
  expect(looks).toBeGreaterThan(100);
  expect(missed).toBe(0);
});
