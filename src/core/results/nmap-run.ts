// Reads nmap's XML, one finished host at a time. The only place that knows the XML; summary and text are made from this.
import { SaxesParser } from "saxes";
import type { ScanInfo } from "./summary.ts";

export interface NmapScript {
  readonly id: string;
  readonly output: string;
}

export interface NmapPort {
  readonly protocol: string;
  readonly port: number;
  readonly state: string;
  readonly reason: string;
  /** Name, with `tunnel/` before it where there is one; empty when nmap knows none. */
  readonly service: string;
  /** Product, version, and extra information in brackets; empty without version detection. */
  readonly version: string;
  readonly scripts: readonly NmapScript[];
}

/** Ports that nmap counts instead of listing them. */
export interface NmapExtraPorts {
  readonly state: string;
  readonly count: number;
  readonly protocol: string;
  readonly reason: string;
}

export interface NmapHost {
  readonly state: string;
  readonly reason: string;
  /** In nmap's order; `type` is ipv4, ipv6 or mac. */
  readonly addresses: readonly { readonly address: string; readonly type: string; readonly vendor: string }[];
  readonly names: readonly string[];
  readonly ports: readonly NmapPort[];
  readonly extraPorts: readonly NmapExtraPorts[];
  readonly scripts: readonly NmapScript[];
  readonly osMatches: readonly { readonly name: string; readonly accuracy: number }[];
  readonly hops: readonly {
    readonly ttl: string;
    readonly rtt: string;
    readonly address: string;
    readonly name: string;
  }[];
  /** How many hops away, as text; undefined where nmap did not find out. */
  readonly distance: string | undefined;
  /** Smoothed round-trip time in microseconds. */
  readonly srttMicroseconds: number | undefined;
  /** True when nmap gave it up at its --host-timeout. */
  readonly timedOut: boolean;
}

export interface NmapRun {
  /** True when nmap closed the document itself. */
  readonly complete: boolean;
  readonly args?: string;
  readonly version?: string;
  /** Seconds since the epoch. */
  readonly startedAt?: number;
  readonly startedText?: string;
  readonly scans: readonly ScanInfo[];
  readonly finished?: {
    readonly elapsedSeconds?: number;
    readonly exit: "success" | "error";
    readonly errorMessage?: string;
    readonly text?: string;
  };
  readonly hosts?: { readonly up: number; readonly down: number; readonly total: number };
}

type Mutable<T> = { -readonly [K in keyof T]: T[K] extends readonly (infer U)[] ? U[] : T[K] };
type Attributes = Readonly<Record<string, string>>;

/**
 * Reads a document, whole or cut. `onHost` gets each host that nmap finished, in order; one that is cut is left out.
 *
 * Strict: the first thing that is not well-formed XML ends the reading, and what came before it counts. Memory is that
 * of one host. Total: any bytes give a run, at worst an empty one that is not complete.
 */
export function readNmapRun(xml: Uint8Array, onHost: (host: NmapHost) => void): NmapRun {
  const run: Mutable<NmapRun> = { complete: false, scans: [] };
  const parser = new SaxesParser();
  const open: string[] = [];
  const reading = { broken: false, closed: false };
  let host: Mutable<NmapHost> | undefined;
  let port: Mutable<NmapPort> | undefined;

  parser.on("error", () => {
    reading.broken = true;
  });
  parser.on("opentag", ({ name, attributes }) => {
    if (reading.broken) return;
    open.push(name);
    if (host === undefined) {
      if (name === "host" && open.length === 2) host = newHost(attributes);
      else readRunTag(run, name, attributes);
    } else if (name === "port") {
      port = newPort(attributes);
    } else if (port !== undefined) {
      readPortTag(port, name, attributes);
    } else {
      readHostTag(host, name, attributes);
    }
  });
  parser.on("closetag", ({ name }) => {
    if (reading.broken) return;
    open.pop();
    if (name === "port" && port !== undefined) {
      host?.ports.push(port);
      port = undefined;
    } else if (name === "host" && open.length === 1 && host !== undefined) {
      onHost(host);
      host = undefined;
    } else if (name === "nmaprun" && open.length === 0) {
      reading.closed = true;
    }
  });

  // In pieces: one string of a large result would be held several times over.
  const decoder = new TextDecoder("utf-8");
  const piece = 1 << 20;
  for (let at = 0; at < xml.length && !reading.broken; at += piece) {
    parser.write(decoder.decode(xml.subarray(at, at + piece), { stream: true }));
  }
  if (!reading.broken) parser.close();
  run.complete = !reading.broken && reading.closed && run.finished !== undefined;
  return run;
}

