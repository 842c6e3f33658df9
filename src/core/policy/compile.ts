// A policy as bytes that compiled.ts makes a policy of again. Apart from it because a scan that finds a compiled policy
// needs only the way back.
import type { AddressSet } from "../sets/address-set.ts";
import type { PortSet } from "../sets/port-set.ts";
import { blocksOf, blockWords, compiledFormat, compiledMagic, padded } from "./compiled-form.ts";
import type { CompiledRule, CompiledScope, CompiledSet, CompiledWrittenPorts, Head } from "./compiled-form.ts";
import { compileDuring, compileMay, compilePorts, compileWho } from "./compiled-parts.ts";
import { limitUsesOf } from "./limits.ts";
import type { During, Policy, Scope, Who, Written } from "./policy.ts";
import { boundsOf, groupsOf, Numbered } from "./rule-index.ts";
import type { Zone } from "./windows.ts";

/** A policy as bytes. */
export function compilePolicy(policy: Policy): Uint8Array {
  const [sets, people, ports, times] = [
    new Numbered<AddressSet>(),
    new Numbered<Who>(),
    new Numbered<Written<PortSet>>(),
    new Numbered<During>(),
  ];
  const writtenSet = ({ set, written }: Written<AddressSet>): CompiledSet => [sets.numberOf(set), written];
  const scopeOf = (scope: Scope): CompiledScope => ({
    ...(scope.requesters === undefined ? {} : { requesters: people.numberOf(scope.requesters) }),
    ...(scope.targets === undefined ? {} : { targets: writtenSet(scope.targets) }),
    ...(scope.ports === undefined ? {} : { ports: ports.numberOf(scope.ports) }),
    ...(scope.may === undefined ? {} : { may: compileMay(scope.may) }),
    ...(scope.during === undefined ? {} : { during: times.numberOf(scope.during) }),
  });
  const { rules } = policy;
  const compiledRules = rules.map(
    (rule) =>
      ({
        ...rule,
        ...scopeOf(rule),
        ...("unless" in rule ? { unless: scopeOf(rule.unless) } : {}),
        ...("egress" in rule ? { egress: writtenSet(rule.egress) } : {}),
        ...("ask" in rule ? { ask: { ...rule.ask, votes: [...rule.ask.votes] } } : {}),
      }) as CompiledRule,
  );
  const columns = [
    sets.column(rules, (rule) => rule.targets?.set),
    people.column(rules, (rule) => rule.requesters),
    ports.column(rules, (rule) => rule.ports),
    times.column(rules, (rule) => rule.during),
  ];
  const tables = [
    people.all.map(compileWho),
    ports.all.map(({ set, written }): CompiledWrittenPorts => [compilePorts(set), written]),
    times.all.map(compileDuring),
  ];
  const networks = [...policy.networks].map(([name, set]) => [name, sets.numberOf(set)] as const);
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
      sets.all.flatMap((set, index) => (set.hasIpv6 ? [[String(index), ipv6Of(set)] as const] : [])),
    ),
  };
  return join(sets.all, columns, [compiledRules, ...tables], Buffer.from(JSON.stringify(head), "utf8"));
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
  columns: readonly Int32Array[],
  tables: readonly (readonly unknown[])[],
  head: Uint8Array,
): Uint8Array {
  const runs = sets.map((set) => set.ipv4Runs());
  const starts = startsOf(runs);
  const texts = tables.flat().map((entry) => Buffer.from(JSON.stringify(entry), "utf8"));
  const textStarts = startsOf(texts);
  const { bounds, hasIpv6 } = boundsOf(sets);
  const [rules = 0, ...others] = tables.map(({ length }) => length);
  const blockEnds = runs.flatMap((words) =>
    Array.from({ length: blocksOf(words.length) }, (_, block) => {
      const last = Math.min((block + 1) * blockWords, words.length) - 1;
      return words[last] ?? 0;
    }),
  );
  const sizes = [starts.at(-1) ?? 0, ...others, blockEnds.length, textStarts.at(-1) ?? 0, head.length];
  const words = [
    Uint32Array.of(compiledMagic, rules, sets.length, ...sizes),
    ...columns,
    starts,
    bounds,
    groupsOf(columns[0] ?? new Int32Array(0), bounds, hasIpv6),
    textStarts,
    Uint32Array.from(blockEnds),
  ];
  // What every decision looks at comes first, what few look at last.
  return Buffer.concat([...words.map(bytesOf), aligned(hasIpv6), aligned(head), ...runs.map(bytesOf), ...texts]);
}

const bytesOf = ({ buffer, byteOffset, byteLength }: Uint32Array | Int32Array): Uint8Array =>
  new Uint8Array(buffer, byteOffset, byteLength);

function aligned(bytes: Uint8Array): Uint8Array {
  const longer = new Uint8Array(padded(bytes.length));
  longer.set(bytes);
  return longer;
}

/** Where each part begins when they follow one another, and where the last one ends. */
function startsOf(parts: readonly { readonly length: number }[]): Uint32Array {
  const starts = new Uint32Array(parts.length + 1);
  for (const [index, { length }] of parts.entries()) starts[index + 1] = (starts[index] ?? 0) + length;
  return starts;
}
