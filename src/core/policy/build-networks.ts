// The `networks` of all files: named sets of addresses, from lists and from files of networks.
import { AddressSet, parseNetwork } from "../sets/address-set.ts";
import { attachedName } from "./attached.ts";
import type { Report } from "./report.ts";
import { takeName } from "./report.ts";
import { nearest } from "./nearest.ts";
import { parseNetworkFile } from "./network-file.ts";
import type { Given } from "./parse.ts";
import type { Path } from "./read-yaml.ts";

export function buildNetworks(reports: readonly Report[], given: Given): ReadonlyMap<string, AddressSet> {
  const networks = new Map([[attachedName, given.attached]]);
  const taken = new Map<string, string>();
  for (const report of reports) {
    for (const [name, network] of Object.entries(report.file.data.networks ?? {})) {
      const path = ["networks", name];
      if (name === attachedName) {
        report.add(path, "key", "policy-name", "attached is built in: the private networks of this machine");
      } else if (takeName(taken, name, "network", report, path)) {
        networks.set(
          name,
          Array.isArray(network) ? fromList(report, path, network) : fromFile(report, path, network.file, given),
        );
      }
    }
  }
  return networks;
}

function fromList(report: Report, path: Path, items: readonly string[]): AddressSet {
  const sets = items.map((item, index) => networkItem(report, [...path, index], item, []));
  return AddressSet.unionOf(sets.filter((set) => set !== undefined));
}

function fromFile(report: Report, path: Path, name: string, given: Given): AddressSet {
  const text = given.networkFiles.get(name);
  if (text === undefined) {
    const hint = "it must stand in the folder of the policy, as UTF-8 text that can be read";
    report.add([...path, "file"], "value", "policy-network-file", `the network file ${name} can't be read`, hint);
    return AddressSet.empty;
  }
  const parsed = parseNetworkFile(name, text);
  if (parsed.ok) return parsed.value;
  for (const problem of parsed.error) report.addProblem(problem);
  return AddressSet.empty;
}

/** One address, network or range; what is none of them is reported with the nearest of the names that could stand here. */
export function networkItem(report: Report, path: Path, item: string, names: Iterable<string>): AddressSet | undefined {
  const parsed = parseNetwork(item);
  if (parsed.ok) return parsed.value;
  if (/^[A-Za-z_][A-Za-z0-9._-]*$/.test(item)) {
    const near = nearest(item, names);
    const message = `no network is called ${item}`;
    const hint = near === undefined ? "define it under networks, or write addresses" : `did you mean ${near}?`;
    report.add(path, "value", "policy-name", message, hint);
  } else {
    report.add(path, "value", parsed.error.code, parsed.error.message, parsed.error.hint);
  }
  return undefined;
}
