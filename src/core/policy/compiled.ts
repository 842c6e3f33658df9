// The compiled form of a policy: bytes that are a policy again without being read through. Networks are parts of the
// bytes themselves, and a rule is read when it can matter for a plan. It is a cache of this program for itself:
// whoever keeps it makes sure that it is whole and belongs to the same sources.
import type { AddressSet } from "../sets/address-set.ts";
import type { PortSet } from "../sets/port-set.ts";
import { compiledFormat, compiledMagic, littleEndian, padded, prefixWords } from "./compiled-form.ts";
import type { CompiledBytes, CompiledRule, CompiledScope, CompiledSet } from "./compiled-form.ts";
import type { CompiledWrittenPorts, Head } from "./compiled-form.ts";
import { loadDuring, loadMay, loadPorts, loadWho } from "./compiled-parts.ts";
import type { CompiledDuring, CompiledWho } from "./compiled-parts.ts";
import type { During, Policy, Rule, Scope, Who, Written } from "./policy.ts";
import { CompiledSets } from "./compiled-sets.ts";
import { lazily } from "./lazily.ts";
import { ColumnIndex, groupSize } from "./rule-index.ts";
import type { RuleIndex, Table } from "./rule-index.ts";

/**
 * The policy that was compiled; undefined for another format. Most of the bytes are read when a plan asks for them.
 * @throws whatever happens to bytes that `compilePolicy` did not write: the caller has checked that it did. A decision
 *   that finds them damaged denies.
 */
export function loadCompiled(bytes: CompiledBytes): Policy | undefined {
  if (!littleEndian || bytes.length < prefixWords * 4) return undefined;
  const [found, rules = 0, sets = 0, runWords = 0, people = 0, ports = 0, times = 0, ...more] = wordsOf(
    bytes.read(0, prefixWords * 4),
  );
  if (found !== compiledMagic) return undefined;
  const [blocks = 0, textBytes = 0, headBytes = 0] = more;
  const texts = rules + people + ports + times;
  const groupWords = 3 * Math.ceil(rules / groupSize);
  const frontWords = 4 * rules + (sets + 1) + 2 * sets + groupWords + (texts + 1) + blocks;
  const frontBytes = frontWords * 4 + padded(sets) + padded(headBytes);
  const runsAt = prefixWords * 4 + frontBytes;
  const textsAt = runsAt + runWords * 4;
  if (textsAt + textBytes !== bytes.length) return undefined;
  const front = bytes.read(prefixWords * 4, frontBytes);
  const frontOf = wordsOf(front.subarray(0, frontWords * 4));
  let at = 0;
  const words = (length: number): Uint32Array => frontOf.subarray(at, (at += length));
  const column = (): Int32Array => {
    const { buffer, byteOffset, length } = words(rules);
    return new Int32Array(buffer, byteOffset, length);
  };
  const columns = { targets: column(), requesters: column(), ports: column(), during: column() };
  const starts = words(sets + 1);
  const bounds = words(2 * sets);
  const groups = words(groupWords);
  const textStarts = words(texts + 1);
  const blockEnds = words(blocks);
  const hasIpv6 = front.subarray(frontWords * 4, frontWords * 4 + sets);
  const headAt = frontWords * 4 + padded(sets);
  const head = JSON.parse(textIn(front.subarray(headAt, headAt + headBytes))) as Head;
  if (head.format !== compiledFormat) return undefined;
  const runs = (from: number, to: number): Uint32Array => wordsOf(bytes.read(runsAt + from * 4, (to - from) * 4));
  const addresses = new CompiledSets({ starts, bounds, blockEnds, runs, ipv6: head.ipv6 });
  const textOf = (index: number): unknown =>
    JSON.parse(
      textIn(bytes.read(textsAt + (textStarts[index] ?? 0), (textStarts[index + 1] ?? 0) - (textStarts[index] ?? 0))),
    );
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
    groups,
    targets: addresses,
    requesters: whos,
    ports: { count: ports, get: (index: number) => lists.get(index).set },
    during: durings,
  };
  const decoder = new RuleDecoder({ addresses, whos, lists, durings });
  const rule = lazily(rules, (index) => decoder.decode(textOf(index) as CompiledRule));
  return policyFrom(head, addresses, new ColumnIndex(columns, tables, (at) => rule.get(at)));
}

const wordsOf = ({ buffer, byteOffset, byteLength }: Uint8Array): Uint32Array =>
  new Uint32Array(buffer, byteOffset, byteLength / 4);

const textIn = (bytes: Uint8Array): string =>
  Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString("utf8");

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
