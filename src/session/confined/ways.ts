// By which devices the targets of a session are reached, as the kernel says it: of each device what it is, and where
// rules choose among routes, the route itself.
import { spawn } from "node:child_process";
import type { Reach } from "../../core/confinement/reach.ts";
import { devicesOf, isUsualRouting, plainDevices, samplesOf, tunnelsUsed } from "../../core/confinement/tunnels.ts";
import { escapeText } from "../../core/escape.ts";
import { AddressSet, type Family } from "../../core/sets/address-set.ts";
import type { LaunchProblem } from "../../effects.ts";
import { routes } from "./network.ts";

/** Look-ups in one session's start, where rules choose among routes. */
const MOST_SAMPLES = 2000;

const ALL = {
  4: AddressSet.ofRanges([{ family: 4, first: 0n, last: (1n << 32n) - 1n }]),
  6: AddressSet.ofRanges([{ family: 6, first: 0n, last: (1n << 128n) - 1n }]),
} as const;

/** Why the session may not start: something that it would reach is behind a tunnel, or that can't be found out. */
export async function refuseWays(ip: string, uid: number, reach: Reach): Promise<LaunchProblem | undefined> {
  const addresses = reach.targets.union(reach.beyond);
  const families = ([4, 6] as const).filter((family) => addresses.touches(ALL[family]));
  const problems = await Promise.all(families.map((family) => refuseFamily(ip, uid, addresses, family, reach.device)));
  return problems.find((problem) => problem !== undefined);
}

async function refuseFamily(
  ip: string,
  uid: number,
  addresses: AddressSet,
  family: Family,
  device: string | undefined,
): Promise<LaunchProblem | undefined> {
  const [links, rules] = await lists(ip, ["-d", `-${family}`], ["link show", "rule show"]);
  if (links === undefined || rules === undefined) return unknown("ip does not say which devices and rules there are");
  const plain = plainDevices(links);
  const isTunnel = (name: string): boolean => !plain.has(name);
  if (device !== undefined && isTunnel(device)) return behind(device);
  if (isUsualRouting(rules)) return tunnelsUsed(addresses, routes(), isTunnel).map(behind)[0];
  const [all] = await lists(ip, [`-${family}`], ["route show table all"]);
  if (all === undefined) return unknown("ip does not say which routes there are");
  const samples = samplesOf(addresses, family, [all, rules]);
  if (samples.length > MOST_SAMPLES) return unknown("too many routes are chosen by rules here");
  // What has no route gives no answer, and goes nowhere.
  const answers = await lists(
    ip,
    ["-force", `-${family}`],
    samples.map((address) => `route get ${address} uid ${uid}`),
  );
  return devicesOf(answers.filter((answer) => answer !== undefined))
    .filter(isTunnel)
    .map(behind)[0];
}

function behind(device: string): LaunchProblem {
  return {
    code: "egress-refused",
    message: `Some targets are reached through the tunnel ${escapeText(device)}, where packets can't be held to the plan.`,
    hint: "scan from a machine that reaches them directly",
  };
}

function unknown(because: string): LaunchProblem {
  return {
    code: "egress-refused",
    message: `By which devices the targets are reached can't be found out: ${because}.`,
    hint: "scan from a machine with fewer routes",
  };
}

/** Runs ip once for these commands: of each that it answered, the list. */
function lists(path: string, options: readonly string[], commands: readonly string[]): Promise<readonly unknown[]> {
  return new Promise((resolve) => {
    const child = spawn(path, ["-j", ...options, "-batch", "-"], {
      cwd: "/",
      env: {},
      stdio: ["pipe", "pipe", "ignore"],
      timeout: 10_000,
      killSignal: "SIGKILL",
    });
    let printed = "";
    child.stdout.setEncoding("utf8").on("data", (text: string) => (printed += text));
    child.stdin.on("error", () => undefined);
    child.stdin.end(`${commands.join("\n")}\n`);
    child.once("error", () => {
      resolve([]);
    });
    child.once("close", () => {
      resolve(printed.split("\n").flatMap((line) => (line.trim() === "" ? [] : [parsed(line)])));
    });
  });
}

/** Undefined for what is no list. */
function parsed(line: string): unknown {
  try {
    const value = JSON.parse(line) as unknown;
    return Array.isArray(value) ? value : undefined;
  } catch {
    return undefined;
  }
}
