// Sets of ports, immutable: one set of numbers per protocol. tcp/53 and udp/53 are different things to scan, so there
// is no port without its protocol.

/** `protocol` stands for IP protocol numbers (0..255), as an IP protocol scan counts them; the others are ports (0..65535). */
export type Protocol = "tcp" | "udp" | "sctp" | "protocol";

/** In the order in which nmap and this program list them. */
export const PROTOCOLS: readonly Protocol[] = ["tcp", "udp", "sctp", "protocol"];

export type NumberRange = readonly [first: number, last: number];
type Runs = readonly NumberRange[];

/** The highest number there is. */
export function highestOf(protocol: Protocol): number {
  return protocol === "protocol" ? 255 : 65_535;
}

export class PortSet {
  static readonly empty = new PortSet(new Map());

  /** Protocols without a number are absent. */
  readonly #runs: ReadonlyMap<Protocol, Runs>;

  private constructor(runs: ReadonlyMap<Protocol, Runs>) {
    this.#runs = runs;
  }

  /** Ranges in any order, overlaps merged, both ends included. @throws RangeError for a number that the protocol does not have, or a range turned round. */
  static of(parts: Partial<Record<Protocol, Iterable<NumberRange>>>): PortSet {
    return PortSet.#combine((protocol) => {
      const ranges = [...(parts[protocol] ?? [])];
      for (const [first, last] of ranges) {
        if (!(
          Number.isInteger(first) &&
          Number.isInteger(last) &&
          0 <= first &&
          first <= last &&
          last <= highestOf(protocol)
        )) {
          throw new RangeError(`no range of ${protocol} numbers: ${first}-${last}`);
        }
      }
      return merged(ranges);
    });
  }

  static #combine(runsOf: (protocol: Protocol) => Runs): PortSet {
    const runs = new Map<Protocol, Runs>();
    for (const protocol of PROTOCOLS) {
      const own = runsOf(protocol);
      if (own.length > 0) runs.set(protocol, own);
    }
    return new PortSet(runs);
  }

  union(other: PortSet): PortSet {
    return PortSet.#combine((protocol) => merged([...this.ranges(protocol), ...other.ranges(protocol)]));
  }

  /** What is in this set and not in the other. */
  subtract(other: PortSet): PortSet {
    return PortSet.#combine((protocol) => difference(this.ranges(protocol), other.ranges(protocol)));
  }

  intersect(other: PortSet): PortSet {
    return PortSet.#combine((protocol) => intersection(this.ranges(protocol), other.ranges(protocol)));
  }

  /** Whether the other set lies wholly in this one; the empty set lies in every set. */
  includes(other: PortSet): boolean {
    if (other === this) return true;
    for (const [protocol, runs] of other.#runs) {
      const own = this.#runs.get(protocol);
      if (own === undefined || !holds(own, runs)) return false;
    }
    return true;
  }

  /** Whether they share at least one port of the same protocol. */
  touches(other: PortSet): boolean {
    for (const [protocol, runs] of this.#runs) {
      const others = other.#runs.get(protocol);
      if (others !== undefined && meet(runs, others)) return true;
    }
    return false;
  }

  equals(other: PortSet): boolean {
    return PROTOCOLS.every((protocol) => this.toText(protocol) === other.toText(protocol));
  }

  get isEmpty(): boolean {
    return this.#runs.size === 0;
  }

  /** How many ports, of one protocol or of all. */
  size(protocol?: Protocol): number {
    const protocols = protocol === undefined ? PROTOCOLS : [protocol];
    let size = 0;
    for (const each of protocols) for (const [first, last] of this.ranges(each)) size += last - first + 1;
    return size;
  }

  /** Merged, ascending. */
  ranges(protocol: Protocol): readonly NumberRange[] {
    return this.#runs.get(protocol) ?? [];
  }

  /** `22,80-90`, the form of nmap's scaninfo; the empty string when the protocol has none. */
  toText(protocol: Protocol): string {
    return this.ranges(protocol)
      .map(([first, last]) => (first === last ? `${first}` : `${first}-${last}`))
      .join(",");
  }

  /**
   * Reads `22,80-90`: decimal without leading zeros, 0..65535, any order, no white space, nothing open-ended.
   * Undefined for everything else, the empty string included: nothing said is not the empty set.
   */
  static parseList(text: string): readonly NumberRange[] | undefined {
    const ranges: NumberRange[] = [];
    for (const item of text.split(",")) {
      const found = /^(0|[1-9][0-9]{0,4})(?:-(0|[1-9][0-9]{0,4}))?$/.exec(item);
      if (found === null) return undefined;
      const first = Number(found[1]);
      const last = found[2] === undefined ? first : Number(found[2]);
      if (first > last || last > 65_535) return undefined;
      ranges.push([first, last]);
    }
    return ranges;
  }
}

function merged(ranges: readonly NumberRange[]): Runs {
  const sorted = [...ranges].sort((left, right) => left[0] - right[0]);
  const runs: [number, number][] = [];
  for (const [first, last] of sorted) {
    const previous = runs.at(-1);
    if (previous !== undefined && first <= previous[1] + 1) previous[1] = Math.max(previous[1], last);
    else runs.push([first, last]);
  }
  return runs;
}

/** Whether two sorted lists share a number; nothing is built to find out. */
function meet(left: Runs, right: Runs): boolean {
  let at = 0;
  let other = 0;
  for (;;) {
    const a = left[at];
    const b = right[other];
    if (a === undefined || b === undefined) return false;
    if (a[1] < b[0]) at++;
    else if (b[1] < a[0]) other++;
    else return true;
  }
}

/** Whether every number of `inner` is in `outer`: both are merged, so each run lies in one run. */
function holds(outer: Runs, inner: Runs): boolean {
  let at = 0;
  for (const [first, last] of inner) {
    let run = outer[at];
    while (run !== undefined && run[1] < first) run = outer[++at];
    if (run === undefined || run[0] > first || run[1] < last) return false;
  }
  return true;
}

function intersection(left: Runs, right: Runs): Runs {
  const shared: NumberRange[] = [];
  let at = 0;
  let other = 0;
  for (;;) {
    const a = left[at];
    const b = right[other];
    if (a === undefined || b === undefined) return shared;
    const first = Math.max(a[0], b[0]);
    const last = Math.min(a[1], b[1]);
    if (first <= last) shared.push([first, last]);
    if (a[1] < b[1]) at++;
    else other++;
  }
}

function difference(left: Runs, right: Runs): Runs {
  const holes: NumberRange[] = [];
  let from = 0;
  for (const [first, last] of right) {
    if (first > from) holes.push([from, first - 1]);
    from = last + 1;
  }
  return intersection(left, [...holes, [from, Number.MAX_SAFE_INTEGER]]);
}
