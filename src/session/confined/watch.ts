// Looks after what holds one running session: its packet rules, and that no device is without them. Both are told by the
// kernel when they change, so that a session which runs and does nothing wrong costs nothing; looks of its own, far
// apart, are for what nobody told.
import { spawn } from "node:child_process";
import { namesOf } from "../../core/confinement/egress-rules.ts";
import { deviceOf, TABLE } from "../../core/confinement/standing-rules.ts";
import { isAllTold, newlyRefused, type Refused } from "../../core/confinement/refused.ts";
import { escapeText } from "../../core/escape.ts";
import { networkDevices } from "./network.ts";

/** How often refused packets are counted once there are any. */
const COUNTED_EVERY_MS = 1000;
const LOOK_EVERY_MS = 30_000;
/** When those who tell of changes are started: a scan that is over before needs none, and waits for none. */
const LISTEN_AFTER_MS = 100;
/** Until they listen: how often is looked instead, and for how long. */
const AT_FIRST_EVERY_MS = 20;
const AT_FIRST_MS = 400;

export interface Watched {
  readonly session: string;
  readonly nft: string;
  readonly ip: string;
  readonly setpriv: string;
  /** The devices that are under the rules. */
  readonly devices: ReadonlySet<string>;
  /** Packets refused so far; undefined when the rules are gone. */
  readonly total: () => Promise<number | undefined>;
  readonly destinations: () => Promise<readonly Refused[]>;
}

/**
 * Looks until the returned function is called.
 *
 * @param lost  called once, with the reason, when the rules no longer hold what leaves this machine.
 * @param refused  called each time that the number of refused packets has grown.
 * @param told  called after that with a sentence for each destination that was not told before.
 */
export function watchEgress(
  { session, nft, ip, setpriv, devices, total, destinations }: Watched,
  lost: (because: string) => void,
  refused: () => void,
  told: (violations: readonly string[]) => void,
): () => void {
  let over = false;
  const isOver = (): boolean => over;
  const before = new Set<string>();
  let seen = 0;
  const stops: (() => void)[] = [];
  const stop = (): void => {
    over = true;
    for (const one of stops) one();
  };
  const end = (because: string): void => {
    if (over) return;
    stop();
    lost(because);
  };
  const every = (milliseconds: number, act: () => void): (() => void) => {
    const timer = setInterval(act, milliseconds);
    const clear = (): void => {
      clearInterval(timer);
    };
    stops.push(clear);
    return clear;
  };

  const count = async (): Promise<void> => {
    const packets = await total();
    if (isOver()) return;
    if (packets === undefined) end("the packet rules are gone");
    else if (packets > seen) {
      if (seen === 0) every(COUNTED_EVERY_MS, counts);
      seen = packets;
      refused();
      if (isAllTold(before)) return;
      const sentences = newlyRefused(await destinations(), packets, before);
      // Afterwards it is the end that tells.
      if (!isOver() && sentences.length > 0) told(sentences);
    }
  };
  let counting = false;
  const counts = (): void => {
    if (counting || over) return;
    counting = true;
    void count().finally(() => (counting = false));
  };
  const device = (name: string): void => {
    if (!devices.has(name)) end(`the network device ${escapeText(name)} appeared`);
  };
  const look = (): void => {
    networkDevices().forEach(device);
  };

  const atFirst = every(AT_FIRST_EVERY_MS, look);
  const listening = setTimeout(() => {
    atFirst();
    counts();
  }, AT_FIRST_MS);
  stops.push(() => {
    clearTimeout(listening);
  });
  every(LOOK_EVERY_MS, () => {
    look();
    counts();
  });
  const hear = (path: string, words: readonly string[], line: (text: string) => void): void => {
    stops.push(
      linesOf(setpriv, ["--pdeathsig=KILL", "--", path, ...words], line, () => {
        end("what this session rests on can't be watched any more");
      }),
    );
  };
  const listen = (): void => {
    hear(nft, ["monitor"], (line) => {
      if (concerns(line, session, networkDevices)) end("somebody removed packet rules");
      else if (tellsOfRefusal(line, session)) counts();
    });
    hear(ip, ["-o", "monitor", "link"], (line) => {
      const name = /^\d+: ([^:@\s]+)[:@]/.exec(line)?.[1];
      if (name !== undefined) device(name);
    });
  };
  const soon = setTimeout(listen, LISTEN_AFTER_MS);
  stops.push(() => {
    clearTimeout(soon);
  });
  return stop;
}

/** Runs a program for its lines until the returned function is called; `gone` when it ends before. */
function linesOf(path: string, words: readonly string[], line: (text: string) => void, gone: () => void): () => void {
  const child = spawn(path, words, { cwd: "/", env: {}, stdio: ["ignore", "pipe", "ignore"] });
  child.once("error", gone);
  child.once("exit", gone);
  let rest = "";
  child.stdout.setEncoding("utf8").on("data", (text: string) => {
    const lines = (rest + text).split("\n");
    rest = lines.pop() ?? "";
    lines.forEach(line);
  });
  return () => {
    child.off("exit", gone).kill("SIGKILL");
  };
}

/** Whether a line of `nft monitor` says that something is gone on which this session rests. */
export function concerns(line: string, session: string, devices: () => readonly string[]): boolean {
  const [did, what, , table, name = ""] = line.trim().split(/\s+/, 5);
  if (did !== "delete" || table !== TABLE) return false;
  if (what === "table") return true;
  if (what !== "chain" && what !== "rule") return false;
  // Other sessions end and take theirs, and a device that went away takes its chain along.
  const device = deviceOf(name);
  const { chain, packets, services } = namesOf(session);
  return (
    ["out", "eph", chain, packets, services].includes(name) || (device !== undefined && devices().includes(device))
  );
}

/** Whether it says that the session's first packet was refused: the family in it is the packet's, not the table's. */
function tellsOfRefusal(line: string, session: string): boolean {
  const [did, what, , table, name] = line.trim().split(/\s+/, 5);
  return did === "add" && what === "quota" && table === TABLE && name === namesOf(session).first;
}
