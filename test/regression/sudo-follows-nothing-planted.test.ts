// Under sudo this program is root while the folders are the requester's: a note with a guessable name, a folder that is
// a link, a policy that is a link. Root must neither write nor read nor believe anything there with its own rights.
import { spawnSync } from "node:child_process";
import {
  chmodSync,
  chownSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { privateDirectory } from "../session/scene.ts";

/** An account that every Linux has and nobody uses. */
const games = { uid: 5, gid: 60 };

// A stand-in for sudo at a path where sudo may be, an empty /run, and a network of its own: root by sudo confines what it
// runs, and the machine's network is no place for the rules of a test.
const sudo = `ip link set lo up && mount -t tmpfs none /run && mount -t tmpfs none /usr/local/bin && cp /usr/bin/perl /usr/local/bin/sudo &&
  eval "$BEFORE" && exec /usr/local/bin/sudo -e '
  $< = shift; if (my $child = fork) { waitpid $child, 0; exit $? >> 8 } $< = 0; exec @ARGV;' "$@"`;
const main = join(import.meta.dirname, "../../bin/main.ts");

function bySudo(home: string, words: readonly string[], before = "true") {
  const env = {
    PATH: "/usr/sbin:/usr/bin:/sbin:/bin",
    SUDO_UID: String(games.uid),
    JIT_NMAP_HOME: home,
    BEFORE: before,
  };
  const node = [process.execPath, main, ...words];
  const args = ["-m", "-n", "sh", "-c", sudo, "sh", String(games.uid), ...node];
  return spawnSync("unshare", args, { encoding: "utf8", env, cwd: "/" });
}

function homeOfGames(): string {
  const home = privateDirectory();
  chmodSync(home, 0o755);
  chownSync(home, games.uid, games.gid);
  return home;
}

const policy = "version: 1\nrules:\n  - { name: near, effect: allow, targets: [127.0.0.0/8], ttl: 5m }\n";

function givePolicy(home: string): void {
  mkdirSync(join(home, "policies"));
  writeFileSync(join(home, "policies", "near.yaml"), policy);
}

describe.runIf(process.geteuid?.() === 0)("under sudo", () => {
  test("everything in the requester's folder is the requester's, and root's notes are not among it", () => {
    const home = homeOfGames();
    givePolicy(home);
    const { status, stderr } = bySudo(home, ["-sT", "-Pn", "-p", "1", "127.0.0.1"]);
    expect({ status, stderr }).toEqual({ status: 0, stderr: "" });
    const names = readdirSync(home).filter((name) => name !== "policies");
    expect(names.filter((name) => !name.startsWith("trail.db"))).toEqual([]);
    expect(names.map((name) => statSync(join(home, name)).uid)).toEqual(names.map(() => games.uid));
  });

  test("a missing folder is made by the requester, with all that leads to it", () => {
    const home = homeOfGames();
    const deep = join(home, "one/two");
    expect(bySudo(deep, ["requests"])).toMatchObject({ status: 0, stderr: "" });
    expect([join(home, "one"), deep].map((path) => statSync(path).uid)).toEqual([games.uid, games.uid]);
  });

  test("a folder that is a link to root's own is refused, and nothing is made there", () => {
    const home = homeOfGames();
    const roots = privateDirectory();
    symlinkSync(roots, join(home, "state"));
    expect(bySudo(join(home, "state"), ["requests"]).status).toBe(74);
    expect(readdirSync(roots)).toEqual([]);
  });

  test("a trail behind a swapped folder is not opened with root's rights", () => {
    const home = homeOfGames();
    const roots = privateDirectory();
    expect(bySudo(roots, ["requests"]).status).toBe(74);
    writeFileSync(join(roots, "trail.db"), "");
    symlinkSync(roots, join(home, "state"));
    expect(bySudo(join(home, "state"), ["requests"]).status).toBe(74);
    expect(readFileSync(join(roots, "trail.db"), "utf8")).toBe("");
  });

  test("a note about nmap that the requester wrote is not believed", () => {
    const home = homeOfGames();
    givePolicy(home);
    const binary = `sha256:${"0".repeat(64)}`;
    const { dev, ino, size, mtimeNs, ctimeNs } = statSync("/usr/bin/nmap", { bigint: true });
    const key = ["/usr/bin/nmap", dev, ino, size, mtimeNs, ctimeNs].join(" ");
    // One that is too old, so that believing it would end the scan.
    writeFileSync(join(home, "nmap-version.json"), JSON.stringify({ key, version: "7.10", binary }));
    chownSync(join(home, "nmap-version.json"), games.uid, games.gid);
    expect(bySudo(home, ["check", "-sL", "127.0.0.1"])).toMatchObject({ status: 0, stderr: "" });
  });

  test("a policy that is a link to a file of root's is not read, and so never quoted", () => {
    const home = homeOfGames();
    mkdirSync(join(home, "policies"));
    const secret = join(privateDirectory(), "secret");
    writeFileSync(secret, "root:$y$hash: [", { mode: 0o600 });
    symlinkSync(secret, join(home, "policies", "p.yaml"));
    for (const words of [
      ["-sL", "127.0.0.1"],
      ["policy", "check"],
      ["policy", "check", secret],
    ]) {
      const { status, stdout, stderr } = bySudo(home, words);
      expect(status, stderr).toBe(78);
      expect(stdout + stderr).not.toContain("hash");
    }
  });

  test.each([
    ["a link", "ln -s /tmp /run/jit-nmap"],
    ["another account's folder", "mkdir -m 700 /run/jit-nmap && chown 5 /run/jit-nmap"],
    ["a folder that others may write", "mkdir -m 1777 /run/jit-nmap && chmod 1777 /run/jit-nmap"],
  ])("where root's own folder is %s, nothing runs", (_, before) => {
    const { status, stderr } = bySudo(homeOfGames(), ["-sL", "127.0.0.1"], before);
    expect({ status, stderr }).toMatchObject({
      status: 78,
      stderr: expect.stringContaining("of this account alone") as string,
    });
  });
});

test("a relative JIT_NMAP_HOME is a wrong setting and no defect", () => {
  const env = { PATH: "/usr/bin:/bin", JIT_NMAP_HOME: "lab" };
  const { status, stderr } = spawnSync(process.execPath, [main, "requests"], { encoding: "utf8", env });
  expect(status).toBe(78);
  expect(stderr).toMatch(/^jit-nmap: error: JIT_NMAP_HOME must be an absolute path, not lab\n/);
});
