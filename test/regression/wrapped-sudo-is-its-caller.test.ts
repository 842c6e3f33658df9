// A line in sudoers may name a script of the administrator's that starts this program: its parent is then root's shell
// and not sudo, and what it ran was taken for root's by hand, with root's files and root's name. And who kills the sudo
// may have what it leaves adopted by a process of root's own, as `tini -s` in a container.
import { spawnSync } from "node:child_process";
import { chmodSync, existsSync, readFileSync, readlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { privateDirectory } from "../session/scene.ts";

const module = join(import.meta.dirname, "../../src/facts/requester.ts");
const ask = `const { findIdentity } = await import(process.argv[1]);
  try { const { name, bySudo } = findIdentity(); console.log(name, bySudo); } catch (error) { console.log(error.message); }`;

// The real sudo under rules of its own, with mounts and a process tree of its own; `games` (uid 5) calls it.
const scene = `mount -t tmpfs none /run && mkdir /run/sudo && cp "$FOLDER/rules" /run/rules && chmod 440 /run/rules &&
  mount --bind /run/rules /etc/sudoers && cd / && eval "$CALL"`;
const asGames = "setpriv --reuid=5 --regid=60 --clear-groups";
const program = `'${process.execPath}' --input-type=module -e "$ASK" '${module}'`;

interface Scene {
  /** What the administrator's script does. */
  readonly wrapper: string;
  /** What is run by root, to call it. */
  readonly call: string;
  readonly defaults?: string;
}

function played({ wrapper, call, defaults = "!use_pty" }: Scene): string {
  const folder = privateDirectory();
  chmodSync(folder, 0o755);
  const file = join(folder, "wrapper");
  writeFileSync(file, `#!/bin/sh\nASK='${ask.replaceAll("'", `'"'"'`)}'\n${wrapper}\n`, { mode: 0o755 });
  const rules = `Defaults ${defaults}\ngames ALL=(root) NOPASSWD: ${file}, /bin/sh, /usr/bin/sudo\nroot ALL=(ALL) NOPASSWD: ALL\n`;
  writeFileSync(join(folder, "rules"), rules);
  const said = join(folder, "said");
  const env = {
    PATH: "/usr/sbin:/usr/bin:/sbin:/bin",
    FOLDER: folder,
    WRAPPER: file,
    SAID: said,
    CALL: call,
    ASK: ask,
  };
  const apart = ["-m", "-p", "--fork", "--mount-proc", "--kill-child"];
  const ran = spawnSync("unshare", [...apart, "sh", "-c", scene], { env, cwd: "/", encoding: "utf8" });
  expect({ status: ran.status, stderr: ran.stderr }).toEqual({ status: 0, stderr: "" });
  return (existsSync(said) ? readFileSync(said, "utf8") : ran.stdout).trim();
}

// Starts the script by sudo, kills that sudo once the script waits for it, and lets $ADOPTER take over what is left.
const killer = `perl -e '
  my $sudo = fork // die; if (!$sudo) { exec "sudo", "-n", $ENV{WRAPPER}, $ENV{SAID}; }
  sub childOf { my $of = shift; open my $all, "<", "/proc/$of/task/$of/children" or return; (split " ", <$all> // "")[0]; }
  my ($child, $sleeps);
  until ($sleeps) { die "sudo did not start" if waitpid $sudo, 1; $child = childOf $sudo; $sleeps = $child && childOf $child; }
  kill 9, $sudo; waitpid $sudo, 0;
  while (open my $status, "<", "/proc/$child/status") {
    last if grep { /^State:.Z/ } <$status>;
    select undef, undef, undef, 0.01;
  }'`;
// prctl(PR_SET_CHILD_SUBREAPER), as root; it stays until its last child is gone.
const rootAdopts = `perl -e 'syscall(157, 36, 1, 0, 0, 0); if (!fork) { exec @ARGV } 1 while wait > 0;' --`;
const waits = "while [ -e /proc/$PPID ]; do sleep 0.01; done";

const realSudo = process.geteuid?.() === 0 && existsSync("/usr/bin/sudo");

describe.runIf(realSudo)("what a script that sudo starts runs", () => {
  test.each([
    ["the script stays", program, "!use_pty"],
    ["the script stays, on a terminal of sudo's", program, "use_pty"],
    ["it drops the variables", `env -i ASK="$ASK" ${program}`, "!use_pty"],
    ["it drops the variables and becomes it", `exec env -i ASK="$ASK" ${program}`, "!use_pty"],
    ["it starts a session of its own", `setsid -w env -i ASK="$ASK" ${program}`, "!use_pty"],
    ["it sets others", `SUDO_UID=0 SUDO_USER=root ${program}`, "!use_pty"],
  ])("is the caller's: %s", (_, wrapper, defaults) => {
    expect(played({ wrapper: `${wrapper}; exit $?`, call: `${asGames} sudo -n "$WRAPPER"`, defaults })).toBe(
      "games true",
    );
  });

  test("is the caller's in a shell of root's, and behind a second sudo", () => {
    const shell = `${asGames} sudo -n sh -c 'sudo -n "$0"; exit $?' "$WRAPPER"`;
    expect(played({ wrapper: `${program}; exit $?`, call: shell })).toBe("games true");
  });

  test("is root's own where root called sudo", () => {
    expect(played({ wrapper: `${program}; exit $?`, call: `sudo -n "$WRAPPER"` })).toBe("root false");
  });
});

describe.runIf(realSudo)("what a killed sudo leaves", () => {
  test.each([
    ["is nobody's where a process of root's adopts it", `${program} > "$1"`, rootAdopts],
    ["is nobody's where its script dropped the variables", `env -i ASK="$ASK" ${program} > "$1"`, rootAdopts],
    ["is nobody's where init adopts it", `env -i ASK="$ASK" ${program} > "$1"`, ""],
  ])("%s", (_, wrapper, adopter) => {
    const call = `${adopter} ${asGames} ${killer}`;
    expect(played({ wrapper: `${waits}; ${wrapper}; exit $?`, call })).toBe(
      "nobody can say who asks: the sudo that started this is gone",
    );
  });
});

describe.runIf(process.geteuid?.() === 0)("root by hand", () => {
  const asked = (env: NodeJS.ProcessEnv, ...before: readonly string[]): string => {
    const command = [...before, process.execPath, "--input-type=module", "-e", ask, module];
    return spawnSync(command[0] ?? "", command.slice(1), { encoding: "utf8", env }).stdout.trim();
  };
  const env = { PATH: "/usr/sbin:/usr/bin:/sbin:/bin" };

  test("is root in a session of its own, as cron and ssh make them, and as the first process of a container", () => {
    expect(asked(env, "setsid", "-w")).toBe("root false");
    expect(asked(env, "unshare", "-m", "-p", "--fork", "--mount-proc", "--kill-child")).toBe("root false");
  });

  test("is not root where another account's program started it, and not by sudo", () => {
    // As doas and every program of that kind, which leave nothing of themselves behind.
    const started = `setpriv --reuid=5 --regid=60 --clear-groups --inh-caps=+setuid --ambient-caps=+setuid perl -e '
      if (my $child = fork) { waitpid $child, 0; exit } $< = $> = 0; exec @ARGV;' "$@"`;
    const said = asked(env, "sh", "-c", started, "sh");
    expect(said).toBe("nobody can say who asks: an account that is not root started this (uid 5), and not by sudo");
  });

  // What pam_loginuid does at a login; a machine without audit, and a container without the right to, can't be told.
  const login = ["sh", "-c", `echo 5 > /proc/self/loginuid && exec "$@"`, "sh"];
  const apart = ["unshare", "-m", "-p", "--fork", "--mount-proc", "--kill-child"];
  const remembers =
    readlinkSync("/proc/self/ns/pid") === "pid:[4026531836]" &&
    spawnSync("sh", [...login.slice(1), "true"]).status === 0;

  test.runIf(remembers)(
    "is not root in a login that the kernel remembers as somebody else's, but in containers",
    () => {
      expect(asked(env, ...login)).toBe("nobody can say who asks: this is root's in a login of somebody else");
      expect(asked(env, ...login, ...apart)).toBe("root false");
    },
  );
});
