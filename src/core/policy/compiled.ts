// The compiled form of a policy: bytes that are a policy again without being read through. Networks are slices of the
// bytes themselves, and a rule is decoded when a plan touches its targets. It is a cache of this program for itself:
// whoever keeps it makes sure that it is whole and belongs to the same sources.
import type { AddressSet } from "../sets/address-set.ts";
import { AddressSet as Addresses } from "../sets/address-set.ts";
import type { PortSet } from "../sets/port-set.ts";
import {
  compileDuring,
  compileMay,
  compilePorts,
  compileWho,
  loadDuring,
  loadMay,
  loadPorts,
  loadWho,
} from "./compiled-parts.ts";
import type { CompiledDuring, CompiledMay, CompiledPorts, CompiledWho } from "./compiled-parts.ts";
import { limitUsesOf } from "./limits.ts";
import type { Contact, Policy, Rule, Scope, Written } from "./policy.ts";
import { boundsOf, TargetIndex } from "./rule-index.ts";
import type { RuleIndex } from "./rule-index.ts";
import type { Window, Zone } from "./windows.ts";

/** Changes with the meaning of the compiled form or of anything that is worked out before it is written. */
export const compiledFormat = 2;

/** Index into the table of address sets, then the words of the policy. */
type CompiledSet = readonly [index: number, written: readonly string[]];

interface CompiledScope {
  readonly requesters?: CompiledWho;
  readonly targets?: CompiledSet;
  readonly ports?: readonly [CompiledPorts, readonly string[]];
  readonly may?: CompiledMay;
  readonly during?: CompiledDuring;
}

/** A rule as JSON: its own keys as they are, but for those that hold sets or maps. */
interface CompiledRule extends CompiledScope {
  readonly effect: Rule["effect"];
  readonly unless?: CompiledScope;
  readonly egress?: CompiledSet;
  readonly ask?: { readonly votes: readonly (readonly [string, number])[] };
}

interface Head extends Pick<
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
const littleEndian = new Uint8Array(Uint32Array.of(1).buffer)[0] === 1;
const magic = 0x6a6e_7032;
/** Words before the sections: magic, rules, sets, words of runs, bytes of rules, bytes of the head. */
const prefixWords = 6;

/** A policy as bytes; they begin at a multiple of four where they are loaded again. */
export function compilePolicy(policy: Policy): Uint8Array {
  const sets: AddressSet[] = [];
  const indexes = new Map<AddressSet, number>();
  const indexOf = (set: AddressSet): number => {
    const known = indexes.get(set);
    if (known !== undefined) return known;
    indexes.set(set, sets.length);
    return sets.push(set) - 1;
  };
  const writtenSet = ({ set, written }: Written<AddressSet>): CompiledSet => [indexOf(set), written];
  const scopeOf = ({ requesters, targets, ports, may, during }: Scope): CompiledScope => ({
    ...(requesters === undefined ? {} : { requesters: compileWho(requesters) }),
    ...(targets === undefined ? {} : { targets: writtenSet(targets) }),
    ...(ports === undefined ? {} : { ports: [compilePorts(ports.set), ports.written] }),
    ...(may === undefined ? {} : { may: compileMay(may) }),
    ...(during === undefined ? {} : { during: compileDuring(during) }),
  });
  const texts = policy.rules.map((rule) => {
    const compiled: CompiledRule = {
      ...rule,
      ...scopeOf(rule),
      ...("unless" in rule ? { unless: scopeOf(rule.unless) } : {}),
      ...("egress" in rule ? { egress: writtenSet(rule.egress) } : {}),
      ...("ask" in rule ? { ask: { ...rule.ask, votes: [...rule.ask.votes] } } : {}),
    } as CompiledRule;
    return Buffer.from(JSON.stringify(compiled), "utf8");
  });
  const setOf = Int32Array.from(policy.rules, ({ targets }) => (targets === undefined ? -1 : indexOf(targets.set)));
  const networks = [...policy.networks].map(([name, set]) => [name, indexOf(set)] as const);
  const zone = policy.rules.find(({ during }) => during !== undefined)?.during?.zone ?? zoneOfUnless(policy);
  const head: Head = {
    format: compiledFormat,
    digest: policy.digest,
    origin: policy.origin,
    files: policy.files,
    timezone: policy.timezone,
    ...(policy.contact === undefined ? {} : { contact: policy.contact }),
    ...(zone === undefined ? {} : { zone }),
    limitUses: policy.limitUses ?? limitUsesOf(policy.rules),
    people: [...policy.people].map(([name, who]) => [name, compileWho(who)]),
    contacts: [...policy.contacts],
    networks,
    windows: [...policy.windows],
    profiles: [...policy.profiles],
    ...(policy.readers === undefined ? {} : { readers: compileWho(policy.readers) }),
    delegates: [...policy.delegates],
    checkpoints: policy.checkpoints,
    approvers: [...policy.approvers],
    ipv6: Object.fromEntries(
      sets.flatMap((set, index) => (set.hasIpv6 ? [[String(index), ipv6Of(set)] as const] : [])),
    ),
  };
  return join(sets, setOf, texts, Buffer.from(JSON.stringify(head), "utf8"));
}

