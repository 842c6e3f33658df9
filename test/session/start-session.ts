// A session from its launch to its running, for tests that have no trail to write between the two. Apart from scene.ts,
// because the wrapper runs without vitest.
import type { Launch, SessionHost, StagedSession } from "../../src/effects.ts";

/** Stages and opens at once, as when the trail takes no time. */
export async function startSession(
  host: SessionHost,
  { ttlSeconds, ...launch }: Launch & { readonly ttlSeconds: number },
): Promise<Awaited<ReturnType<StagedSession["open"]>>> {
  const staged = await host.stage(launch);
  return staged.ok ? staged.value.open(ttlSeconds) : staged;
}
