// Who may run this program by sudo may also kill that sudo, which keeps its caller's real uid. What is left is a process
// of root's whose parent says nothing any more: it must not take itself for root's own, with root's files and name.
import { spawnSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { privateDirectory } from "../session/scene.ts";

const main = join(import.meta.dirname, "../../bin/main.ts");

// The real sudo under rules of its own, with mounts, a network and a process tree of its own; `games` (uid 5) calls it.
const scene = `ip link set lo up && mount -t tmpfs none /run && mount -t tmpfs none /root && mkdir /run/sudo &&
  printf 'Defaults !use_pty\\ngames ALL=(root) NOPASSWD: ALL\\n' > /run/rules && chmod 440 /run/rules &&
  mount --bind /run/rules /etc/sudoers && setpriv --reuid=5 --regid=60 --clear-groups perl -e "$CALLER" "$@"; exit $?`;

// The shell that sudo starts waits for sudo's end before it becomes the program: no race has to be won.
const caller = `
  syscall(157, 36, 1, 0, 0, 0) if $ENV{ADOPTS};  # prctl(PR_SET_CHILD_SUBREAPER): orphans come here, not to init
  my $waits = 'while [ -e /proc/$PPID ]; do sleep 0.01; done; exec "$@" > "$0" 2>&1';
  my $sudo = fork // die; if (!$sudo) { exec "sudo", "-n", "sh", "-c", $waits, @ARGV; }
  sub childOf { my $of = shift; open my $all, "<", "/proc/$of/task/$of/children" or return; (split " ", <$all> // "")[0]; }
  my ($child, $sleeps);
  until ($sleeps) { die "sudo did not start" if waitpid $sudo, 1; $child = childOf $sudo; $sleeps = $child && childOf $child; }
  kill 9, $sudo; waitpid $sudo, 0;
  while (open my $status, "<", "/proc/$child/status") {
    last if grep { /^State:.Z/ } <$status>;
    select undef, undef, undef, 0.01;
  }`;

describe.runIf(process.geteuid?.() === 0 && existsSync("/usr/bin/sudo"))("a sudo that its caller killed", () => {
  test.each(["init", "the caller"])("lends nothing to what %s adopts", (who) => {
    const folder = privateDirectory();
    const [written, said] = [join(folder, "written"), join(folder, "said")];
    const env = {
      PATH: "/usr/sbin:/usr/bin:/sbin:/bin",
      CALLER: caller,
      ...(who === "the caller" && { ADOPTS: "1" }),
    };
    const line = [process.execPath, main, "-sL", "127.0.0.1", "-oN", written];
    const apart = ["-m", "-n", "-p", "--fork", "--mount-proc", "--kill-child"];
    const ran = spawnSync("unshare", [...apart, "sh", "-c", scene, "sh", said, ...line], {
      env,
      cwd: "/",
      encoding: "utf8",
    });
    expect({ status: ran.status, stderr: ran.stderr }).toEqual({ status: 0, stderr: "" });
    expect(readFileSync(said, "utf8")).toMatch(/the sudo that started this is gone/);
    expect(existsSync(written)).toBe(false);
  });
});
