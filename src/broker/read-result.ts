// What nmap's XML says, as it is kept with a session. Separate because a sweep reads what a crash left in the same way.
import { hash } from "node:crypto";
import type { SessionId } from "../core/audit/event.ts";
import type { StoredResult } from "../core/grant/session-record.ts";
import type { Account } from "../core/plan/ran-as-planned.ts";
import { addressOf, readNmapXml } from "../core/results/nmap-xml.ts";

export interface ReadResult {
  readonly stored: StoredResult;
  /** 64 hexadecimal digits. */
  readonly sha256: string;
  /** What it says of how it ran, to be held against the plan. */
  readonly account: Account;
}

/** @param xml  nmap's bytes; may be cut or empty: then what was finished counts. */
export function readResult(session: SessionId, xml: Uint8Array): ReadResult {
  const hosts: Account["hosts"][number][] = [];
  const summary = readNmapXml(xml, (host) => {
    hosts.push({ address: addressOf(host), ports: host.ports.map(({ protocol, port }) => ({ protocol, port })) });
  });
  const { complete, scans, args } = summary;
  const total = complete ? { total: summary.hosts.total } : {};
  return {
    stored: { session, xml, complete, summary },
    sha256: hash("sha256", xml),
    account: { scans, hosts, ...total, ...(args === undefined ? {} : { args }) },
  };
}

/** In the time that nmap takes: the first reading of any XML costs far more than the second. */
export function prepareForEnd(): void {
  const xml = Buffer.from('<?xml version="1.0"?><nmaprun><host><status state="up"/></host></nmaprun>');
  readResult("s0000000000" as SessionId, xml);
}
