// The last thing that a command does: what has to be told about a request goes out before the process ends, as far as
// that is quickly done. What stays is sent by whoever waits for the request, and by `serve`.
import { hasMessages } from "../core/approval/outgoing.ts";
import type { Request } from "../core/approval/request.ts";
import type { Effects } from "../effects.ts";
import type { Outcome } from "../messages.ts";

const mostMs = 10_000;

export async function sendMessages(about: { readonly request: Request } | Outcome, fx: Effects): Promise<void> {
  if (!("request" in about) || !hasMessages(about.request)) return;
  const { carryDue } = await import("../broker/outbox.ts");
  await carryDue(AbortSignal.timeout(mostMs), fx, about.request.id);
}
