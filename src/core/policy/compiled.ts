// The compiled form of a policy: JSON that becomes a policy again in a fraction of what reading YAML costs. It is a
// cache of this program for itself: whoever keeps it makes sure that it is whole and belongs to the same sources.
import { AddressSet } from "../sets/address-set.ts";
import { PortSet, PROTOCOLS } from "../sets/port-set.ts";
import type { NumberRange, Protocol } from "../sets/port-set.ts";
import type { AskTerms, Contact, May, Policy, Rule, ScriptList, Scope, Who, Written } from "./policy.ts";
import type { Feature, Technique } from "../plan/scan-plan.ts";

/** Changes with the meaning of the compiled form or of anything that is worked out before it is written. */
export const compiledFormat = 1;

/** IPv4 as flat runs, or above a few of them as base64 of little-endian words; IPv6 as hexadecimal first and last. */
type CompiledAddresses = readonly [v4: readonly number[] | string, v6?: readonly (readonly [string, string])[]];
type CompiledPorts = Partial<Record<Protocol, readonly NumberRange[]>>;
/** Index into the table of sets, then the words of the policy. */
type CompiledSet = readonly [index: number, written: readonly string[]];

interface CompiledWho extends Pick<Who, "written"> {
  readonly everyone?: true;
  readonly logins?: readonly string[];
  readonly services?: readonly string[];
  readonly groups?: readonly string[];
}

type CompiledMay =
  | { readonly kind: "ordinary" | "anything" }
  | {
      readonly kind: "list";
      readonly techniques: readonly Technique[];
      readonly features: readonly Feature[];
      readonly scripts: ScriptList;
    };

interface CompiledScope {
  readonly requesters?: CompiledWho;
  readonly targets?: CompiledSet;
  readonly ports?: CompiledSet;
  readonly may?: CompiledMay;
}

type CompiledAsk = Omit<AskTerms, "votes"> & { readonly votes: readonly (readonly [string, number])[] };

/** Every rule with its scope and its `ask` and `unless` in compiled form, all else as it is. */
type CompiledRule = Rule extends infer R
  ? R extends Rule
    ? Omit<R, keyof Scope | "unless" | "ask"> &
        CompiledScope & { readonly unless?: CompiledScope } & (R extends { ask: AskTerms }
          ? { readonly ask: CompiledAsk }
          : unknown)
    : never
  : never;

interface Compiled extends Pick<Policy, "digest" | "origin" | "files" | "timezone" | "contact"> {
  readonly format: number;
  readonly addressSets: readonly CompiledAddresses[];
  readonly portSets: readonly CompiledPorts[];
  readonly people: readonly (readonly [string, CompiledWho])[];
  readonly contacts: readonly (readonly [string, Contact])[];
  readonly networks: readonly (readonly [string, number])[];
  readonly approvers: readonly (readonly [
    string,
    Policy["approvers"] extends ReadonlyMap<string, infer A> ? A : never,
  ])[];
  readonly rules: readonly CompiledRule[];
}

/** A policy as JSON text without line ends. */
export function compilePolicy(policy: Policy): string {
  const addresses = new Table<AddressSet, CompiledAddresses>(compileAddresses);
  const ports = new Table<PortSet, CompiledPorts>(compilePorts);
  const scopeOf = ({ requesters, targets, ports: portList, may }: Scope): CompiledScope => ({
    ...(requesters === undefined ? {} : { requesters: compileWho(requesters) }),
    ...(targets === undefined ? {} : { targets: [addresses.indexOf(targets.set), targets.written] }),
    ...(portList === undefined ? {} : { ports: [ports.indexOf(portList.set), portList.written] }),
    ...(may === undefined ? {} : { may: compileMay(may) }),
  });
  const ruleOf = (rule: Rule): CompiledRule => {
    if (rule.effect === "allow" || rule.effect === "confirm") return { ...rule, ...scopeOf(rule) } as CompiledRule;
    const { unless, ...rest } = rule;
    const exception = unless === undefined ? {} : { unless: scopeOf(unless) };
    if (rest.effect === "deny") return { ...rest, ...scopeOf(rest), ...exception } as CompiledRule;
    return {
      ...rest,
      ...scopeOf(rest),
      ...exception,
      ask: { ...rest.ask, votes: [...rest.ask.votes] },
    } as CompiledRule;
  };
  const networks = [...policy.networks].map(([name, set]) => [name, addresses.indexOf(set)] as const);
  const rules = policy.rules.map(ruleOf);
  const compiled: Compiled = {
    format: compiledFormat,
    digest: policy.digest,
    origin: policy.origin,
    files: policy.files,
    timezone: policy.timezone,
    ...(policy.contact === undefined ? {} : { contact: policy.contact }),
    people: [...policy.people].map(([name, who]) => [name, compileWho(who)]),
    contacts: [...policy.contacts],
    networks,
    approvers: [...policy.approvers],
    rules,
    addressSets: addresses.entries,
    portSets: ports.entries,
  };
  return JSON.stringify(compiled);
}

/**
 * The policy that was compiled; undefined for another format.
 * @throws whatever happens to text that `compilePolicy` did not write: the caller has checked that it did.
 */
