// Whether one plan lies within another: what a standing approval lets run. Everything that is not known to be less has
// to be the same, so that a part of the plan which is added later is never waved through.
import { canonicalJson } from "../canonical-json.ts";
import type { DiscoveryProbe, PlannedScript, ScanPlan, Timing } from "./scan-plan.ts";

/**
 * How a plan reaches beyond a scope, as the end of a sentence; undefined when it lies within it.
 *
 * Not compared: which nmap it is (each run is bound to its own), what is shown and where results are written, how names
 * were typed, and estimates.
 */
export function outsideScope(plan: ScanPlan, scope: ScanPlan): string | undefined {
  const { targets, ports, techniques, features, scripts, discovery, otherPorts, timing, ...others } = plan;
  if (plan.family !== scope.family) return "it is of the other IP version";
  if (plan.privileged && !scope.privileged) return "it opens raw sockets";
  if (!scope.targets.includes(targets)) return "it has other targets";
  if (!scope.ports.includes(ports)) return "it has other ports";
  const technique = techniques.find((one) => !scope.techniques.includes(one));
  if (technique !== undefined) return `it is a ${technique} scan`;
  const feature = features.find((one) => !scope.features.includes(one));
  if (feature !== undefined) return `it does ${feature}`;
  const script = scripts.find((one) => !scope.scripts.some((known) => sameScript(one, known)));
  if (script !== undefined) return `it runs the script ${script.name}, or another file of that name`;
  if (!discovery.every((one) => scope.discovery.some((known) => sameProbe(one, known)))) {
    return "it looks for hosts in another way";
  }
  const other = otherPorts.find((one) => !scope.otherPorts.includes(one));
  if (other !== undefined) return `it chooses ports by ${other}`;
  return faster(timing, scope.timing) ?? different(others, scope);
}

const sameScript = (one: PlannedScript, other: PlannedScript): boolean =>
  one.name === other.name && one.digest === other.digest && one.contacts === other.contacts;

const sameProbe = (one: DiscoveryProbe, other: DiscoveryProbe): boolean =>
  one.kind === other.kind && one.ports === other.ports;

/** What says nothing about where packets go. */
const ofNoWeight: ReadonlySet<string> = new Set([
  "nmap",
  "family",
  "privileged",
  "names",
  "display",
  "outputs",
  "appendOutput",
  "inputs",
  "estimate",
] satisfies (keyof ScanPlan)[]);

function different(others: Readonly<Partial<Record<keyof ScanPlan, unknown>>>, scope: ScanPlan): string | undefined {
  const known: Readonly<Record<string, unknown>> = { ...scope };
  for (const [key, value] of Object.entries(others)) {
    if (ofNoWeight.has(key) || value === undefined) continue;
    if (canonicalJson(value) !== canonicalJson(known[key] ?? null)) return `its ${key} is another`;
  }
  // What the scope has and the plan lacks may be a limit as well as a liberty: it has to be there.
  for (const key of Object.keys(known)) {
    if (key in others || ofNoWeight.has(key) || known[key] === undefined || compared.has(key)) continue;
    return `it lacks the scope's ${key}`;
  }
  return undefined;
}

const compared: ReadonlySet<string> = new Set([
  "targets",
  "ports",
  "techniques",
  "features",
  "scripts",
  "discovery",
  "otherPorts",
  "timing",
] satisfies (keyof ScanPlan)[]);

/** A lower number is slower; one that only the plan has is slower than none. */
const capped = ["maxRate"] satisfies (keyof Timing)[];
/** A lower number is slower, and none slower still. */
const pushed = ["minRate", "minParallelism"] satisfies (keyof Timing)[];
/** A higher number is slower; one that only the plan has is slower than none. */
const delayed = ["scanDelayMs"] satisfies (keyof Timing)[];

function faster(timing: Timing, scope: Timing): string | undefined {
  if (timing.template > scope.template) return `its timing template is ${timing.template}`;
  const no = Number.POSITIVE_INFINITY;
  const tooFast = [
    ...capped.filter((key) => (timing[key] ?? no) > (scope[key] ?? no)),
    ...pushed.filter((key) => (timing[key] ?? 0) > (scope[key] ?? 0)),
    ...delayed.filter((key) => (timing[key] ?? 0) < (scope[key] ?? 0)),
  ];
  if (tooFast[0] !== undefined) return `its ${tooFast[0]} is faster`;
  const rest = new Set<string>(Object.keys({ ...timing, ...scope }));
  for (const key of ["template", ...capped, ...pushed, ...delayed]) rest.delete(key);
  const ours: Readonly<Record<string, unknown>> = { ...timing };
  const theirs: Readonly<Record<string, unknown>> = { ...scope };
  const other = [...rest].find((key) => ours[key] !== theirs[key]);
  return other === undefined ? undefined : `its ${other} is another`;
}
