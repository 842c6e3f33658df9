// What a script's text says about whom it speaks to. The same for nmap's scripts and for the requester's own.

export interface ScriptReach {
  /** It may act before any target is known. */
  readonly beforeTargets: boolean;
  /** It may add targets by itself. */
  readonly addsTargets: boolean;
}

/** Every mention counts: what a script really does is known only when it has run. */
export function reachOf(text: string): ScriptReach {
  return {
    // A script has such a rule by assigning to the name, at the top level, in whatever way.
    beforeTargets: /\bprerule\b/.test(text.replace(/--.*$/gm, "")),
    addsTargets: /\bnmap\s*\.\s*add_targets\b/.test(text),
  };
}
