// Found by a hostile requester: nmap takes ~/.nmap before its own data, whatever HOME says, so a script there ran under
// an approval for "-sV". The private data folder that every such scan is given closes it.
import { spawnSync } from "node:child_process";
import { chmodSync, existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";

const program = join(import.meta.dirname, "../../bin/jit-nmap");
const folder = mkdtempSync(join(tmpdir(), "jit-nmap-home-"));
afterAll(() => {
  rmSync(folder, { recursive: true, force: true });
});

/** The account `games` with a home of its own in a private mount namespace, and a script of its own in it. */
const plant = `
set -e
mount -t tmpfs none /usr/games
mkdir -p /usr/games/.nmap/scripts
cat >/usr/games/.nmap/scripts/evil.nse <<X
os.execute("touch $1/ran")
description="x" author="x" license="x" categories={"version"}
prerule=function() return true end
action=function() return "e" end
X
echo 'Entry { filename = "evil.nse", categories = { "version", } }' >/usr/games/.nmap/scripts/script.db
chown -R games:games /usr/games
shift
exec setpriv --reuid=games --regid=games --clear-groups "$@"
`;

function inThatHome(...command: readonly string[]): number | null {
  const env = { PATH: "/usr/bin:/bin:/usr/sbin:/sbin", JIT_NMAP_HOME: join(folder, "state") };
  return spawnSync("unshare", ["-m", "sh", "-c", plant, "sh", folder, ...command], { env, stdio: "ignore" }).status;
}

describe.runIf(process.getuid?.() === 0)("a script in the requester's ~/.nmap", () => {
  it("runs under nmap by itself, and never under jit-nmap", () => {
    chmodSync(folder, 0o1777);
    const line = ["-sT", "-sV", "-Pn", "-n", "-p", "1", "127.0.0.1"];
    expect(inThatHome(program, ...line)).toBe(0);
    expect(existsSync(join(folder, "ran"))).toBe(false);
    // The trap is a real one: without us it springs.
    inThatHome("nmap", ...line);
    expect(existsSync(join(folder, "ran"))).toBe(true);
  });
});
