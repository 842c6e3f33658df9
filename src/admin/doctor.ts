// What is wrong with this installation, each finding with what to do about it. It looks and changes nothing; the commands
// themselves refuse by their own looks, this says it all at once.
import { missingFor } from "../core/configuration/reach.ts";
import type { Configuration } from "../core/configuration/configuration.ts";
import type { Policy } from "../core/policy/policy.ts";
import { unreachable } from "../core/result.ts";
import type { Problem } from "../core/result.ts";
import type { Effects } from "../effects.ts";
import { modeFindings } from "./file-modes.ts";

export interface Finding {
  /** Stable, for programs. */
  readonly about: "node" | "nmap" | "sessions" | "policy" | "configuration" | "files" | "trail";
  /** `wrong`: it can't work or be trusted; `missing`: something it needs is not there; `note`: worth knowing. */
  readonly state: "good" | "note" | "missing" | "wrong";
  /** One clause; not escaped. */
  readonly message: string;
  /** What to do. */
  readonly fix?: string;
}

type Examined = Pick<Effects, "facts" | "runner" | "policy" | "config" | "store" | "places">;

/**
 * Everything at once, in the order in which a scan would come upon it.
 *
 * @param trial  root looks at a folder of `JIT_NMAP_HOME`, whose sessions are advisory for that reason alone.
 */
export async function examine(fx: Examined, trial: boolean): Promise<readonly Finding[]> {
  return [
    { about: "node", state: "good", message: `Node ${process.versions.node} for ${process.arch}` },
    ...(await runFindings(fx, trial)),
    ...(await ruleFindings(fx)),
    ...modeFindings(fx.places, process.geteuid?.() ?? 0),
    ...(await trailFindings(fx)),
  ];
}

/** Whether and how scans run here. With a ceiling that is none, nothing does: the rest is looked at all the same. */
async function runFindings(fx: Examined, trial: boolean): Promise<readonly Finding[]> {
  try {
    return [...(await nmapFindings(fx)), ...(await sessionFindings(fx, trial))];
  } catch (thrown) {
    if (!(thrown instanceof Error && "code" in thrown && thrown.code === "misconfigured")) throw thrown;
    const { message } = thrown;
    const fix = "hint" in thrown && typeof thrown.hint === "string" ? thrown.hint : undefined;
    return [{ about: "sessions", state: "wrong", message, ...(fix !== undefined && { fix }) }];
  }
}

async function nmapFindings({ facts }: Examined): Promise<readonly Finding[]> {
  const found = await facts.find({ names: [], family: 4, services: true, scripts: true, data: undefined });
  if (!found.ok) {
    const state = found.error.code === "nmap-missing" ? "missing" : "wrong";
    return [findingOf("nmap", state, found.error)];
  }
  const { nmap, privileged } = found.value;
  const able: Finding = privileged
    ? { about: "nmap", state: "good", message: "raw sockets may be opened: every scan technique works" }
    : {
        about: "nmap",
        state: "note",
        message: "raw sockets may not be opened: connect scans work (-sT, -sV), those that send packets do not",
        fix: "run it by sudo where such scans are wanted",
      };
  return [{ about: "nmap", state: "good", message: `nmap ${nmap.version} at ${nmap.path}` }, able];
}

async function sessionFindings({ runner }: Examined, trial: boolean): Promise<readonly Finding[]> {
  const { level, because, by, groups, fix: known } = await runner.level();
  if (level !== "advisory") {
    const held = `level ${level}: the kernel holds each scan to its plan`;
    // Who runs as the requester is the requester's: the runner holds it to the ceiling and to what it orders, no more.
    const own = by === "sudo" ? "; the runner that sudo starts holds it, policy and trail are this account's own" : "";
    return [
      { about: "sessions", state: "good", message: `${held}${own}` },
      ...(groups === undefined ? [] : [{ about: "sessions", state: "note", message: groups } as const]),
    ];
  }
  const message = "level advisory: the time box holds, the network is not fenced in";
  if (because === undefined && trial) {
    const fix = "JIT_NMAP_SESSIONS=enforced has them held in a folder of JIT_NMAP_HOME too";
    return [{ about: "sessions", state: "note", message, fix }];
  }
  if (because === undefined) return [{ about: "sessions", state: "note", message }];
  const fix =
    known ?? "install nftables, bubblewrap, iproute2 and util-linux, and run it by sudo outside of containers";
  return [{ about: "sessions", state: "note", message: `${message}, because: ${because}`, fix }];
}

