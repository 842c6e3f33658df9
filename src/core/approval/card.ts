// The card: everything a person needs to decide on a request within ten seconds, as data. The terminal, and later mail
// and page, show the same card. Its text is not escaped: whoever shows it does that.
import { featureWords, grouped, shorten, techniqueWords } from "./kind-words.ts";
import { isNews, newsLine } from "./news.ts";
import { purposeHeadline, purposeWords } from "./purpose.ts";
import type { HeldBy, RequestTerms } from "./request.ts";
import type { Feature, PlannedScript, ScanPlan } from "../plan/scan-plan.ts";
import type { Requirement } from "../policy/decision.ts";
import type { NetworkShares } from "../policy/network-shares.ts";
import { expectedDuration, formatDuration, time } from "../time.ts";

export interface CardRow {
  readonly label: string;
  /** At least one; each is one thought and may be long. */
  readonly values: readonly string[];
  /** True when somebody should look twice. */
  readonly alarming?: true;
  /** True where it says what was not there before. */
  readonly fresh?: true;
}

export interface Card {
  /** Who, what kind, how many hosts, how long, why: one sentence of at most about 100 characters. */
  readonly headline: string;
  readonly rows: readonly CardRow[];
  /** Decimal number of addresses that nmap scans: what a confirmation has to type. */
  readonly hosts: string;
  /** The whole command that will run, as words. */
  readonly command: readonly string[];
}

/** What the card shows of the plan, made by `core/plan` from the request's own document. */
export interface CardPlan {
  readonly plan: ScanPlan;
  /** Short form of the plan digest, `K7P-2QX`. */
  readonly fingerprint: string;
  readonly command: readonly string[];
}

/** What a card is made from: a request, or a line that is only being checked (a denied one has no obligations). */
export type Asked = Pick<RequestTerms, "requester" | "reason" | "plan" | "requires" | "explanation"> &
  Partial<
    Pick<RequestTerms, "obligations" | "purpose" | "notBefore" | "notAfter" | "held" | "openedAt" | "background">
  >;

/** Total: any request has a card. */
export function cardOf(request: Asked, { plan, fingerprint, command }: CardPlan): Card {
  const hosts = plan.targets.size;
  const kind = kindOf(plan);
  const seconds = request.obligations?.ttlSeconds;
  const reason = request.reason === undefined ? "" : `, ${shorten(request.reason, 48)}`;
  const dangers = dangersOf(plan);
  const files = plan.outputs.filter(({ path }) => path !== "-").map(({ path, format }) => `${path} (${format})`);
  const purpose = purposeWords(request.purpose);
  const rows: CardRow[] = [
    ...newsOf(request),
    ...(purpose === undefined ? [] : [{ label: "for", values: [purpose], alarming: true as const }]),
    { label: "targets", values: targetsOf(request, hosts) },
    { label: "ports", values: portsOf(plan) },
    ...(plan.scripts.length > 0 ? [{ label: "scripts", values: scriptsOf(plan.scripts) }] : []),
    dangers.length > 0
      ? { label: "dangerous", values: dangers, alarming: true }
      : { label: "dangerous", values: ["none"] },
    estimateOf(plan, request.obligations?.ttlSeconds),
    ...startsOf(request),
    ...(request.held === undefined ? [] : [sessionOf(request.held)]),
    ...egressOf(request),
    ...(files.length === 0 ? [] : [{ label: "writes", values: [files.join(", ")] }]),
    ...(request.reason === undefined ? [] : [{ label: "reason", values: [request.reason] }]),
    ...(request.requires.length > 0 ? [{ label: "asks", values: request.requires.map(demandOf) }] : []),
    ...rulesOf(request),
    { label: "fingerprint", values: [fingerprint] },
  ];
  return {
    headline: `${request.requester.name}: ${purposeHeadline(request.purpose)}${kind} on ${hostsOf(request, hosts)}${seconds === undefined ? "" : `, ${boxWords(seconds)}`}${reason}`,
    rows,
    hosts: hosts.toString(),
    command,
  };
}

/** Alarming where the scan may not end within its time box. */
function estimateOf({ estimate: { probes, seconds } }: ScanPlan, ttlSeconds: number | undefined): CardRow {
  const expected = `${grouped(probes)} probes, about ${expectedDuration(seconds)}`;
  if (ttlSeconds === undefined) return { label: "estimate", values: [expected] };
  const values = [`${expected}; time box ${formatDuration(ttlSeconds)}`];
  if (seconds <= ttlSeconds) return { label: "estimate", values };
  return {
    label: "estimate",
    values: [...values, "longer than its time box: what is found by then is kept"],
    alarming: true,
  };
}

