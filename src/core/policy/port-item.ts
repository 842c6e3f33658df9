// A policy's way of naming ports: `22` and `80-90` mean every protocol, `tcp/22` and `udp/53,161` one.
import { highestOf, PortSet, PROTOCOLS } from "../sets/port-set.ts";
import type { NumberRange, Protocol } from "../sets/port-set.ts";

/** Undefined for what is no port, no range, no list, or a number that the protocol does not have. */
export function parsePortItem(item: string | number): PortSet | undefined {
  const [, named, list = ""] = /^(?:(tcp|udp|sctp|protocol)\/)?(.*)$/s.exec(String(item)) ?? [];
  const ranges = PortSet.parseList(list);
  if (ranges === undefined) return undefined;
  if (named !== undefined) {
    const protocol = named as Protocol;
    if (ranges.some(([, last]) => last > highestOf(protocol))) return undefined;
    return PortSet.of({ [protocol]: ranges });
  }
  return PortSet.of(Object.fromEntries(PROTOCOLS.map((protocol) => [protocol, within(ranges, highestOf(protocol))])));
}

/** IP protocol numbers end at 255: of `80-1000` they have 80-255. */
function within(ranges: readonly NumberRange[], highest: number): readonly NumberRange[] {
  return ranges.filter(([first]) => first <= highest).map(([first, last]) => [first, Math.min(last, highest)] as const);
}
