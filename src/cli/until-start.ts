// Waiting on, after the yes: until a scan that is approved for later may start. For scripts, which run it then.
import { outcomeOf, settle } from "../broker/requests.ts";
import type { RequestId } from "../core/approval/request.ts";
import type { Effects } from "../effects.ts";
import type { Opened, Outcome } from "../messages.ts";

/** @param deadline  milliseconds since the epoch: then it is still too early. Ctrl-C gives the same at once. */
export async function untilStart(
  id: RequestId,
  deadline: number,
  fx: Pick<Effects, "store" | "clock" | "person">,
): Promise<Opened | Outcome> {
  const over = new AbortController();
  const unsubscribe = fx.person.onSignal(() => {
    over.abort();
  });
  try {
    for (;;) {
      const request = await settle(id, fx);
      const ended = outcomeOf(request);
      if (ended !== undefined) return ended;
      const held = request.notBefore === undefined ? undefined : await fx.store.grant(id);
      const notBefore = held?.grant.notBefore ?? 0;
      const now = fx.clock.now();
      if (now >= notBefore) return { kind: "opened", request, joined: true };
      if (now >= deadline || over.signal.aborted) return { kind: "waiting", request, because: "too-early", notBefore };
      // It may be revoked meanwhile.
      await fx.store.changed(id, over.signal, Math.min(notBefore, deadline)).catch((cause: unknown) => {
        if (!over.signal.aborted) throw cause;
      });
    }
  } finally {
    unsubscribe();
  }
}
