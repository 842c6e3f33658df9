// What one caller may have on this machine, however many runners it starts at once.
import { mkdirSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import type { SessionId } from "../../../src/core/audit/event.ts";
import type { SessionHost } from "../../../src/effects.ts";
import { CALLER, forCaller } from "../../../src/session/confined/callers.ts";
import { privateDirectory } from "../scene.ts";

it("has no more sessions than a caller may have, also where they begin in the same moment", async () => {
  const folder = privateDirectory();
  const host: Pick<SessionHost, "prepare" | "discard"> = {
    async prepare(session) {
      // A sweep comes first.
      await new Promise((resolve) => setImmediate(resolve));
      mkdirSync(join(folder, session));
      writeFileSync(join(folder, session, CALLER), "1000");
      return { xml: "", normal: "", grepable: "", targets: "" };
    },
    discard(session) {
      rmSync(join(folder, session), { recursive: true });
      return Promise.resolve();
    },
  };
  const sessions = Array.from({ length: 40 }, (_, n) => `s${String(n).padStart(10, "0")}` as SessionId);
  const tried = await Promise.allSettled(
    sessions.map((session) => forCaller(host as SessionHost, folder, 1000).prepare(session)),
  );
  expect(tried.filter(({ status }) => status === "fulfilled")).toHaveLength(32);
  expect(readdirSync(folder)).toHaveLength(32);
});
