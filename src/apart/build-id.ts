// Which build this is: two programs that were not built together never speak with each other.

declare const JIT_NMAP_BUILD: string | undefined;

/** Written in by the build, over all sources. */
export const BUILD = typeof JIT_NMAP_BUILD === "string" ? JIT_NMAP_BUILD : "source";
