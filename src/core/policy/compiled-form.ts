// How a compiled policy is laid out: what compile.ts writes and compiled.ts takes apart again.
import type { CompiledMay, CompiledPorts, CompiledWho } from "./compiled-parts.ts";
import type { Contact, Policy, Rule } from "./policy.ts";
import type { Window, Zone } from "./windows.ts";

/** Changes with the meaning of the compiled form or of anything that is worked out before it is written. */
export const compiledFormat = 4;

/** Index into the table of address sets, then the words of the policy. */
export type CompiledSet = readonly [index: number, written: readonly string[]];

/** Numbers are places in the tables of people, ports and times. */
export interface CompiledScope {
  readonly requesters?: number;
  readonly targets?: CompiledSet;
  readonly ports?: number;
  readonly may?: CompiledMay;
  readonly during?: number;
}

export type CompiledWrittenPorts = readonly [CompiledPorts, readonly string[]];

/** A rule as JSON: its own keys as they are, but for those that hold sets or maps. */
export interface CompiledRule extends CompiledScope {
  readonly effect: Rule["effect"];
  readonly unless?: CompiledScope;
  readonly egress?: CompiledSet;
  readonly ask?: { readonly votes: readonly (readonly [string, number])[] };
}

export interface Head extends Pick<
  Policy,
  "digest" | "origin" | "files" | "timezone" | "contact" | "limitUses" | "checkpoints"
> {
  readonly format: number;
  readonly zone?: Zone;
  readonly people: readonly (readonly [string, CompiledWho])[];
  readonly contacts: readonly (readonly [string, Contact])[];
  readonly networks: readonly (readonly [string, number])[];
  readonly windows: readonly (readonly [string, Window])[];
  readonly profiles: readonly (readonly [string, readonly string[]])[];
  readonly readers?: CompiledWho;
  readonly delegates: readonly (readonly [string, { readonly to: string; readonly until: string }])[];
  readonly approvers: readonly (readonly [
    string,
    Policy["approvers"] extends ReadonlyMap<string, infer A> ? A : never,
  ])[];
  /** IPv6 runs by the index of their set, as hexadecimal. */
  readonly ipv6: Readonly<Record<string, readonly (readonly [string, string])[]>>;
}

// Numbers are this machine's: another one's bytes would be other networks.
export const littleEndian = new Uint8Array(Uint32Array.of(1).buffer)[0] === 1;
export const compiledMagic = 0x6a6e_7034;
/**
 * Words before the sections: magic, rules, sets, words of runs, entries of the three tables of texts after the rules
 * (people, ports, times), blocks, bytes of the texts, bytes of the head.
 */
export const prefixWords = 10;

/** Words of a block of runs: a set with more is fetched block by block. Even, as a run is two words. */
export const blockWords = 8192;

/** How many blocks a set of so many words is fetched in; none where it is fetched whole. */
export const blocksOf = (words: number): number => (words <= blockWords ? 0 : Math.ceil(words / blockWords));

/** Sections begin at a multiple of four. */
export const padded = (bytes: number): number => (bytes + 3) & ~3;

/** The bytes of a compiled policy, wherever they are kept. */
export interface CompiledBytes {
  readonly length: number;
  /**
   * So many bytes from there on, which never change; in their buffer they begin at a multiple of four.
   * @throws when they can't be read.
   */
  read(at: number, length: number): Uint8Array;
}