/** Policy and configuration, and whether one has what the other names. */
async function ruleFindings({ policy, config }: Examined): Promise<readonly Finding[]> {
  const [rules, settings] = [await policy.load(), await config.load()];
  return [
    ...(rules.ok
      ? [{ about: "policy", state: "good", message: policyWords(rules.value) } as const]
      : rules.error.map((problem) => findingOf("policy", "wrong", problem, "jit-nmap policy check"))),
    ...(settings.ok
      ? settingsFindings(settings.value)
      : settings.error.map((problem) => findingOf("configuration", "wrong", problem))),
    ...(rules.ok && settings.ok ? unreached(rules.value, settings.value) : []),
    ...(settings.ok ? await secretFindings(settings.value, config) : []),
  ];
}

function policyWords({ rules, origin }: Policy): string {
  return `${rules.length} ${rules.length === 1 ? "rule" : "rules"} of ${origin}`;
}

function settingsFindings({ publicUrl, origin, retentionSeconds }: Configuration): readonly Finding[] {
  const where = {
    about: "configuration",
    message: publicUrl === undefined ? `no public-url in ${origin}` : `the page is at ${publicUrl}`,
  } as const;
  const page: Finding =
    publicUrl === undefined
      ? { ...where, state: "note", fix: "add public-url where leads are to vote in a browser" }
      : { ...where, state: "good" };
  if (retentionSeconds === undefined) return [page];
  const message = `retention in ${origin} deletes nothing: this version keeps everything`;
  const fix = "take it out, and delete by hand what may not be kept";
  return [page, { about: "configuration", state: "note", message, fix }];
}

/** Approvers that the policy names and that could ask nobody. */
function unreached({ approvers }: Policy, configuration: Configuration): readonly Finding[] {
  return [...approvers.values()].flatMap((approver) => {
    const problem = missingFor(approver, configuration);
    return problem === undefined ? [] : [findingOf("configuration", "missing", problem)];
  });
}

async function secretFindings(configuration: Configuration, config: Effects["config"]): Promise<readonly Finding[]> {
  const findings: Finding[] = [];
  for (const file of secretFiles(configuration)) {
    const secret = await config.secret(file);
    if (!secret.ok) findings.push(findingOf("configuration", "wrong", secret.error));
  }
  return findings;
}

function secretFiles({ smtp, webhooks, metricsTokenFile }: Configuration): readonly string[] {
  const ofServices = [...webhooks.values()].flatMap(({ url, sign, verify, tokenFile }) => [
    url.kind === "file" ? url.file : undefined,
    sign?.file,
    // A public key is no secret.
    verify?.kind === "secret" ? verify.file : undefined,
    tokenFile,
  ]);
  return [
    ...new Set([smtp?.login?.passwordFile, metricsTokenFile, ...ofServices].filter((file) => file !== undefined)),
  ];
}

async function trailFindings({ store }: Examined): Promise<readonly Finding[]> {
  const verified = await store.verify().catch(failureOf);
  if ("state" in verified) return [verified];
  const fix = "stop and find out who changed it; jit-nmap audit verify says more";
  switch (verified.kind) {
    case "intact":
      return [{ about: "trail", state: "good", message: `the trail is whole: ${verified.events} events` }];
    case "broken":
      return [
        {
          about: "trail",
          state: "wrong",
          message: `the trail is broken at event ${verified.seq}: ${verified.because}`,
          fix,
        },
      ];
    case "contradicted":
      return [
        {
          about: "trail",
          state: "wrong",
          message: `${verified.row} is not as the trail says: ${verified.because}`,
          fix,
        },
      ];
    default:
      return unreachable(verified);
  }
}

/** A trail that can't be read is a finding here, and no reason to leave out the others; a defect stays one. */
function failureOf(error: unknown): Finding {
  if (!(error instanceof Error && "code" in error)) throw error;
  const fix = "hint" in error && typeof error.hint === "string" ? error.hint : undefined;
  return { about: "trail", state: "wrong", message: error.message, ...(fix !== undefined && { fix }) };
}

function findingOf(about: Finding["about"], state: Finding["state"], problem: Problem, otherwise?: string): Finding {
  const fix = problem.hint ?? otherwise;
  const { at } = problem;
  const where = at === undefined ? "" : `${at.file}:${at.line}:${at.column}: `;
  return { about, state, message: `${where}${problem.message}`, ...(fix !== undefined && { fix }) };
}
