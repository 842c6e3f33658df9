// Whoever starts the runner by sudo brings its resource limits along. With no byte left to write, a session's folder was
// made and could not be signed as anybody's: nobody could count it or take it away, and /run has room for so many only.
import { execFileSync } from "node:child_process";
import { mkdirSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { privateDirectory } from "../session/scene.ts";

const host = join(import.meta.dirname, "../../src/session/confined/host.ts");

it.each([0, 1])("a session whose files may have %d blocks of 512 bytes leaves no folder", (blocks) => {
  const runDir = privateDirectory();
  const home = "/home/".padEnd(700, "x");
  mkdirSync(join(runDir, "confined"));
  const module = `
    import { createConfinedHost } from "${host}";
    const host = createConfinedHost({ runDir: "${runDir}", home: "${home}", caller: 5, facilities: { groups: { ok: false } }, plain: {} });
    console.log(await host.prepare("s0000000000").then(() => "made", ({ code }) => code));`;
  const line = [process.execPath, "--input-type=module", "-e", module];
  const limited = ["-c", `ulimit -f ${blocks}; "$@" 2>&1 | cat`, "sh", ...line];
  expect(execFileSync("/bin/sh", limited, { encoding: "utf8" })).toBe("EFBIG\n");
  expect(readdirSync(join(runDir, "confined"))).toEqual([]);
});
