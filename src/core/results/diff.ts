// What is different between two results, as facts about hosts. Two results that differ only in when and how fast they
// were made are the same, as they are for nmap's own ndiff.
import { addressOf } from "./nmap-xml.ts";
import { readNmapRun, type NmapHost, type NmapRun, type NmapScript } from "./nmap-run.ts";

export interface Change {
  /** What it is about: `host` (its state), `names`, `mac`, `os`, `not-shown` (ports that nmap only counted), `port` or `script`. */
  readonly about: "host" | "names" | "mac" | "os" | "not-shown" | "port" | "script";
  /** `22/tcp`, or `2` of a protocol scan: of a port, and of a script that ran against one. */
  readonly port?: string;
  readonly script?: string;
  /** As it was and as it is; absent where there was or is none. nmap's and the network's text: escape when showing. */
  readonly before?: string;
  readonly after?: string;
}

export interface HostChanges {
  readonly address: string;
  readonly kind: "appeared" | "disappeared" | "changed";
  readonly changes: readonly Change[];
}

export interface Diff {
  /** In the order of the first result, then what only the second has. */
  readonly hosts: readonly HostChanges[];
  /** False when one of them was cut: what is missing there may only have been unfinished. */
  readonly complete: boolean;
  /** Ports or techniques that only one of the scans looked at; what is missing may only not have been looked for. */
  readonly otherScan: boolean;
}

/** Total: bytes that are no result of nmap are one without hosts that is not complete. */
export function diffResults(before: Uint8Array, after: Uint8Array): Diff {
  const first = read(before);
  const second = read(after);
  const hosts: HostChanges[] = [];
  for (const address of new Set([...first.hosts.keys(), ...second.hosts.keys()])) {
    const was = first.hosts.get(address);
    const is = second.hosts.get(address);
    const changes = changesBetween(was ?? new Map(), is ?? new Map());
    const kind = was === undefined ? "appeared" : is === undefined ? "disappeared" : "changed";
    if (changes.length > 0) hosts.push({ address, kind, changes });
  }
  const scans = [first, second].map(({ run }) => JSON.stringify(run.scans));
  return { hosts, complete: first.run.complete && second.run.complete, otherScan: scans[0] !== scans[1] };
}

interface Fact {
  readonly of: Omit<Change, "before" | "after">;
  readonly text: string;
}
type Facts = ReadonlyMap<string, Fact>;

function read(xml: Uint8Array): { readonly run: NmapRun; readonly hosts: ReadonlyMap<string, Facts> } {
  const hosts = new Map<string, Facts>();
  const run = readNmapRun(xml, (host) => {
    hosts.set(addressOf(host), factsOf(host));
  });
  return { run, hosts };
}

function changesBetween(was: Facts, is: Facts): readonly Change[] {
  return [...new Set([...was.keys(), ...is.keys()])].flatMap((key) => {
    const [before, after] = [was.get(key), is.get(key)];
    const fact = before ?? after;
    if (fact === undefined || before?.text === after?.text) return [];
    const sides = { ...(before && { before: before.text }), ...(after && { after: after.text }) };
    return [{ ...fact.of, ...sides }];
  });
}

function factsOf(host: NmapHost): Facts {
  const facts: Fact[] = [{ of: { about: "host" }, text: host.timedOut ? `${host.state}, timed out` : host.state }];
  const add = (about: Change["about"], text: string): void => {
    if (text !== "") facts.push({ of: { about }, text });
  };
  add("names", host.names.join(", "));
  add("mac", host.addresses.flatMap(({ address, type }) => (type === "mac" ? [address] : [])).join(", "));
  add("not-shown", notShown(host));
  for (const { protocol, port: number, state, service, version, scripts } of host.ports) {
    const port = protocol === "ip" ? String(number) : `${number}/${protocol}`;
    facts.push({
      of: { about: "port", port },
      text: [state, service, version].filter((part) => part !== "").join(" "),
    });
    facts.push(...scriptFacts(scripts, port));
  }
  add("os", host.osMatches.map(({ name }) => name).join("; "));
  facts.push(...scriptFacts(host.scripts));
  return new Map(facts.map((fact) => [JSON.stringify([fact.of.about, fact.of.port, fact.of.script]), fact]));
}

/** Reasons vary with the network's mood; how many ports were in which state does not. */
function notShown({ extraPorts }: NmapHost): string {
  const counts = new Map<string, number>();
  for (const { state, count } of extraPorts) counts.set(state, (counts.get(state) ?? 0) + count);
  return [...counts].map(([state, count]) => `${count} ${state}`).join(", ");
}

function scriptFacts(scripts: readonly NmapScript[], port?: string): readonly Fact[] {
  const against = port === undefined ? {} : { port };
  return scripts.map(({ id, output }) => ({ of: { about: "script", script: id, ...against }, text: output }));
}
