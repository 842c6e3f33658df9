// What a request asks for that the last approved scan of the same requester and targets did not: a lead who said yes on
// Monday reads on Thursday what is different. Worked out once, when a request is opened.
import { canonicalJson } from "../canonical-json.ts";
import type { ScanPlan } from "../plan/scan-plan.ts";
import { PROTOCOLS, type Protocol } from "../sets/port-set.ts";
import { formatDuration } from "../time.ts";
import { featureWords, grouped, shorten, techniqueWords } from "./kind-words.ts";
import type { Request, RequestId } from "./request.ts";
import { unreachable } from "../result.ts";

/** An earlier request; `at` is when it was opened, milliseconds since the Unix epoch, UTC. */
export interface Earlier {
  readonly request: RequestId;
  readonly at: number;
}

/** Why nobody was asked about an earlier scan. */
export type Unasked = "allowed" | "confirmed" | "break-glass" | "under-standing";

export type News =
  /** Nobody has said yes to a scan of these targets by this requester. */
  | {
      readonly kind: "first";
      /** How much is said by that: of all scans, of all that were approved, or of the latest of these. */
      readonly among: "all" | "approved" | "latest";
      /** The last one that ran all the same. */
      readonly unasked?: Earlier & { readonly how: Unasked };
    }
  /** The same plan, to the letter. */
  | { readonly kind: "same"; readonly as: Earlier }
  /** Nothing that the earlier one did not have. */
  | { readonly kind: "within"; readonly as: Earlier }
  | {
      readonly kind: "more";
      readonly than: Earlier;
      /** At most `thingsKept`, each at most `thingLength` characters, what reaches further first. */
      readonly what: readonly string[];
      /** How many there are beside those. */
      readonly others: number;
    };

export const thingsKept = 8;
export const thingLength = 48;

/** What is compared; an earlier request with its document read. */
export interface Compared {
  readonly request: Pick<Request, "planDigest" | "obligations" | "openedAt" | "id">;
  readonly plan: ScanPlan;
}

/** A line against what was approved before: the base must share targets with it. */
export function newsAgainst(
  asked: Pick<Compared["request"], "planDigest" | "obligations">,
  plan: ScanPlan,
  base: Compared,
): News {
  const earlier = earlierOf(base.request);
  const all = [...beyond(plan, base.plan), ...longer(asked.obligations, base.request.obligations)];
  if (all.length === 0) {
    return { kind: asked.planDigest === base.request.planDigest ? "same" : "within", as: earlier };
  }
  const what = all.slice(0, thingsKept).map((thing) => shorten(thing, thingLength));
  return { kind: "more", than: earlier, what, others: all.length - what.length };
}

export const earlierOf = ({ id, openedAt }: Pick<Request, "id" | "openedAt">): Earlier => ({
  request: id,
  at: openedAt,
});

type Box = Pick<Request["obligations"], "ttlSeconds">;

const longer = (now: Box, before: Box): readonly string[] =>
  now.ttlSeconds > before.ttlSeconds
    ? [`${formatDuration(now.ttlSeconds)} instead of ${formatDuration(before.ttlSeconds)}`]
    : [];

type Comparison = (now: ScanPlan, before: ScanPlan) => readonly string[];

/** Part of a plan that others say: what follows from them, what only concerns the requester's own files and screen. */
const saidElsewhere: Comparison = () => [];

/** For parts whose difference can't be said in a word: any is one. */
const different =
  (field: keyof ScanPlan, words: string): Comparison =>
  (now, before) =>
    canonicalJson(now[field] ?? null) === canonicalJson(before[field] ?? null) ? [] : [words];

/** Every part of a plan, in the order in which it is said: a part that is added to plans must be added here. */
const comparisons: Readonly<Record<keyof ScanPlan, Comparison>> = {
  techniques: (now, before) => added(now.techniques, before.techniques).map((one) => techniqueWords[one]),
  features: (now, before) => added(now.features, before.features).flatMap((one) => featureWords[one] ?? []),
  ports: morePorts,
  targets: moreHosts,
  ownScripts: ({ ownScripts: now = [] }, { ownScripts: before = [] }) =>
    now.flatMap(({ name, digest }) => {
      const known = before.find((one) => one.name === name);
      if (known === undefined) return [`own script ${name}`];
      return known.digest === digest ? [] : [`own script ${name}, changed`];
    }),
  scripts: moreScripts,
  scriptArguments: different("scriptArguments", "script arguments"),
  packets: different("packets", "packet options"),
  timing: (now, before) =>
    now.timing.template > before.timing.template
      ? [`timing ${now.timing.template} instead of ${before.timing.template}`]
      : different("timing", "timing options")(now, before),
  discovery: different("discovery", "host discovery"),
  privileged: ({ privileged }, before) => (privileged && !before.privileged ? ["raw packets"] : []),
  versionIntensity: different("versionIntensity", "version intensity"),
  osDetection: different("osDetection", "OS detection options"),
  course: different("course", "order of the scan"),
  nmap: ({ nmap: now }, { nmap: before }) => {
    if (now.binary !== before.binary || now.version !== before.version) return ["another nmap"];
    // Which of its data files a scan reads depends on its kind: only the same ones can be others.
    const { data: read = before.data } = now;
    return read?.level === before.data?.level && read?.hash !== before.data?.hash ? ["other data files of nmap"] : [];
  },
  family: saidElsewhere,
  names: saidElsewhere,
  otherPorts: saidElsewhere,
  inputs: saidElsewhere,
  estimate: saidElsewhere,
  display: saidElsewhere,
  outputs: saidElsewhere,
  appendOutput: saidElsewhere,
};

