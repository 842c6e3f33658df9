import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir, userInfo } from "node:os";
import { join } from "node:path";
import { describe, expect, it, onTestFinished } from "vitest";
import { createFactFinder } from "../../src/facts/finder.ts";
import { installedTables, readScripts, readServices } from "../../src/facts/nmap-data.ts";

const nothing = { names: [], family: 4, services: false, scripts: false, data: undefined } as const;

function privateDirectory(): string {
  const directory = mkdtempSync(join(tmpdir(), "jit-nmap-facts-"));
  onTestFinished(() => {
    rmSync(directory, { recursive: true, force: true });
  });
  return directory;
}

describe("the fact finder", () => {
  it("finds nmap and no more when nothing more is needed", async () => {
    const found = await createFactFinder({ stateDir: privateDirectory() }).find(nothing);
    expect(found).toMatchObject({
      ok: true,
      value: { nmap: { path: expect.stringMatching(/\/nmap$/) as string }, services: [], scripts: [] },
    });
    if (found.ok) expect(found.value.names.size).toBe(0);
  });

  it("reads the tables of the nmap that will run", async () => {
    const found = await createFactFinder({ stateDir: privateDirectory() }).find({
      ...nothing,
      services: true,
      scripts: true,
    });
    if (!found.ok) throw new Error(found.error.message);
    const { services, scripts } = found.value;
    expect(services).toContainEqual(expect.objectContaining({ name: "http", protocol: "tcp", port: 80 }));
    expect(services.length).toBe(countLines("/usr/share/nmap/nmap-services", /^[^#\s]/));
    expect(scripts.find(({ name }) => name === "http-title")?.categories).toEqual(["default", "discovery", "safe"]);
    expect(scripts.length).toBe(countLines("/usr/share/nmap/scripts/script.db", /^Entry /));
  });

  it("resolves names", async () => {
    const found = await createFactFinder({ stateDir: privateDirectory() }).find({ ...nothing, names: ["localhost"] });
    if (!found.ok) throw new Error(found.error.message);
    expect(found.value.names.get("localhost")).toEqual({ addresses: ["127.0.0.1"] });
  });

  it("looks for the tables beside the executable that a link leads to", async () => {
    const directory = privateDirectory();
    mkdirSync(join(directory, "real/bin"), { recursive: true });
    mkdirSync(join(directory, "real/share/nmap"), { recursive: true });
    mkdirSync(join(directory, "link"));
    writeFileSync(join(directory, "real/bin/nmap"), "");
    writeFileSync(join(directory, "real/share/nmap/nmap-services"), "odd\t4242/tcp\t0.5\n");
    symlinkSync("../real/bin/nmap", join(directory, "link/nmap"));
    const tables = installedTables(join(directory, "link/nmap"));
    expect(tables).toEqual({ ok: true, value: join(directory, "real/share/nmap") });
    await expect(readServices(join(directory, "real/share/nmap"))).resolves.toMatchObject({
      ok: true,
      value: [{ name: "odd", port: 4242 }],
    });
    await expect(readScripts(join(directory, "real/share/nmap"))).resolves.toMatchObject({
      ok: false,
      error: { code: "nmap-data-unreadable" },
    });
  });

  it("says what nmap can't do here", async () => {
    const directory = privateDirectory();
    await expect(
      createFactFinder({ stateDir: directory, nmapDirectories: [directory] }).find(nothing),
    ).resolves.toMatchObject({
      ok: false,
      error: { code: "nmap-missing" },
    });
  });

  it("knows accounts and the members of groups as the system does", async () => {
    const facts = createFactFinder({ stateDir: privateDirectory() });
    await expect(facts.account("root")).resolves.toMatchObject({ name: "root", uid: 0 });
    await expect(facts.account("nobody")).resolves.toMatchObject({ name: "nobody", uid: 65534 });
    for (const name of ["0", "no-such-login", "", "-s", "root:", "root\nx"])
      await expect(facts.account(name)).resolves.toBeUndefined();
    await expect(facts.membersOf("root")).resolves.toContain("root");
    for (const name of ["0", "no-such-group", "", "--help"]) await expect(facts.membersOf(name)).resolves.toEqual([]);
  });
});

describe("the requester", () => {
  const ask = `const { createFactFinder } = await import(process.argv[1]);
    console.log(JSON.stringify(createFactFinder({ stateDir: "/nonexistent" }).requester()));`;
  const module = join(import.meta.dirname, "../../src/facts/finder.ts");
  const node = [process.execPath, "--input-type=module", "-e", ask, module];
  const run = (command: readonly string[], env: Readonly<Record<string, string>> = {}): unknown =>
    JSON.parse(
      execFileSync(command[0] ?? "", command.slice(1), { encoding: "utf8", env: { PATH: "/usr/bin:/bin", ...env } }),
    );

  it("is the account of the real uid, with its groups by name", () => {
    expect(run(node)).toEqual({
      name: userInfo().username,
      uid: process.getuid?.(),
      groups: expect.arrayContaining(execFileSync("id", ["-Gn"], { encoding: "utf8" }).trim().split(" ")) as string[],
    });
  });

  it("is not who the environment says", () => {
    const forged = { USER: "nobody", LOGNAME: "nobody", HOME: "/nonexistent" };
    expect(run(node, forged)).toMatchObject({ uid: process.getuid?.(), name: userInfo().username });
  });

  describe.runIf(process.geteuid?.() === 0)("as root", () => {
    // A checkout may be closed to other accounts: the right to read it stays, nothing else does.
    const as = (uid: number): readonly string[] => [
      "setpriv",
      `--reuid=${uid}`,
      "--regid=65534",
      "--clear-groups",
      "--inh-caps=+dac_read_search",
      "--ambient-caps=+dac_read_search",
    ];

    it("is another account where the process is another's, also one without a name", () => {
      expect(run([...as(65534), ...node])).toEqual({ name: "nobody", uid: 65534, groups: ["nogroup"] });
      expect(run([...as(54321), ...node])).toEqual({
        name: "#54321",
        uid: 54321,
        groups: ["nogroup"],
        unknown: "name",
      });
    });

    it("is in groups that can't be found out where one of the process has no name", () => {
      const nameless = ["setpriv", "--reuid=65534", "--regid=65534", "--groups=65534,54321", ...as(65534).slice(4)];
      expect(run([...nameless, ...node])).toEqual({
        name: "nobody",
        uid: 65534,
        groups: ["nogroup"],
        unknown: "groups",
      });
    });

    // A stand-in for sudo at a path where sudo may be, in a mount namespace of its own: what counts is the parent's
    // executable and its real uid, which the first argument sets.
    const sudo = `mount -t tmpfs none /usr/local/bin && cp /usr/bin/perl /usr/local/bin/sudo && exec /usr/local/bin/sudo -e '
      $< = shift; if (my $child = fork) { waitpid $child, 0; exit $? >> 8 } $< = 0; exec @ARGV;' "$@"`;
    const bySudo = (uid: number): readonly string[] => ["unshare", "-m", "sh", "-c", sudo, "sh", String(uid), ...node];

    it("is the account that called sudo, whatever SUDO_USER says", () => {
      expect(run(bySudo(65534), { SUDO_UID: "65534", SUDO_USER: "root" })).toEqual({
        name: "nobody",
        uid: 65534,
        groups: ["nogroup"],
      });
    });

    it("has groups that can't be found out where the system does not answer", () => {
      const silent = `mount --bind /bin/false /usr/bin/id && ${sudo}`;
      const asked = ["unshare", "-m", "sh", "-c", silent, "sh", "65534", ...node];
      expect(run(asked, { SUDO_UID: "65534" })).toEqual({ name: "nobody", uid: 65534, groups: [], unknown: "groups" });
      const mute = silent.replace("/usr/bin/id", "/usr/bin/getent");
      const nameless = ["unshare", "-m", "sh", "-c", mute, "sh", "65534", ...node];
      expect(run(nameless, { SUDO_UID: "65534" })).toEqual({ name: "#65534", uid: 65534, groups: [], unknown: "name" });
    });

    it.each(["1000", "0", "065534", "-1", "4294967295", "65534 ", ""])(
      "is the account that called sudo, not that of SUDO_UID=%j",
      (claimed) => {
        expect(run(bySudo(65534), { SUDO_UID: claimed })).toMatchObject({ name: "nobody", uid: 65534 });
      },
    );

    it.each(["SUDO_UID", "SUDO_COMMAND", "SUDO_USER", "SUDO_GID"])(
      "is not root where %s is all that is left",
      (name) => {
        expect(() => run(node, { [name]: "0" })).toThrow(/nobody can say who asks: the sudo that started this is gone/);
      },
    );
  });
});

function countLines(file: string, pattern: RegExp): number {
  return readFileSync(file, "latin1")
    .split("\n")
    .filter((line) => pattern.test(line)).length;
}