/** What will hold the session, in every channel alike: who says yes knows whether the kernel does. */
function sessionOf({ level, because }: HeldBy): CardRow {
  if (level === "enforced") return { label: "session", values: ["enforced (own uid, packets held to the plan)"] };
  return {
    label: "session",
    values: [`${level}: network not fenced in${because === undefined ? "" : `, because ${because}`}`],
  };
}

/** Whom its scripts may reach beside the targets; alarming where nothing but the scripts keeps to it. */
function egressOf({ obligations, held }: Asked): readonly CardRow[] {
  const egress = obligations?.egress;
  if (egress === undefined) return [];
  const more = egress.length - WORDS_SHOWN;
  const rest = more > 0 ? ` and ${grouped(more)} more ranges` : "";
  const reach = egress.length === 0 ? "nobody" : `${egress.slice(0, WORDS_SHOWN).join(", ")}${rest}`;
  const value = `scripts may contact ${reach} beside the targets`;
  if (held === undefined || held.level === "enforced") return [{ label: "egress", values: [value] }];
  return [{ label: "egress", values: [value, "nothing holds them to that"], alarming: true }];
}

/** The first that is read after the headline. */
function newsOf({ background, requester, openedAt }: Asked): readonly CardRow[] {
  if (background?.news === undefined || openedAt === undefined) return [];
  const values = [newsLine(background.news, requester.name, openedAt)];
  return [{ label: "new", values, ...(isNews(background.news) && { fresh: true as const }) }];
}

/** `SYN scan`, `OS+versions+scripts`: how an ordinary port scan is done goes without saying beside what it finds out. */
function kindOf(plan: ScanPlan): string {
  const scripts = plan.scripts.some((script) => !script.implied) || plan.features.includes("default-scripts");
  const more = [...plan.features.flatMap((feature) => featureWords[feature] ?? []), ...(scripts ? ["scripts"] : [])];
  const techniques = plan.techniques.map((technique) => techniqueWords[technique]);
  const [first] = plan.techniques;
  const isOrdinary = plan.techniques.length === 1 && (first === "syn" || first === "connect");
  if (more.length > 0) return [...new Set([...(isOrdinary ? [] : techniques), ...more])].join("+");
  return `${techniques.join("+")} scan`;
}

/** `256 lab hosts`, where all of them are in one named network. */
function hostsOf({ background }: Asked, hosts: bigint): string {
  const only = onlyNetwork(background?.networks);
  const name = only === undefined ? "" : `${shorten(only, 24)} `;
  return `${grouped(hosts)} ${name}${hosts === 1n ? "host" : "hosts"}`;
}

/** The network that holds all of it, where no other one is named. */
function onlyNetwork(networks: NetworkShares | undefined): string | undefined {
  if (networks?.named.length !== 1 || networks.others > 0 || networks.unnamed !== "0") return undefined;
  return networks.named[0]?.name;
}

/** `20 min`, `1 h 30 min`. */
const boxWords = (seconds: number): string =>
  formatDuration(seconds)
    .replaceAll(/(\d+)([dhms])/g, (_, count: string, unit: string) => `${count} ${unit === "m" ? "min" : unit} `)
    .trim();

const WORDS_SHOWN = 8;

function targetsOf({ plan, background }: Asked, hosts: bigint): readonly string[] {
  const shown = plan.targets.slice(0, WORDS_SHOWN).join(" ");
  const more = plan.targets.length - WORDS_SHOWN;
  const rest = more > 0 ? ` and ${grouped(more)} more in the command` : "";
  const networks = networksOf(background?.networks);
  return [
    `${grouped(hosts)} ${hosts === 1n ? "address" : "addresses"}${networks}: ${shown}${rest}`,
    ...plan.names.slice(0, WORDS_SHOWN).map(({ typed, addresses }) => `${typed} is ${addresses.join(", ")}`),
    ...(plan.names.length > WORDS_SHOWN ? [`and ${grouped(plan.names.length - WORDS_SHOWN)} more names`] : []),
  ];
}

/** ` in lab`, or each network with its part: ` (200 in lab, 40 in office, 16 in no named network)`. */
function networksOf(networks: NetworkShares | undefined): string {
  if (networks === undefined) return "";
  const only = onlyNetwork(networks);
  if (only !== undefined) return ` in ${only}`;
  const { named, others, unnamed } = networks;
  if (named.length === 0 && others === 0) return " in no named network";
  const parts = [
    ...named.map(({ name, addresses }) => `${grouped(addresses)} in ${name}`),
    ...(others === 0 ? [] : [`some in ${grouped(others)} more`]),
    ...(unnamed === "0" ? [] : [`${grouped(unnamed)} in no named network`]),
  ];
  return ` (${parts.join(", ")})`;
}

