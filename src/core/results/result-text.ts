// A stored result as text, laid out as people know it from nmap. Everything textual in it came over the network.
import { escapeText } from "../escape.ts";
import { addressOf } from "./nmap-xml.ts";
import { readNmapRun } from "./nmap-run.ts";
import type { NmapHost, NmapPort, NmapScript } from "./nmap-run.ts";

/** What stands under a result of a session that did what its plan does not say. */
export const NOT_AS_PLANNED = "It did not run as planned: don't rely on this result.";

/** The result with every text escaped, a newline at its end. A cut result shows its finished hosts and says so. */
export function resultText(xml: Uint8Array, asPlanned = true): string {
  const hosts: string[] = [];
  const run = readNmapRun(xml, (host) => {
    hosts.push(...hostLines(host), "");
  });
  const lines = [
    `Nmap ${shown(run.version ?? "(version unknown)")}, started ${shown(run.startedText ?? "at an unknown time")}`,
  ];
  if (run.args !== undefined) lines.push(shown(run.args));
  lines.push("", ...hosts);
  if (run.finished?.errorMessage !== undefined)
    lines.push(`Nmap reported an error: ${shown(run.finished.errorMessage)}`);
  if (run.complete) {
    const { total, up } = run.hosts ?? { total: 0, up: 0 };
    const elapsed = run.finished?.elapsedSeconds?.toFixed(2) ?? "?";
    lines.push(
      `Nmap done: ${total} IP ${total === 1 ? "address" : "addresses"} (${up} ${up === 1 ? "host" : "hosts"} up) scanned in ${elapsed} seconds`,
    );
  } else {
    lines.push("The result ends here: it was cut, hosts that were not finished are missing.");
  }
  if (!asPlanned) lines.push(NOT_AS_PLANNED);
  return `${lines.join("\n")}\n`;
}

/** Escaped; one line stays one line. */
const shown = (text: string): string => escapeText(text);

function hostLines(host: NmapHost): string[] {
  const address = shown(addressOf(host));
  const [name] = host.names;
  const title = name === undefined ? address : `${shown(name)} (${address})`;
  if (host.state === "down") return [`Nmap scan report for ${title} [host down${because(host.reason)}]`];
  const lines = [`Nmap scan report for ${title}`];
  if (host.timedOut) return [...lines, "Skipped: its --host-timeout was over."];
  // A list scan does not look whether a host is up.
  if (host.state === "up") lines.push(`Host is up${because(host.reason)}${latency(host.srttMicroseconds)}.`);
  lines.push(...portLines(host, address));
  for (const { address: mac, type, vendor } of host.addresses) {
    if (type === "mac") lines.push(`MAC Address: ${shown(mac)}${vendor === "" ? "" : ` (${shown(vendor)})`}`);
  }
  const sure = host.osMatches.filter(({ accuracy }) => accuracy === 100);
  if (sure.length > 0) lines.push(`OS details: ${sure.map(({ name: os }) => shown(os)).join(", ")}`);
  else if (host.osMatches.length > 0) {
    lines.push(`OS guesses: ${host.osMatches.map((match) => `${shown(match.name)} (${match.accuracy}%)`).join(", ")}`);
  }
  if (host.distance !== undefined)
    lines.push(`Network Distance: ${shown(host.distance)} ${host.distance === "1" ? "hop" : "hops"}`);
  if (host.scripts.length > 0) lines.push("", "Host script results:", ...host.scripts.flatMap(scriptLines));
  if (host.hops.length > 0) {
    const rows = host.hops.map(({ ttl, rtt, address: at, name: named }) => [
      shown(ttl),
      rtt === "" ? "..." : `${shown(rtt)} ms`,
      named === "" ? shown(at) : `${shown(named)} (${shown(at)})`,
    ]);
    lines.push("", "TRACEROUTE", ...table([["HOP", "RTT", "ADDRESS"], ...rows]));
  }
  return lines;
}

function because(reason: string): string {
  return reason === "" ? "" : `, received ${shown(reason)}`;
}

function latency(microseconds: number | undefined): string {
  if (microseconds === undefined || microseconds === 0) return "";
  const seconds = microseconds / 1e6;
  return ` (${seconds >= 100 ? seconds.toFixed(0) : seconds.toPrecision(2)}s latency)`;
}

function portLines(host: NmapHost, address: string): string[] {
  const lines: string[] = [];
  const hidden = host.extraPorts.map(({ count, state, protocol, reason }) =>
    [
      count,
      shown(state),
      ...(protocol === "" ? [] : [shown(protocol)]),
      count === 1 ? "port" : "ports",
      ...(reason === "" ? [] : [`(${shown(reason)})`]),
    ].join(" "),
  );
  const hiddenCount = host.extraPorts.reduce((sum, { count }) => sum + count, 0);
  if (host.ports.length === 0 && hiddenCount > 0) {
    lines.push(`All ${hiddenCount} scanned ports on ${address} are in ignored states.`);
  }
  if (hidden.length > 0) lines.push(`Not shown: ${hidden.join(", ")}`);
  if (host.ports.length === 0) return lines;
  const withVersion = host.ports.some(({ version }) => version !== "");
  const head = ["PORT", "STATE", "SERVICE", "REASON", ...(withVersion ? ["VERSION"] : [])];
  const rows = table([head, ...host.ports.map((port) => portRow(port, withVersion))]);
  lines.push("", rows[0] ?? "");
  for (const [index, port] of host.ports.entries()) {
    lines.push(rows[index + 1] ?? "", ...port.scripts.flatMap(scriptLines));
  }
  return lines;
}

function portRow(port: NmapPort, withVersion: boolean): string[] {
  const place = port.protocol === "ip" ? String(port.port) : `${port.port}/${shown(port.protocol)}`;
  return [
    place,
    shown(port.state),
    shown(port.service === "" ? "unknown" : port.service),
    shown(port.reason),
    ...(withVersion ? [shown(port.version)] : []),
  ];
}

/** nmap's own bars: `| ` before every line of a script, `|_` before its last. */
function scriptLines({ id, output }: NmapScript): string[] {
  const lines = `${id}: ${output}`.split("\n");
  return lines.map((line, index) => `${index === lines.length - 1 ? "|_" : "| "}${escapeText(line, { keep: "tab" })}`);
}

/** Left-aligned columns, one space between, nothing after the last. */
function table(rows: readonly (readonly string[])[]): string[] {
  const widths: number[] = [];
  for (const row of rows) {
    for (const [column, cell] of row.entries()) widths[column] = Math.max(widths[column] ?? 0, cell.length);
  }
  return rows.map((row) =>
    row
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join(" ")
      .trimEnd(),
  );
}
