// What nft shows as JSON, read: names of what a table holds, and who has a way out. The kernel wrote it, so what does not
// fit the form is a defect, not a lie; it is still read as if it were one.

/** One thing that a table holds. */
export interface TableEntry {
  readonly kind: "chain" | "set" | "counter" | "quota";
  readonly family: string;
  readonly name: string;
}

/** The objects of one or several answers, one a line. */
export function nftObjects(json: string): readonly unknown[] {
  return json
    .split(/\n(?=\{"nftables")/)
    .flatMap((text) => (text.trim() === "" ? [] : [field(JSON.parse(text) as unknown, "nftables")]))
    .flatMap((objects) => (Array.isArray(objects) ? (objects as readonly unknown[]) : []));
}

export function field(value: unknown, name: string): unknown {
  return typeof value === "object" && value !== null ? (value as Record<string, unknown>)[name] : undefined;
}

/** Chains, sets, counters and quotas of our tables in what `nft -j list table` shows of them. */
export function readEntries(json: string, table: string): readonly TableEntry[] {
  return nftObjects(json).flatMap((entry) =>
    (["chain", "set", "counter", "quota"] as const).flatMap((kind): readonly TableEntry[] => {
      const object = field(entry, kind);
      const [name, family] = [field(object, "name"), field(object, "family")];
      const isOurs = field(object, "table") === table && typeof name === "string" && typeof family === "string";
      return isOurs ? [{ kind, family, name }] : [];
    }),
  );
}

/** Names of chains, sets, counters or quotas of one table in what `nft -j list` shows of them. */
export function readNames(json: string, kind: TableEntry["kind"], family: string, table: string): readonly string[] {
  return readEntries(json, table).flatMap((entry) =>
    entry.kind === kind && entry.family === family ? [entry.name] : [],
  );
}

/** Which accounts may leave, and by which chain, in what `nft -j list map` shows. */
export function readWays(json: string): readonly { readonly uid: number; readonly chain: string }[] {
  return nftObjects(json).flatMap((entry) => {
    const elements = field(field(entry, "map"), "elem");
    return (Array.isArray(elements) ? (elements as readonly unknown[]) : []).flatMap((pair) => {
      const [key, verdict] = Array.isArray(pair) ? (pair as readonly unknown[]) : [];
      const uid = field(field(key, "elem"), "val") ?? key;
      const chain = field(field(verdict, "jump"), "target");
      return typeof uid === "number" ? [{ uid, chain: typeof chain === "string" ? chain : "" }] : [];
    });
  });
}
