// How often somebody may come: a bucket of tokens per address or account that fills with time. Separate because it is
// arithmetic on a clock, without HTTP.

export interface Rate {
  /** At most so many at once. */
  readonly burst: number;
  /** So many more each second. */
  readonly perSecond: number;
}

interface Bucket {
  tokens: number;
  at: number;
}

/** More names than anybody has: the oldest are forgotten first, which gives them a full bucket again. */
const mostNames = 10_000;

export class RateLimit {
  readonly #rate: Rate;
  readonly #buckets = new Map<string, Bucket>();

  constructor(rate: Rate) {
    this.#rate = rate;
  }

  /** Takes a token. @returns 0, or after how many seconds to come again. `now`: milliseconds. */
  take(name: string, now: number): number {
    const { burst, perSecond } = this.#rate;
    const known = this.#buckets.get(name);
    const bucket = known ?? { tokens: burst, at: now };
    // A clock that was set back gives nothing and takes nothing.
    bucket.tokens = Math.min(burst, bucket.tokens + (Math.max(0, now - bucket.at) / 1000) * perSecond);
    bucket.at = now;
    this.#buckets.delete(name);
    this.#buckets.set(name, bucket);
    if (this.#buckets.size > mostNames) this.#buckets.delete(this.#buckets.keys().next().value ?? "");
    if (bucket.tokens < 1) return Math.max(1, Math.ceil((1 - bucket.tokens) / perSecond));
    bucket.tokens -= 1;
    return 0;
  }
}

/** An address as it is counted: of IPv6 the network, of which one household has a whole one. */
export function countedAddress(address: string): string {
  const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(address)?.[1];
  if (mapped !== undefined) return mapped;
  if (!address.includes(":")) return address;
  const [head = "", tail] = address.split("::");
  const groups = head === "" ? [] : head.split(":");
  const rest = tail === undefined || tail === "" ? [] : tail.split(":");
  const zeros =
    tail === undefined ? [] : Array.from({ length: Math.max(0, 8 - groups.length - rest.length) }, () => "0");
  return `${[...groups, ...zeros, ...rest].slice(0, 4).join(":")}::/64`;
}
