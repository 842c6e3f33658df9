// The standing tables in the kernel, as text for nft: they let no session account out at all, whatever becomes of this
// program. What one session adds to them is egress-rules.ts.
import type { UidRange } from "./session-uids.ts";

export const TABLE = "jit_nmap";
/** Output sees packets before the kernel asks for a neighbour's address; egress sees the frames that output does not. */
export const FAMILIES = ["inet", "netdev"] as const;
export type TableFamily = (typeof FAMILIES)[number];

/**
 * The standing tables. A second load fails as a whole (`create`), so that no rule ever stands there twice.
 *
 * Every packet of a uid in the range goes to `eph`, where the map `disp` knows the sessions that live; for all others,
 * those that ended, expired or never began, there is nothing but the drop.
 */
export function baseRules(uids: UidRange): string {
  const { first, count } = uids;
  const table = (family: TableFamily, hooks: string): string => `create table ${family} ${TABLE}
table ${family} ${TABLE} {
  comment "jit-nmap: sessions reach what their plans say"
  map disp {
    type uid : verdict
    flags timeout
  }
  chain eph {
    meta skuid vmap @disp
    counter drop
  }
${hooks}}
`;
  const output = `  chain out {
    type filter hook output priority -310; policy accept
    meta skuid ${first}-${first + count - 1} jump eph
  }
`;
  return table("inet", output) + table("netdev", `  chain ${markOf(uids)} {\n  }\n`);
}

/** The name of an empty chain that says which accounts the standing rules are for: those of others they do not hold. */
export const markOf = ({ first, count }: UidRange): string => `of_${first}_${count}`;

/** In place of standing tables that are for other accounts. */
export const removeTables = FAMILIES.map((family) => `delete table ${family} ${TABLE}\n`).join("");

/** The name of a device's chain: device names may hold what names of chains may not. */
export const chainOf = (device: string): string => `egr_${Buffer.from(device, "latin1").toString("hex")}`;

/** @returns  undefined for a name that is no chain of a device. */
export function deviceOf(chain: string): string | undefined {
  const hex = /^egr_((?:[0-9a-f]{2})+)$/.exec(chain)?.[1];
  return hex === undefined ? undefined : Buffer.from(hex, "hex").toString("latin1");
}

/** Brings devices under the standing rules; fails as a whole where one is under them already. */
export function deviceRules(devices: readonly string[], { first, count }: UidRange): string {
  return devices
    .map((device) => {
      // The kernel allows more in a name than can be quoted here.
      if (!/^[A-Za-z0-9_.@+-]{1,15}$/.test(device)) throw new Error(`a network device of an odd name: ${device}`);
      const chain = `netdev ${TABLE} ${chainOf(device)}`;
      return (
        `create chain ${chain} { type filter hook egress device "${device}" priority -310; policy accept; }\n` +
        `add rule ${chain} meta skuid ${first}-${first + count - 1} jump eph\n`
      );
    })
    .join("");
}