function beyond(now: ScanPlan, before: ScanPlan): readonly string[] {
  return Object.values(comparisons).flatMap((compare) => compare(now, before));
}

function added<T>(now: readonly T[], before: readonly T[]): readonly T[] {
  return now.filter((one) => !before.includes(one));
}

const portWords: Readonly<Record<Protocol, string>> = {
  tcp: "tcp port",
  udp: "udp port",
  sctp: "sctp port",
  protocol: "IP protocol",
};

function morePorts(now: ScanPlan, before: ScanPlan): readonly string[] {
  const more = now.ports.subtract(before.ports);
  const onlyTcp = now.ports.size("tcp") === now.ports.size();
  return PROTOCOLS.flatMap((protocol) => {
    const count = more.size(protocol);
    if (count === 0) return [];
    const list = shorten(more.toText(protocol).replaceAll(",", ", "), 24);
    return [`${counted(count, onlyTcp ? "port" : portWords[protocol])} (${list})`];
  });
}

function moreHosts(now: ScanPlan, before: ScanPlan): readonly string[] {
  try {
    const more = now.targets.subtract(before.targets).size;
    return more === 0n ? [] : [counted(more, "host")];
  } catch (error) {
    // Two sets in too many pieces to tell how many it is; that it is some can be told.
    if (error instanceof RangeError) return before.targets.includes(now.targets) ? [] : ["hosts"];
    throw error;
  }
}

function moreScripts(now: ScanPlan, before: ScanPlan): readonly string[] {
  const known = new Map(before.scripts.map((script) => [script.name, script]));
  const own = new Set((now.ownScripts ?? []).map(({ name }) => name));
  const installed = now.scripts.filter(({ name }) => !own.has(name));
  const more = installed.filter(({ name }) => !known.has(name)).map(({ name }) => name);
  const changed = installed.filter(({ name, digest }) => known.has(name) && known.get(name)?.digest !== digest);
  return [
    ...(more.length === 0 ? [] : [more.length === 1 ? `script ${more[0] ?? ""}` : scriptList(more)]),
    ...(changed.length === 0 ? [] : [`${counted(changed.length, "script")} of another version`]),
  ];
}

const scriptList = (names: readonly string[]): string =>
  `${grouped(names.length)} scripts (${shorten(names.join(", "), 30)})`;

const counted = (count: number | bigint, what: string): string =>
  `${grouped(count)} ${what}${BigInt(count) === 1n ? "" : "s"}`;

/** Longest line of `newsLine`, in characters; about four lines on a phone. */
export const newsLength = 180;

/** In one line of at most `newsLength` characters: `UDP, 2 ports (8443, 9000), 3 hosts since r… (3 days ago)`. */
export function newsLine(news: News, requester: string, openedAt: number): string {
  const against = ({ request, at }: Earlier): string => `${request} (${agoWords(openedAt - at)})`;
  const who = shorten(requester, 32);
  switch (news.kind) {
    case "first": {
      const first = firstWords[news.among](who);
      return news.unasked === undefined ? first : `${first}; ${against(news.unasked)} ${howWords[news.unasked.how]}`;
    }
    case "same":
      return `nothing, the same as ${against(news.as)}`;
    case "within":
      return `nothing that ${against(news.as)} did not have`;
    case "more":
      return moreLine(news.what, news.others, ` since ${against(news.than)}`);
    default:
      return unreachable(news);
  }
}

const firstWords: Readonly<Record<Extract<News, { kind: "first" }>["among"], (who: string) => string>> = {
  all: (who) => `first scan of these targets by ${who}`,
  approved: (who) => `first approved scan of these targets by ${who}`,
  latest: (who) => `no approved scan of these targets among the latest of ${who}`,
};

const howWords: Readonly<Record<Unasked, string>> = {
  allowed: "was allowed by a rule",
  confirmed: "was only confirmed",
  "break-glass": "ran without asking",
  "under-standing": "ran under a standing approval",
};

function moreLine(what: readonly string[], others: number, end: string): string {
  for (let shown = what.length; shown > 0; shown -= 1) {
    const left = what.length - shown + others;
    const line = `${what.slice(0, shown).join(", ")}${left === 0 ? "" : ` and ${left} more`}${end}`;
    if (line.length <= newsLength || shown === 1) return line;
  }
  return `${grouped(others)} things${end}`;
}

/** "just now", "5 minutes ago", "3 days ago"; a clock that was set back says "just now". */
function agoWords(milliseconds: number): string {
  const minutes = Math.floor(milliseconds / 60_000);
  if (!(minutes >= 1)) return "just now";
  if (minutes < 60) return `${counted(minutes, "minute")} ago`;
  if (minutes < 48 * 60) return `${counted(Math.floor(minutes / 60), "hour")} ago`;
  return `${counted(Math.floor(minutes / (24 * 60)), "day")} ago`;
}

/** Whether something in it is new. */
export const isNews = ({ kind }: News): boolean => kind === "first" || kind === "more";