function portsOf(plan: ScanPlan): readonly string[] {
  const listed = (["tcp", "udp", "sctp", "protocol"] as const).flatMap((protocol) => {
    const count = plan.ports.size(protocol);
    if (count === 0) return [];
    const text = plan.ports.toText(protocol);
    // The default thousand is no reading matter; the command has them all.
    return `${grouped(count)} ${protocol}${text.length <= 60 ? `: ${text}` : ` from ${shorten(text, 40)}`}`;
  });
  const chosen = plan.otherPorts.length > 0 ? [`and what ${plan.otherPorts.join(", ")} choose at run time`] : [];
  const all = [...listed, ...chosen];
  return all.length > 0 ? all : ["none"];
}

/** Few enough to be read; a harmful one is named by `dangersOf` in any case, and `show --json` has them all. */
function scriptsOf(scripts: readonly PlannedScript[]): readonly string[] {
  if (scripts.length <= WORDS_SHOWN) return [scripts.map(({ name }) => name).join(", ")];
  const named = scripts.filter(({ implied }) => !implied).map(({ name }) => name);
  const more = named.length - WORDS_SHOWN;
  const rest = more > 0 ? ` and ${grouped(more)} more in the command` : "";
  const brought = scripts.length - named.length;
  return [
    ...(named.length === 0 ? [] : [named.slice(0, WORDS_SHOWN).join(", ") + rest]),
    ...(brought === 0 ? [] : [`${grouped(brought)} that came with -sV, -sC or -A`]),
  ];
}

function startsOf({ notBefore, notAfter }: Asked): readonly CardRow[] {
  const values = [
    ...(notBefore === undefined ? [] : [`not before ${inUtc(notBefore)}`]),
    ...(notAfter === undefined ? [] : [`not after ${inUtc(notAfter)}`]),
  ];
  return values.length === 0 ? [] : [{ label: "starts", values }];
}

/** The same for all who read the card, wherever they are. */
const inUtc = (at: number): string =>
  time(at)
    .replace("T", " ")
    .replace(/\.\d{3}Z$/, " UTC");

// Categories of script.db whose scripts may harm, reach others or leave traces; `ordinary` scans have none of them.
const harmful = ["intrusive", "dos", "exploit", "brute", "fuzzer", "malware", "external", "broadcast"];
const evasion: ReadonlySet<Feature> = new Set([
  "fragments",
  "source-port",
  "custom-flags",
  "payload",
  "bad-checksum",
  "ttl",
] as const satisfies readonly Feature[]);
const unusual: ReadonlySet<Feature> = new Set([
  "interface",
  "raw-ethernet",
  "all-ports",
] as const satisfies readonly Feature[]);
/** Packets a second from which on a small network or an old device may suffer. */
const FAST = 1000;

function dangersOf(plan: ScanPlan): readonly string[] {
  const scripts = plan.scripts.flatMap((script: PlannedScript) => {
    if (script.own === true) return `own script ${script.name}: the requester's code, which jit-nmap show prints`;
    const why = script.categories.filter((category) => harmful.includes(category));
    return why.length === 0 ? [] : `script ${script.name} (${why.join(", ")})`;
  });
  const features = plan.features
    .filter((feature) => evasion.has(feature) || unusual.has(feature))
    .map((feature) => `${evasion.has(feature) ? "evasion: " : ""}${featureWords[feature] ?? feature}`);
  const { template, minRate } = plan.timing;
  return [
    ...scripts,
    ...features,
    ...(template === 5 ? ["timing template 5 (insane)"] : []),
    ...(minRate !== undefined && minRate >= FAST ? [`at least ${grouped(minRate)} packets a second`] : []),
  ];
}

function demandOf(requirement: Requirement): string {
  if ("confirm" in requirement) return `rule ${requirement.rule}: the requester's typed confirmation`;
  const votes = Object.entries(requirement.votes).map(([set, count]) => `${count} of ${set}`);
  return `rule ${requirement.rule}: ${votes.join(" and ")}`;
}

function rulesOf(request: Asked): readonly CardRow[] {
  const rules = request.explanation.filter((rule) => rule.applies);
  if (rules.length === 0) return [];
  return [
    {
      label: "rules",
      values: rules.map((rule) => `${rule.rule} (${rule.file}:${rule.line}) ${rule.effect}: ${rule.because}`),
    },
  ];
}
