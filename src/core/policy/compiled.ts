// The compiled form of a policy: bytes that are a policy again without being read through. Networks are slices of the
// bytes themselves, and a rule is decoded when it can matter for a plan. It is a cache of this program for itself:
// whoever keeps it makes sure that it is whole and belongs to the same sources.
import type { AddressSet } from "../sets/address-set.ts";
import { AddressSet as Addresses } from "../sets/address-set.ts";
import type { PortSet } from "../sets/port-set.ts";
import { compiledFormat, compiledMagic, littleEndian, prefixWords } from "./compiled-form.ts";
import type { CompiledRule, CompiledScope, CompiledSet, CompiledWrittenPorts, Head } from "./compiled-form.ts";
import { loadDuring, loadMay, loadPorts, loadWho } from "./compiled-parts.ts";
import type { CompiledDuring, CompiledWho } from "./compiled-parts.ts";
import type { During, Policy, Rule, Scope, Who, Written } from "./policy.ts";
import { ColumnIndex } from "./rule-index.ts";
import type { RuleIndex, Table } from "./rule-index.ts";

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
  const prefix = words(prefixWords);
  const [found, rules = 0, sets = 0, runWords = 0, people = 0, ports = 0, times = 0, textBytes = 0, headBytes = 0] =
    prefix;
  if (found !== compiledMagic) return undefined;
  const column = (): Int32Array => {
    const { buffer, byteOffset, length } = words(rules);
    return new Int32Array(buffer, byteOffset, length);
  };
  const columns = { targets: column(), requesters: column(), ports: column(), during: column() };
  const starts = words(sets + 1);
  const bounds = words(2 * sets);
  const textStarts = words(rules + people + ports + times + 1);
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
  const textOf = (index: number): unknown =>
    JSON.parse(texts.toString("utf8", textStarts[index], textStarts[index + 1]));
  const whos = lazily(people, (index) => loadWho(textOf(rules + index) as CompiledWho));
  const lists = lazily(ports, (index): Written<PortSet> => {
    const [set, written] = textOf(rules + people + index) as CompiledWrittenPorts;
    return { set: loadPorts(set), written };
  });
  const durings = lazily(times, (index) =>
    loadDuring(textOf(rules + people + ports + index) as CompiledDuring, head.zone),
  );
  const tables = {
    bounds,
    hasIpv6,
    targets: addresses,
    requesters: whos,
    ports: { count: ports, get: (index: number) => lists.get(index).set },
    during: durings,
  };
  const decoder = new RuleDecoder({ addresses, whos, lists, durings });
  const rule = lazily(rules, (index) => decoder.decode(textOf(index) as CompiledRule));
  return policyFrom(head, addresses, new ColumnIndex(columns, tables, (at) => rule.get(at)));
}

/** Makes a thing when it is first asked for, and once. */
function lazily<T>(count: number, make: (index: number) => T): Table<T> {
  const made = new Map<number, T>();
  const get = (index: number): T => {
    const known = made.get(index);
    if (known !== undefined) return known;
    if (!(index >= 0 && index < count)) throw new Error(`a compiled policy has no part ${index}`);
    const value = make(index);
    made.set(index, value);
    return value;
  };
  return { count, get };
}

interface Shared {
  readonly addresses: Table<AddressSet>;
  readonly whos: Table<Who>;
  readonly lists: Table<Written<PortSet>>;
  readonly durings: Table<During>;
}

class RuleDecoder {
  readonly #shared: Shared;
  // What is the same stays one thing: words about it are said once.
  readonly #targets = new Map<string, Written<AddressSet>>();

  constructor(shared: Shared) {
    this.#shared = shared;
  }

  decode(rule: CompiledRule): Rule {
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
    const { whos, lists, durings } = this.#shared;
    return {
      ...(requesters === undefined ? {} : { requesters: whos.get(requesters) }),
      ...(targets === undefined ? {} : { targets: this.#written(targets) }),
      ...(ports === undefined ? {} : { ports: lists.get(ports) }),
      ...(may === undefined ? {} : { may: loadMay(may) }),
      ...(during === undefined ? {} : { during: durings.get(during) }),
    };
  }

  #written(compiled: CompiledSet): Written<AddressSet> {
    const key = JSON.stringify(compiled);
    const known = this.#targets.get(key);
    if (known !== undefined) return known;
    const written = { set: this.#shared.addresses.get(compiled[0]), written: compiled[1] };
    this.#targets.set(key, written);
    return written;
  }
}

/** Its large parts are made when somebody asks for them, which a decision does not. */
function policyFrom(head: Head, addresses: Table<AddressSet>, index: RuleIndex): Policy {
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
      return (networks ??= new Map(head.networks.map(([name, set]) => [name, addresses.get(set)])));
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