function readRunTag(run: Mutable<NmapRun>, name: string, at: Attributes): void {
  switch (name) {
    case "nmaprun":
      if (at["args"] !== undefined) run.args = at["args"];
      if (at["version"] !== undefined) run.version = at["version"];
      if (at["startstr"] !== undefined) run.startedText = at["startstr"];
      if (at["start"] !== undefined) run.startedAt = count(at["start"]);
      return;
    case "scaninfo":
      run.scans.push({
        type: at["type"] ?? "",
        protocol: at["protocol"] ?? "",
        ports: count(at["numservices"]),
        services: at["services"] ?? "",
      });
      return;
    case "finished":
      run.finished = {
        exit: at["exit"] === "success" ? "success" : "error",
        ...(at["elapsed"] === undefined ? {} : { elapsedSeconds: decimal(at["elapsed"]) }),
        ...(at["errormsg"] === undefined ? {} : { errorMessage: at["errormsg"] }),
        ...(at["timestr"] === undefined ? {} : { text: at["timestr"] }),
      };
      return;
    case "hosts":
      run.hosts = { up: count(at["up"]), down: count(at["down"]), total: count(at["total"]) };
  }
}

function newHost(at: Attributes): Mutable<NmapHost> {
  return {
    state: "unknown",
    reason: "",
    addresses: [],
    names: [],
    ports: [],
    extraPorts: [],
    scripts: [],
    osMatches: [],
    hops: [],
    distance: undefined,
    srttMicroseconds: undefined,
    timedOut: at["timedout"] === "true",
  };
}

function readHostTag(host: Mutable<NmapHost>, name: string, at: Attributes): void {
  switch (name) {
    case "status":
      host.state = at["state"] ?? "unknown";
      host.reason = at["reason"] ?? "";
      return;
    case "address":
      host.addresses.push({ address: at["addr"] ?? "", type: at["addrtype"] ?? "", vendor: at["vendor"] ?? "" });
      return;
    case "hostname":
      if (at["name"] !== undefined) host.names.push(at["name"]);
      return;
    case "extraports":
      host.extraPorts.push({ state: at["state"] ?? "", count: count(at["count"]), protocol: "", reason: "" });
      return;
    case "extrareasons": {
      // The reasons split what `extraports` announced.
      const last = host.extraPorts.at(-1);
      if (last === undefined) return;
      if (last.reason === "") host.extraPorts.pop();
      host.extraPorts.push({
        state: last.state,
        count: count(at["count"]),
        protocol: at["proto"] ?? "",
        reason: at["reason"] ?? "",
      });
      return;
    }
    case "script":
      host.scripts.push({ id: at["id"] ?? "", output: at["output"] ?? "" });
      return;
    case "osmatch":
      host.osMatches.push({ name: at["name"] ?? "", accuracy: count(at["accuracy"]) });
      return;
    case "hop":
      host.hops.push({
        ttl: at["ttl"] ?? "",
        rtt: at["rtt"] ?? "",
        address: at["ipaddr"] ?? "",
        name: at["host"] ?? "",
      });
      return;
    case "distance":
      host.distance = at["value"];
      return;
    case "times":
      host.srttMicroseconds = count(at["srtt"]);
  }
}

function newPort(at: Attributes): Mutable<NmapPort> {
  return {
    protocol: at["protocol"] ?? "",
    port: count(at["portid"]),
    state: "",
    reason: "",
    service: "",
    version: "",
    scripts: [],
  };
}

function readPortTag(port: Mutable<NmapPort>, name: string, at: Attributes): void {
  switch (name) {
    case "state":
      port.state = at["state"] ?? "";
      port.reason = at["reason"] ?? "";
      return;
    case "service": {
      const tunnel = at["tunnel"];
      port.service = `${tunnel === undefined ? "" : `${tunnel}/`}${at["name"] ?? ""}`;
      const extra = at["extrainfo"];
      const parts = [at["product"], at["version"], extra === undefined ? undefined : `(${extra})`];
      port.version = parts.filter((part) => part !== undefined).join(" ");
      return;
    }
    case "script":
      port.scripts.push({ id: at["id"] ?? "", output: at["output"] ?? "" });
  }
}

/** A number that nmap counts; what is not one is 0. */
function count(text: string | undefined): number {
  const number = Number(text);
  return text !== undefined && text !== "" && Number.isSafeInteger(number) && number >= 0 ? number : 0;
}

function decimal(text: string): number {
  const number = Number(text);
  return Number.isFinite(number) ? number : 0;
}
