// A program under a real terminal, for tests: what it draws is read from a terminal emulator's screen, what is typed
// reaches it as keys. Waiting is for something to appear, never for time to pass.
import { spawn, type IPty } from "@lydell/node-pty";
import xterm from "@xterm/headless";

export interface PtyOptions {
  readonly env?: Readonly<Record<string, string>>;
  readonly columns?: number;
  readonly cwd?: string;
}

export interface PtyProgram {
  readonly pid: number;
  /** Every byte that came to the terminal. */
  readonly raw: () => string;
  /** The screen's lines, without empty ones at the end. */
  screen(): Promise<string>;
  type(keys: string): void;
  /** Resolves with the screen once it matches; rejects when the program ends before it does. */
  shows(pattern: RegExp): Promise<string>;
  /** Exit code; 128+n when a signal ended it. */
  readonly ended: Promise<number>;
  /** Closes the terminal, as closing its window does. */
  hangUp(): void;
}

/** The library leaves the other ends of all other terminals open in each program: none of those would ever hang up. */
const CLEAN = 'for fd in /proc/self/fd/*; do fd=${fd##*/}; [ "$fd" -le 2 ] || eval "exec $fd<&-"; done; exec "$@"';

export function runInPty(command: readonly string[], options: PtyOptions = {}): PtyProgram {
  const args = ["-c", CLEAN, "bash", ...command];
  const cols = options.columns ?? 80;
  const rows = 60;
  const env = { PATH: process.env["PATH"] ?? "", TERM: "xterm", LANG: "C.UTF-8", ...options.env };
  const pty: IPty = spawn("/bin/bash", args, {
    cols,
    rows,
    env,
    ...(options.cwd === undefined ? {} : { cwd: options.cwd }),
  });
  const terminal = new xterm.Terminal({ cols, rows, allowProposedApi: true, convertEol: false });
  let bytes = "";
  let over = false;
  const watchers = new Set<() => void>();
  const stir = (): void => {
    for (const watcher of [...watchers]) watcher();
  };
  pty.onData((data) => {
    bytes += data;
    terminal.write(data, stir);
  });
  const ended = new Promise<number>((resolve) => {
    pty.onExit(({ exitCode, signal }) => {
      over = true;
      stir();
      resolve(signal !== undefined && signal > 0 ? 128 + signal : exitCode);
    });
  });
  const lines = (): string => {
    const { active } = terminal.buffer;
    return Array.from({ length: active.length }, (_, index) => active.getLine(index)?.translateToString(true) ?? "")
      .join("\n")
      .trimEnd();
  };
  const settled = (): Promise<string> =>
    new Promise((resolve) => {
      terminal.write("", () => {
        resolve(lines());
      });
    });
  return {
    pid: pty.pid,
    raw: () => bytes,
    screen: settled,
    type: (keys) => {
      pty.write(keys);
    },
    shows: (pattern) =>
      new Promise((resolve, reject) => {
        const look = (): void => {
          void settled().then((screen) => {
            if (pattern.test(screen)) {
              watchers.delete(look);
              resolve(screen);
            } else if (over) {
              watchers.delete(look);
              reject(new Error(`the program ended without showing ${String(pattern)}:\n${screen}`));
            }
          });
        };
        watchers.add(look);
        look();
      }),
    ended,
    hangUp: () => {
      // Closes our end: the kernel then hangs up on the session, as when a window is closed.
      (pty as IPty & { destroy(): void }).destroy();
    },
  };
}