function zoneOfUnless({ rules }: Policy): Zone | undefined {
  for (const rule of rules) if ("unless" in rule && rule.unless.during !== undefined) return rule.unless.during.zone;
  return undefined;
}

const ipv6Of = (set: AddressSet): readonly (readonly [string, string])[] =>
  [...set.ranges()].flatMap(({ family, first, last }) =>
    family === 6 ? [[`0x${first.toString(16)}`, `0x${last.toString(16)}`] as const] : [],
  );

function join(
  sets: readonly AddressSet[],
  setOf: Int32Array,
  texts: readonly Uint8Array[],
  head: Uint8Array,
): Uint8Array {
  const runs = sets.map((set) => set.ipv4Runs());
  const starts = startsOf(runs);
  const textStarts = startsOf(texts);
  const { bounds, hasIpv6 } = boundsOf(sets);
  const runWords = starts.at(-1) ?? 0;
  const textBytes = textStarts.at(-1) ?? 0;
  const words = [
    Uint32Array.of(magic, setOf.length, sets.length, runWords, textBytes, head.length),
    setOf,
    starts,
    bounds,
    textStarts,
    ...runs,
  ];
  const bytes = [...words.map(({ buffer, byteOffset, byteLength }) => new Uint8Array(buffer, byteOffset, byteLength))];
  return Buffer.concat([...bytes, hasIpv6, ...texts, head]);
}

/** Where each part begins when they follow one another, and where the last one ends. */
function startsOf(parts: readonly { readonly length: number }[]): Uint32Array {
  const starts = new Uint32Array(parts.length + 1);
  for (const [index, { length }] of parts.entries()) starts[index + 1] = (starts[index] ?? 0) + length;
  return starts;
}

/**
 * The policy that was compiled; undefined for another format. The bytes stay in use and must not change.
 * @throws whatever happens to bytes that `compilePolicy` did not write: the caller has checked that it did.
 */
export function loadCompiled(given: Uint8Array): Policy | undefined {
  if (!littleEndian || given.length < prefixWords * 4) return undefined;
  const bytes = given.byteOffset % 4 === 0 ? given : Uint8Array.from(given);
  let at = bytes.byteOffset;
  const words = (length: number): Uint32Array => {
    const section = new Uint32Array(bytes.buffer, at, length);
    at += length * 4;
    return section;
  };
  const [found, rules = 0, sets = 0, runWords = 0, textBytes = 0, headBytes = 0] = words(prefixWords);
  if (found !== magic) return undefined;
  const setOf = new Int32Array(bytes.buffer, at, rules);
  at += rules * 4;
  const starts = words(sets + 1);
  const bounds = words(2 * sets);
  const textStarts = words(rules + 1);
  const runs = words(runWords);
  const hasIpv6 = new Uint8Array(bytes.buffer, at, sets);
  const texts = Buffer.from(bytes.buffer, at + sets, textBytes);
  const head = JSON.parse(Buffer.from(bytes.buffer, at + sets + textBytes, headBytes).toString("utf8")) as Head;
  if (head.format !== compiledFormat) return undefined;
  const addresses = lazily(sets, (index) =>
    Addresses.ofSortedIpv4(
      runs.subarray(starts[index], starts[index + 1]),
      (head.ipv6[index] ?? []).map(([first, last]) => [BigInt(first), BigInt(last)] as const),
    ),
  );
  const decoder = new RuleDecoder(addresses, head.zone);
  const rule = lazily(rules, (index) =>
    decoder.decode(texts.toString("utf8", textStarts[index], textStarts[index + 1])),
  );
  return policyFrom(head, addresses, {
    count: rules,
    rule,
    candidates: (targets) => new TargetIndex(setOf, bounds, hasIpv6, addresses).candidates(targets),
  });
}

