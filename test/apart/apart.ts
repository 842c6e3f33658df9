// A runner behind a wire within one process: the program apart, without its program.
import { duplexPair } from "node:stream";
import type { Duplex } from "node:stream";
import type { Runner } from "../../src/effects.ts";
import { runnerApart } from "../../src/apart/client.ts";
import { serve } from "../../src/apart/serve.ts";

export interface Apart {
  readonly runner: Runner;
  /** One for each program that was started: resolves when nothing of it is under way any more. */
  readonly served: Promise<void>[];
  /** Takes the programs away, as kill -9 does, or the broker from them. */
  readonly cut: (side: "runner" | "broker") => void;
}

export function apart(runner: Runner): Apart {
  const served: Promise<void>[] = [];
  const wires: { readonly broker: Duplex; readonly program: Duplex }[] = [];
  const start = (): Duplex => {
    const [broker, program] = duplexPair();
    wires.push({ broker, program });
    served.push(serve(program, () => ({ runner }), new AbortController().signal));
    return broker;
  };
  return {
    runner: runnerApart({
      start,
      neverCame: "it never came",
      home: "/state",
      tell: (argv, env) => runner.tell(argv, env),
    }),
    served,
    cut(side) {
      for (const { broker, program } of wires.splice(0)) (side === "runner" ? program : broker).destroy();
    },
  };
}
