// The line of an earlier request, to be asked for once more: whole, or for what no finished host is on record of.
import { purposeOf, isScan } from "../core/approval/purpose.ts";
import type { RequestId } from "../core/approval/request.ts";
import { fromDocument } from "../core/plan/document.ts";
import { narrowerWords } from "../core/plan/narrower-words.ts";
import type { ScanPlan } from "../core/plan/scan-plan.ts";
import { addressOf, readNmapXml } from "../core/results/nmap-xml.ts";
import { parseAddress } from "../core/sets/address-text.ts";
import { AddressSet, type AddressRange } from "../core/sets/address-set.ts";
import type { Effects } from "../effects.ts";
import type { Outcome, ScanAsk } from "../messages.ts";

export interface Again {
  /** Only the targets of which the stored results have no finished host. */
  readonly remaining: boolean;
  /** Another reason than the first time. */
  readonly reason?: string;
}

/** What to ask for, as if it had been typed again in the same directory; for its requester alone. */
export async function lineOf(
  id: RequestId,
  { remaining, reason }: Again,
  fx: Pick<Effects, "store" | "facts">,
): Promise<ScanAsk | Outcome> {
  const found = await fx.store.findRequest(id);
  if (found.kind !== "found") throw new Error(`request ${id} is gone from the store`);
  const { request } = found;
  const requester = fx.facts.requester();
  if (requester.uid !== request.requester.uid || requester.name !== request.requester.name) {
    return refused("not-yours", `request ${id} is ${request.requester.name}'s`);
  }
  if (!isScan(request)) return refused("no-scan", `request ${id} is no scan: there is no line to ask for again`);
  const opened = (await fx.store.events({ request: id })).find(({ type }) => type === "request.opened");
  if (opened?.type !== "request.opened") throw new Error(`request ${id} was never opened`);
  const { typed } = opened.data;
  const plan = fromDocument(request.plan);
  const words = remaining ? await remainingWords(id, typed, plan, fx) : typed;
  if (words === undefined) return refused("nothing-left", `every target of ${id} has a finished host on record`);
  // The reason of an emergency or of a standing approval was for that one run.
  const why = reason ?? (purposeOf(request, "break-glass") === undefined ? request.reason : undefined);
  return { words, requester, cwd: request.cwd, ...(why !== undefined && { reason: why }) };
}

async function remainingWords(
  id: RequestId,
  typed: readonly string[],
  plan: ScanPlan,
  fx: Pick<Effects, "store">,
): Promise<readonly string[] | undefined> {
  const done = AddressSet.ofRanges(await finishedHosts(id, fx));
  const targets = plan.targets.subtract(done);
  if (targets.isEmpty) return undefined;
  if (targets.equals(plan.targets)) return typed;
  const profiles = typed.filter((word) => word.startsWith("@"));
  const words = narrowerWords(typed, plan, { ...plan, targets }, Number.POSITIVE_INFINITY);
  if (words === undefined) throw new Error(`the line of ${id} can't be read any more`);
  return [...profiles, ...words];
}

/** The hosts that nmap had done with, up or down, in whatever results the request has. */
async function finishedHosts(id: RequestId, fx: Pick<Effects, "store">): Promise<readonly AddressRange[]> {
  const hosts: AddressRange[] = [];
  for (const session of await fx.store.sessions(id)) {
    const result = await fx.store.result(session.id);
    if (result === undefined) continue;
    readNmapXml(result.xml, (host) => {
      const address = parseAddress(addressOf(host));
      if (address === undefined || host.timedOut) return;
      hosts.push({ family: address.family, first: address.value, last: address.value });
    });
  }
  return hosts;
}

function refused(code: string, message: string): Outcome {
  return { kind: "not-understood", problem: { code, message } };
}