/** Makes a thing when it is first asked for, and once. */
function lazily<T>(count: number, make: (index: number) => T): (index: number) => T {
  const made = new Map<number, T>();
  return (index) => {
    const known = made.get(index);
    if (known !== undefined) return known;
    if (!(index >= 0 && index < count)) throw new Error(`a compiled policy has no part ${index}`);
    const value = make(index);
    made.set(index, value);
    return value;
  };
}

class RuleDecoder {
  readonly #addresses: (index: number) => AddressSet;
  readonly #zone: Zone | undefined;
  // What is the same stays one thing: sets are found to be alike by identity, and words are said once.
  readonly #ports = new Map<string, Written<PortSet>>();
  readonly #targets = new Map<string, Written<AddressSet>>();

  constructor(addresses: (index: number) => AddressSet, zone: Zone | undefined) {
    this.#addresses = addresses;
    this.#zone = zone;
  }

  decode(text: string): Rule {
    const rule = JSON.parse(text) as CompiledRule;
    const { unless, egress, ask } = rule;
    return {
      ...rule,
      ...this.#scope(rule),
      ...(unless === undefined ? {} : { unless: this.#scope(unless) }),
      ...(egress === undefined ? {} : { egress: this.#written(egress) }),
      ...(ask === undefined ? {} : { ask: { ...ask, votes: new Map(ask.votes) } }),
    } as unknown as Rule;
  }

  #scope({ requesters, targets, ports, may, during }: CompiledScope): Scope {
    return {
      ...(requesters === undefined ? {} : { requesters: loadWho(requesters) }),
      ...(targets === undefined ? {} : { targets: this.#written(targets) }),
      ...(ports === undefined
        ? {}
        : { ports: once(this.#ports, ports, () => ({ set: loadPorts(ports[0]), written: ports[1] })) }),
      ...(may === undefined ? {} : { may: loadMay(may) }),
      ...(during === undefined ? {} : { during: loadDuring(during, this.#zone) }),
    };
  }

  #written(compiled: CompiledSet): Written<AddressSet> {
    return once(this.#targets, compiled, () => ({ set: this.#addresses(compiled[0]), written: compiled[1] }));
  }
}

function once<T>(known: Map<string, T>, parts: unknown, make: () => T): T {
  const key = JSON.stringify(parts);
  const value = known.get(key) ?? make();
  known.set(key, value);
  return value;
}

/** Its large parts are made when somebody asks for them, which a decision does not. */
function policyFrom(head: Head, addresses: (index: number) => AddressSet, index: RuleIndex): Policy {
  let rules: readonly Rule[] | undefined;
  let networks: Policy["networks"] | undefined;
  const { digest, origin, files, timezone, contact, checkpoints, limitUses = [], readers } = head;
  const policy: Policy = {
    digest,
    origin,
    files,
    timezone,
    ...(contact === undefined ? {} : { contact }),
    people: new Map(head.people.map(([name, who]) => [name, loadWho(who)])),
    contacts: new Map(head.contacts),
    get networks() {
      return (networks ??= new Map(head.networks.map(([name, set]) => [name, addresses(set)])));
    },
    windows: new Map(head.windows),
    profiles: new Map(head.profiles),
    ...(readers === undefined ? {} : { readers: loadWho(readers) }),
    delegates: new Map(head.delegates),
    checkpoints,
    approvers: new Map(head.approvers),
    get rules() {
      return (rules ??= Array.from({ length: index.count }, (_, at) => index.rule(at)));
    },
    limitUses,
  };
  // Not a part of what the policy says: a copy does without it.
  return Object.defineProperty(policy, "index", { value: index });
}
