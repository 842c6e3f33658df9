// The algebra of IPv6 sets: sorted, merged runs of 128-bit numbers. Policies and command lines have few of them, so
// plain arrays of bigint pairs do.

/** Sorted, with a gap between any two. */
export type Ipv6Runs = readonly (readonly [first: bigint, last: bigint])[];

export function normaliseIpv6(pairs: Iterable<readonly [bigint, bigint]>): Ipv6Runs {
  const sorted = [...pairs].sort((left, right) => (left[0] < right[0] ? -1 : left[0] > right[0] ? 1 : 0));
  const merged: [bigint, bigint][] = [];
  for (const [first, last] of sorted) {
    const previous = merged.at(-1);
    if (previous !== undefined && first <= previous[1] + 1n) {
      if (last > previous[1]) previous[1] = last;
    } else {
      merged.push([first, last]);
    }
  }
  return merged;
}

export function intersectIpv6(left: Ipv6Runs, right: Ipv6Runs): Ipv6Runs {
  const shared: [bigint, bigint][] = [];
  let at = 0;
  let other = 0;
  for (;;) {
    const a = left[at];
    const b = right[other];
    if (a === undefined || b === undefined) return shared;
    const first = a[0] > b[0] ? a[0] : b[0];
    const last = a[1] < b[1] ? a[1] : b[1];
    if (first <= last) shared.push([first, last]);
    if (a[1] < b[1]) at++;
    else other++;
  }
}

export function subtractIpv6(left: Ipv6Runs, right: Ipv6Runs): Ipv6Runs {
  const rest: [bigint, bigint][] = [];
  let other = 0;
  for (const [first, last] of left) {
    let from = first;
    for (; from <= last; other++) {
      const hole = right[other];
      if (hole === undefined || hole[0] > last) break;
      if (hole[1] < from) continue;
      if (hole[0] > from) rest.push([from, hole[0] - 1n]);
      from = hole[1] + 1n;
      // The hole may reach into the next run too.
      if (hole[1] > last) break;
    }
    if (from <= last) rest.push([from, last]);
  }
  return rest;
}

export function sizeOfIpv6(runs: Ipv6Runs): bigint {
  let size = 0n;
  for (const [first, last] of runs) size += last - first + 1n;
  return size;
}
