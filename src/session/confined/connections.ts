// TCP connections of a session's account. The kernel goes on with one whose process is gone: it sends what was written
// into it and not yet taken, for minutes, and no packet of it belongs to an account any more. So they end with the session.
import { spawn } from "node:child_process";
import { readFileSync } from "node:fs";
import { formatAddress } from "../../core/sets/address-set.ts";

interface Connection {
  /** As ss takes it: `10.0.0.1:80`, `[2001:db8::1]:80`. */
  readonly local: string;
  readonly remote: string;
  readonly uid: number;
  /** 0 where no process has it. */
  readonly inode: number;
}

/** All of this network, in any state, of the text of /proc/net/tcp or tcp6. */
export function readConnections(text: string): readonly Connection[] {
  const lines = text.split("\n").slice(1);
  return lines.flatMap((line) => {
    const [, local, remote, , , , , uid, , inode] = line.trim().split(/\s+/);
    if (local === undefined || remote === undefined || inode === undefined) return [];
    return [{ local: endOf(local), remote: endOf(remote), uid: Number(uid), inode: Number(inode) }];
  });
}

/** Words of 32 bits in the order of the machine, which is little-endian wherever sessions are confined. */
function endOf(hex: string): string {
  const [address = "", port = ""] = hex.split(":");
  const bytes = (address.match(/.{8}/g) ?? []).map((word) => word.match(/../g)?.reverse().join("") ?? "").join("");
  const value = BigInt(`0x${bytes}`);
  const text = address.length === 8 ? formatAddress(4, value) : `[${formatAddress(6, value)}]`;
  return `${text}:${Number.parseInt(port, 16)}`;
}

function allConnections(): readonly Connection[] {
  return ["tcp", "tcp6"].flatMap((file) => {
    try {
      return readConnections(readFileSync(`/proc/self/net/${file}`, "latin1"));
    } catch {
      return []; // a kernel without that family
    }
  });
}

const isSame =
  (one: Connection) =>
  (other: Connection): boolean =>
    one.local === other.local && one.remote === other.remote;

export interface Connections {
  /** Remembers those that there are: kernels before 6.17 forget whose a connection was when its process ends. */
  note(): void;
  /** Once the processes are gone: ends what is left. Resolves with whether there was something, and now is not. */
  end(): Promise<boolean>;
}

export function connectionsOf(uid: number, ss: string): Connections {
  const noted: Connection[] = [];
  const left = (): readonly Connection[] =>
    allConnections().filter((one) => one.uid === uid || (one.inode === 0 && noted.some(isSame(one))));
  return {
    note() {
      noted.push(...allConnections().filter((one) => one.uid === uid));
    },
    async end() {
      const found = left();
      for (let at = 0; at < found.length; at += AT_ONCE) await destroy(ss, found.slice(at, at + AT_ONCE));
      return found.length > 0 && left().length === 0;
    },
  };
}

/** Connections in one run of ss. */
const AT_ONCE = 100;

function destroy(ss: string, connections: readonly Connection[]): Promise<void> {
  const filter = connections.map(({ local, remote }) => `( src ${local} and dst ${remote} )`).join(" or ");
  return new Promise((resolve) => {
    const child = spawn(ss, ["-K", "-t", "-n", "state", "connected", filter], {
      cwd: "/",
      env: {},
      stdio: "ignore",
      timeout: 10_000,
    });
    child.once("error", () => {
      resolve();
    });
    child.once("exit", () => {
      resolve();
    });
  });
}
