// A machine of the test's own for people at terminals: processes, mounts, network, /run and accounts that end with it.
// root, alice (whose sudo gives what it runs a terminal of its own) and bob (whose sudo does not) may all scan loopback,
// held by the kernel.
import { spawn, spawnSync, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { runInPty, type PtyProgram } from "../cli/pty.ts";

export const program = join(import.meta.dirname, "../../bin/jit-nmap");

export const people = { root: 0, alice: 23_456, bob: 23_457 } as const;
export type Person = keyof typeof people;

const homeOf = (who: Person): string => `/run/home-${who}`;

const policy = `version: 1
rules:
  - { name: held, effect: allow, targets: [127.0.0.0/8], may: anything, enforcement: required, ttl: 2m }
`;

const SETUP = `set -e
ip link set lo up
mount -t tmpfs none /run
mkdir /run/etc /run/sudo
cd /run/etc
echo root:x:0:0:root:${homeOf("root")}:/bin/sh >passwd; echo root:x:0: >group; echo 'root:*:19000:0:99999:7:::' >shadow
${(Object.keys(people) as Person[])
  .map((who) => {
    const [uid, home] = [String(people[who]), homeOf(who)];
    const account =
      who === "root"
        ? ""
        : `echo ${who}:x:${uid}:${uid}::${home}:/bin/sh >>passwd; echo ${who}:x:${uid}: >>group
           echo '${who}:*:19000:0:99999:7:::' >>shadow`;
    return `${account}
mkdir -p ${home}/.config/jit-nmap/policies
printf %s "$POLICY" >${home}/.config/jit-nmap/policies/held.yaml
chown -R ${uid}:${uid} ${home}`;
  })
  .join("\n")}
printf '%s\\n' 'Defaults:alice use_pty' 'Defaults:bob !use_pty' 'alice, bob ALL=(root) NOPASSWD: ALL' >sudoers
chmod 440 sudoers; chmod 600 shadow
for file in passwd group shadow sudoers; do mount --bind $file /etc/$file; done
echo up
exec sleep 3600`;

export class Machine {
  #holder: ChildProcess | undefined;
  #init = 0;

  async up(): Promise<void> {
    const apart = ["-n", "-m", "-p", "--fork", "--kill-child", "--mount-proc"];
    const holder = spawn("unshare", [...apart, "sh", "-c", SETUP], {
      stdio: ["ignore", "pipe", "inherit"],
      env: { PATH: "/usr/sbin:/usr/bin:/sbin:/bin", POLICY: policy },
    });
    this.#holder = holder;
    await once(holder.stdout, "data");
    this.#init = Number(readFileSync(`/proc/${holder.pid ?? 0}/task/${holder.pid ?? 0}/children`, "latin1"));
  }

  down(): void {
    this.#holder?.kill("SIGKILL");
  }

  #words(who: Person, words: readonly string[]): readonly string[] {
    const [uid, home] = [String(people[who]), homeOf(who)];
    const account = ["setpriv", `--reuid=${uid}`, `--regid=${uid}`, "--clear-groups"];
    const clean = ["env", "-i", `HOME=${home}`, "PATH=/usr/sbin:/usr/bin:/sbin:/bin", "TERM=xterm", "LANG=C.UTF-8"];
    // A session of its own with the terminal that nsenter was given, as a login has it.
    const session = ["sh", "-c", '[ -t 0 ] && exec setsid -c "$@"; exec "$@"', "sh"];
    const inside = [...session, ...account, ...clean, "PS1=> ", "HISTFILE=", `JIT=${jit(who)}`, ...words];
    return ["nsenter", "-t", String(this.#init), "-n", "-m", "-p", "--wd=/run", ...inside];
  }

  /** What it prints on standard output. */
  there(who: Person, ...words: readonly string[]): string {
    const [file = "", ...rest] = this.#words(who, words);
    const { stdout, stderr, status } = spawnSync(file, rest, { encoding: "utf8" });
    if (status !== 0) throw new Error(`${words.join(" ")}: ${stderr}`);
    return stdout;
  }

  /** A shell with job control; its prompt is `>`, and `$JIT` the command as this person runs it. */
  shell(who: Person): PtyProgram & { run(line: string): void } {
    const bash = runInPty(this.#words(who, ["/bin/bash", "--norc", "--noprofile", "-i"]));
    return {
      ...bash,
      run: (line) => {
        bash.type(`${line}\r`);
      },
    };
  }

  /** What the person's own trail says of the session that scanned this target. */
  trail(who: Person, target: string): readonly Event[] {
    const lines = this.there(who, "sh", "-c", "$JIT audit list --json").trim().split("\n");
    const events = lines.map((line) => JSON.parse(line) as Event);
    const started = events.find(
      ({ type, data }) => type === "session.started" && JSON.stringify(data).includes(target),
    );
    return events.filter(({ request }) => request !== undefined && request === started?.request);
  }
}

interface Event {
  readonly type: string;
  readonly request?: string;
  readonly data: Record<string, unknown>;
}

const jit = (who: Person): string => (who === "root" ? program : `sudo -n ${program}`);

/** Pids under accounts of sessions that have this word in their command: nmap itself. */
export function scanning(word: string): readonly number[] {
  return readdirSync("/proc")
    .map(Number)
    .filter((pid) => {
      try {
        const status = readFileSync(`/proc/${pid}/status`, "latin1");
        const uid = Number(/^Uid:\t(\d+)/m.exec(status)?.[1]);
        const words = readFileSync(`/proc/${pid}/cmdline`, "latin1").split("\0");
        return uid >= 1_900_000_000 && words[0]?.endsWith("nmap") === true && words.includes(word);
      } catch {
        return false;
      }
    });
}
