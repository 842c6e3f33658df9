// The programs that stand between root and nmap, and what each takes away: bwrap the file system, the other processes
// and all capabilities but those needed for the next step; setpriv the account and the rest of them; a shell that ends
// the session by itself a second late, should everybody outside be gone or stopped.
import type { Confinement } from "./confinement.ts";

/** Where the session's files are on this machine; the paths inside are INSIDE. */
export interface CageFiles {
  /** A folder of the session's account, for nmap's output. */
  readonly out: string;
  readonly hosts: string;
  readonly nsswitch: string;
  /** The list of targets, where there is one. */
  readonly targets?: string;
  /** The folder of the requester's own scripts, where there are any. */
  readonly scripts?: string;
  /** The private copy of nmap's data, where the plan reads any. */
  readonly data?: string;
  /** nmap itself, where it lies outside /usr. */
  readonly nmap?: string;
  /** How /bin, /lib and the like lead into /usr here; one that is a folder of its own is shown as that. */
  readonly links: readonly { readonly path: string; readonly to: string | undefined }[];
}

/** What nmap sees in place of them. */
export const INSIDE = { out: "/out", targets: "/in/targets", scripts: "/in/scripts", data: "/in/data" } as const;

export interface Tools {
  readonly bwrap: string;
  readonly setpriv: string;
  readonly prlimit: string;
}

/** Needed by bwrap's child to become the session's account and to let go of them. */
const TO_LET_GO = ["CAP_SETUID", "CAP_SETGID", "CAP_SETPCAP"];

/** Read as on the machine itself: libraries, times in the local zone, certificates for scripts. */
const OF_ETC = ["alternatives", "ld.so.cache", "localtime", "protocols", "services", "ssl"];

/** `sleep` that is told to end does not go on to the kill. The dollar words are the shell's own. */
export const BOX = `(sleep "$0" && kill -KILL -1) & exec "$@"`;

/**
 * The command that runs `argv` in the cage, first word first.
 *
 * @param seccomp  number of the open descriptor from which bwrap reads the filter.
 * @param ttlSeconds  the box inside; it can't be moved, only ended.
 */
export function cageCommand(
  argv: readonly string[],
  { capabilities, limits }: Confinement,
  uid: number,
  files: CageFiles,
  tools: Tools,
  seccomp: number,
  ttlSeconds: number,
  env: Readonly<Record<string, string>>,
): readonly string[] {
  const show = (from: string, to = from): string[] => ["--ro-bind", from, to];
  const folder = (path: string): string[] => ["--perms", "0755", "--dir", path];
  const capability = capabilities.map((name) => `+${name}`).join(",");
  const only = capability === "" ? "-all" : `-all,${capability}`;
  return [
    tools.bwrap,
    ...["ipc", "pid", "uts"].map((namespace) => `--unshare-${namespace}`),
    "--unshare-cgroup-try",
    "--die-with-parent",
    "--clearenv",
    ...Object.entries(env).flatMap(([name, value]) => ["--setenv", name, value]),
    ...show("/usr"),
    ...files.links.flatMap(({ path, to }) => (to === undefined ? show(path) : ["--symlink", to, path])),
    ...folder("/etc"),
    ...OF_ETC.flatMap((name) => ["--ro-bind-try", `/etc/${name}`, `/etc/${name}`]),
    ...show(files.hosts, "/etc/hosts"),
    ...show(files.nsswitch, "/etc/nsswitch.conf"),
    ...folder("/in"),
    ...(files.targets === undefined ? [] : show(files.targets, INSIDE.targets)),
    ...(files.scripts === undefined ? [] : show(files.scripts, INSIDE.scripts)),
    ...(files.data === undefined ? [] : show(files.data, INSIDE.data)),
    ...(files.nmap === undefined ? [] : show(files.nmap)),
    ...folder(INSIDE.out),
    ...["--bind", files.out, INSIDE.out],
    ...["--proc", "/proc", "--dev", "/dev"],
    ...["--size", String(limits.temporaryBytes), "--perms", "1777", "--tmpfs", "/tmp", "--chdir", "/tmp"],
    ...["--remount-ro", "/", "--seccomp", String(seccomp)],
    ...["--cap-drop", "ALL"],
    ...[...capabilities.map((name) => `CAP_${name.toUpperCase()}`), ...TO_LET_GO].flatMap((name) => [
      "--cap-add",
      name,
    ]),
    "--",
    tools.prlimit,
    `--fsize=${limits.fileBytes}`,
    `--nproc=${limits.processes}`,
    `--data=${limits.dataBytes}`,
    "--core=0",
    "--",
    tools.setpriv,
    `--reuid=${uid}`,
    `--regid=${uid}`,
    "--clear-groups",
    `--inh-caps=${only}`,
    `--ambient-caps=${only}`,
    `--bounding-set=${only}`,
    "--no-new-privs",
    "--pdeathsig=KILL",
    "--",
    "/bin/sh",
    "-c",
    BOX,
    String(ttlSeconds + 1),
    ...argv,
  ];
}

/** The private hosts file: pinned names, and nothing that would ask anybody. */
export function hostsFile({ hosts }: Confinement): string {
  return ["127.0.0.1 localhost", "::1 localhost", ...hosts.map(({ name, address }) => `${address} ${name}`), ""].join(
    "\n",
  );
}

/** Names come from that file alone: a look-up over the network would be refused packets. */
export const NSSWITCH = "passwd: files\ngroup: files\nhosts: files\nservices: files\nprotocols: files\n";
