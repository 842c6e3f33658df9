// Host names to addresses, once per name: what is found here is pinned in the plan, and nmap never resolves.
import { isIPv4, isIPv6 } from "node:net";
import type { ResolvedName } from "../core/plan/facts.ts";

export interface Lookup {
  (name: string, family: 4 | 6): Promise<readonly { readonly address: string; readonly family: number }[]>;
}

/** All names at once, each asked a single time, by the machine's own resolver (hosts file included), in its order. */
export async function resolveNames(
  names: readonly string[],
  family: 4 | 6,
  lookup: Lookup = systemLookup,
): Promise<ReadonlyMap<string, ResolvedName>> {
  const entries = [...new Set(names)].map(async (name): Promise<[string, ResolvedName]> => {
    try {
      const answers = await lookup(name, family);
      const addresses = [
        ...new Set(answers.map(({ address }) => address).filter((address) => usable(address, family))),
      ];
      return [
        name,
        addresses.length > 0
          ? { addresses }
          : { addresses: [], problem: `it has no IPv${family} address that can be scanned` },
      ];
    } catch (error) {
      return [name, { addresses: [], problem: inWords(error, family) }];
    }
  });
  return new Map(await Promise.all(entries));
}

async function systemLookup(name: string, family: 4 | 6): Promise<readonly { address: string; family: number }[]> {
  const { lookup } = await import("node:dns/promises");
  return lookup(name, { all: true, family, order: "verbatim", hints: 0 });
}

/**
 * A resolver's answer is text from outside. A zone (`%eth0`) is not part of an address, and an IPv4-mapped address
 * would send IPv4 packets under an IPv6 plan.
 */
function usable(address: string, family: 4 | 6): boolean {
  if (family === 4) return isIPv4(address);
  return isIPv6(address) && !address.includes("%") && !/^::ffff:/i.test(address);
}

function inWords(error: unknown, family: 4 | 6): string {
  const code = error instanceof Error && "code" in error ? error.code : undefined;
  switch (code) {
    case "ENOTFOUND":
    case "ENODATA":
    case "EAI_NODATA":
    case "EAI_NONAME":
      return `no such name, or it has no IPv${family} address`;
    case "EAI_AGAIN":
    case "ETIMEOUT":
      return "the name server did not answer; try again";
    default:
      return `the resolver failed${typeof code === "string" ? ` (${code})` : ""}`;
  }
}
