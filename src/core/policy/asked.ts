// What a rule is held against: the plan with the ports it asks worked out once, and who asks when.
import { portsOfProbe } from "../plan/probe-ports.ts";
import type { ScanPlan } from "../plan/scan-plan.ts";
import type { PortSet } from "../sets/port-set.ts";
import { AddressSet } from "../sets/address-set.ts";
import type { Requester } from "./decision.ts";
import type { PastRun } from "./limits.ts";
import type { During } from "./policy.ts";
import { openUntil } from "./windows.ts";
import { addressWords, portWords } from "./words.ts";

export interface Situation {
  readonly requester: Requester;
  /** Milliseconds since the Unix epoch, UTC. */
  readonly now: number;
  /** What was done before under rules with limits (limits.ts, historyNeeded). Absent: as if nothing had been. */
  readonly history?: readonly PastRun[];
  /** The one profile that the line was made of, nothing but targets beside it. */
  readonly profile?: string;
  /** What holds sessions here; absent: advisory, which nothing does. */
  readonly level?: "advisory" | "separated" | "enforced";
}

export interface Asked extends Situation {
  readonly plan: ScanPlan;
  /**
   * The ports of the scan and those of discovery probes that were typed; undefined for a plan that has none: it is
   * one part per address (policy.md, small print).
   */
  readonly ports: PortSet | undefined;
  /** The addresses and ports in words; worked out once, as every rule's explanation may say them. */
  readonly words: { readonly targets: string; readonly ports: string };
  readonly openings: Openings;
}

/** Until when windows are open from now on; many rules name the same, and each is worked out once. */
export class Openings {
  readonly #now: number;
  readonly #known = new Map<During, { readonly limit: number; readonly until: number | undefined }>();

  constructor(now: number) {
    this.#now = now;
  }

  /**
   * As `openUntil` (windows.ts), from the moment that is asked about.
   *
   * @param limit  looks no further, and answers it where they stay open so long; at least a second is looked at.
   */
  until(during: During, limit: number = this.#now + 1000): number | undefined {
    const known = this.#known.get(during);
    // What closes before the limit it was looked at with closes then, however far one looks.
    if (known !== undefined && (known.until === undefined || known.until < known.limit || limit <= known.limit)) {
      return known.until === undefined ? undefined : Math.min(known.until, limit);
    }
    const until = openUntil(during.windows, during.zone, this.#now, limit);
    this.#known.set(during, { limit, until });
    return until;
  }
}

export function asked(plan: ScanPlan, situation: Situation): Asked {
  let ports = plan.ports;
  for (const probe of plan.discovery) {
    if (probe.typed) ports = ports.union(portsOfProbe(probe));
  }
  const whole = withThisMachine(plan);
  return {
    ...situation,
    plan: whole,
    ports: ports.isEmpty ? undefined : ports,
    words: new AskedWords(whole.targets, ports),
    openings: new Openings(situation.now),
  };
}

// A connection to the address that means none is one to this machine itself (Linux; RFC 1122, 3.2.1.3).
const MEANS_NONE = {
  4: AddressSet.ofRanges([{ family: 4, first: 0n, last: 0n }]),
  6: AddressSet.ofRanges([{ family: 6, first: 0n, last: 0n }]),
};
const LOOPBACK = {
  4: AddressSet.ofRanges([{ family: 4, first: 0x7f000001n, last: 0x7f000001n }]),
  6: AddressSet.ofRanges([{ family: 6, first: 1n, last: 1n }]),
};

function withThisMachine(plan: ScanPlan): ScanPlan {
  const { family, targets } = plan;
  return targets.touches(MEANS_NONE[family]) ? { ...plan, targets: targets.union(LOOPBACK[family]) } : plan;
}

class AskedWords {
  readonly #targets: AddressSet;
  readonly #ports: PortSet;
  #targetWords: string | undefined;
  #portWords: string | undefined;

  constructor(targets: AddressSet, ports: PortSet) {
    this.#targets = targets;
    this.#ports = ports;
  }

  get targets(): string {
    return (this.#targetWords ??= addressWords(this.#targets));
  }

  get ports(): string {
    return (this.#portWords ??= portWords(this.#ports));
  }
}