export function loadCompiled(text: string): Policy | undefined {
  const compiled = JSON.parse(text) as Compiled;
  if (compiled.format !== compiledFormat) return undefined;
  const addresses = compiled.addressSets.map(loadAddresses);
  const ports = compiled.portSets.map((parts) => PortSet.of(parts));
  const scopeOf = (scope: CompiledScope): Scope => ({
    ...(scope.requesters === undefined ? {} : { requesters: loadWho(scope.requesters) }),
    ...(scope.targets === undefined ? {} : { targets: written(addresses, scope.targets) }),
    ...(scope.ports === undefined ? {} : { ports: written(ports, scope.ports) }),
    ...(scope.may === undefined ? {} : { may: loadMay(scope.may) }),
  });
  const ruleOf = (rule: CompiledRule): Rule => {
    const { unless, ...rest } = rule;
    const exception = unless === undefined ? {} : { unless: scopeOf(unless) };
    const loaded = { ...rest, ...scopeOf(rest), ...exception };
    return ("ask" in loaded ? { ...loaded, ask: { ...loaded.ask, votes: new Map(loaded.ask.votes) } } : loaded) as Rule;
  };
  return {
    digest: compiled.digest,
    origin: compiled.origin,
    files: compiled.files,
    timezone: compiled.timezone,
    ...(compiled.contact === undefined ? {} : { contact: compiled.contact }),
    people: new Map(compiled.people.map(([name, who]) => [name, loadWho(who)])),
    contacts: new Map(compiled.contacts),
    networks: new Map(compiled.networks.map(([name, index]) => [name, entry(addresses, index)])),
    approvers: new Map(compiled.approvers),
    rules: compiled.rules.map(ruleOf),
  };
}

/** Sets by identity: rules that name the same network share one entry, and share it again after loading. */
class Table<S extends object, C> {
  readonly entries: C[] = [];
  readonly #indexes = new Map<S, number>();
  readonly #compile: (set: S) => C;

  constructor(compile: (set: S) => C) {
    this.#compile = compile;
  }

  indexOf(set: S): number {
    const known = this.#indexes.get(set);
    if (known !== undefined) return known;
    const index = this.entries.push(this.#compile(set)) - 1;
    this.#indexes.set(set, index);
    return index;
  }
}

function entry<S>(table: readonly S[], index: number): S {
  const set = table[index];
  if (set === undefined) throw new Error(`a compiled policy has no set ${index}`);
  return set;
}

function written<S>(table: readonly S[], [index, words]: CompiledSet): Written<S> {
  return { set: entry(table, index), written: words };
}

const mostPlainWords = 64;

function compileAddresses(set: AddressSet): CompiledAddresses {
  const words = set.ipv4Runs();
  const v4 = words.length <= mostPlainWords ? [...words] : toBase64(words);
  const v6: [string, string][] = [];
  for (const { family, first, last } of set.ranges()) {
    if (family === 6) v6.push([`0x${first.toString(16)}`, `0x${last.toString(16)}`]);
  }
  return v6.length === 0 ? [v4] : [v4, v6];
}

function loadAddresses([v4, v6 = []]: CompiledAddresses): AddressSet {
  const ipv4 = AddressSet.ofIpv4Runs(typeof v4 === "string" ? fromBase64(v4) : Uint32Array.from(v4));
  if (v6.length === 0) return ipv4;
  return ipv4.union(
    AddressSet.ofRanges(v6.map(([first, last]) => ({ family: 6, first: BigInt(first), last: BigInt(last) }))),
  );
}

function toBase64(words: Uint32Array): string {
  const bytes = Buffer.alloc(words.length * 4);
  for (const [index, word] of words.entries()) bytes.writeUInt32LE(word, index * 4);
  return bytes.toString("base64");
}

function fromBase64(text: string): Uint32Array {
  const bytes = Buffer.from(text, "base64");
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  return Uint32Array.from({ length: bytes.byteLength / 4 }, (_, index) => view.getUint32(index * 4, true));
}

function compilePorts(set: PortSet): CompiledPorts {
  return Object.fromEntries(
    PROTOCOLS.filter((protocol) => set.size(protocol) > 0).map((protocol) => [protocol, set.ranges(protocol)]),
  );
}

function compileWho(who: Who): CompiledWho {
  const list = (key: "logins" | "services" | "groups") => (who[key].size === 0 ? {} : { [key]: [...who[key]] });
  return {
    written: who.written,
    ...(who.everyone ? { everyone: true as const } : {}),
    ...list("logins"),
    ...list("services"),
    ...list("groups"),
  };
}

function loadWho(who: CompiledWho): Who {
  return {
    everyone: who.everyone ?? false,
    logins: new Set(who.logins),
    services: new Set(who.services),
    groups: new Set(who.groups),
    written: who.written,
  };
}

function compileMay(may: May): CompiledMay {
  return may.kind === "list" ? { ...may, techniques: [...may.techniques], features: [...may.features] } : may;
}

function loadMay(may: CompiledMay): May {
  return may.kind === "list"
    ? { ...may, techniques: new Set(may.techniques), features: new Set(may.features) }
    : { kind: may.kind };
}
