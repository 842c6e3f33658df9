// Ctrl-C, a closed terminal and SIGTERM as one subscription. Separate because the waiting, the questions and the
// running scan all listen, and a Ctrl-C that a raw terminal delivers as a key must reach the same listeners.
import { watchParent } from "./lost-parent.ts";

export type ControlSignal = "interrupt" | "hangup" | "terminate";
type Callback = (signal: ControlSignal) => void;

const names = [
  ["SIGINT", "interrupt"],
  ["SIGHUP", "hangup"],
  ["SIGTERM", "terminate"],
] as const;

export interface Signals {
  /** Calls back on every signal until the returned function is called. While anybody listens, no signal ends us. */
  on(callback: Callback): () => void;
  /** The same as if the operating system had sent it: nobody listening, it ends the process. */
  raise(signal: ControlSignal): void;
}

export function createSignals(): Signals {
  const callbacks = new Set<Callback>();
  const deliver = (signal: ControlSignal): void => {
    for (const callback of [...callbacks]) callback(signal);
  };
  const handlers = names.map(
    ([name, signal]) =>
      [
        name,
        () => {
          deliver(signal);
        },
      ] as const,
  );
  let forgetParent = (): void => undefined;
  return {
    on(callback) {
      // A set keeps one entry per function: the same one twice would be unsubscribed by either.
      const own: Callback = (signal) => {
        callback(signal);
      };
      if (callbacks.size === 0) {
        for (const [name, handler] of handlers) process.on(name, handler);
        forgetParent = watchParent(() => {
          deliver("hangup");
        });
      }
      callbacks.add(own);
      return () => {
        if (!callbacks.delete(own) || callbacks.size > 0) return;
        for (const [name, handler] of handlers) process.off(name, handler);
        forgetParent();
      };
    },
    raise(signal) {
      if (callbacks.size > 0) {
        deliver(signal);
        return;
      }
      const name = names.find(([, of]) => of === signal)?.[0];
      if (name !== undefined) process.kill(process.pid, name);
    },
  };
}
