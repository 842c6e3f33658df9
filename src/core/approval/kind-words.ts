// What kinds of scan are called where people decide: on the card, and where it says what is new.
import type { Feature, Technique } from "../plan/scan-plan.ts";

/** Without the word "scan", which follows where nothing else does. */
export const techniqueWords: Readonly<Record<Technique, string>> = {
  list: "list",
  ping: "ping",
  connect: "connect",
  syn: "SYN",
  udp: "UDP",
  ack: "ACK",
  window: "window",
  maimon: "Maimon",
  null: "null",
  fin: "FIN",
  xmas: "Xmas",
  "sctp-init": "SCTP INIT",
  "sctp-cookie-echo": "SCTP COOKIE ECHO",
  "ip-protocol": "IP protocol",
};

export const featureWords: Readonly<Record<Feature, string | undefined>> = {
  "service-version": "versions",
  "os-detection": "OS",
  traceroute: "traceroute",
  // The scripts are named by "scripts", whatever brought them.
  "default-scripts": undefined,
  fragments: "fragments",
  "source-port": "source port",
  "custom-flags": "own flags",
  payload: "payload",
  "bad-checksum": "bad checksums",
  ttl: "own TTL",
  interface: "chosen interface",
  "raw-ethernet": "raw Ethernet frames",
  "all-ports": "printers asked for versions",
};

/** `4,200`; text is a decimal number. */
export function grouped(count: number | bigint | string): string {
  return count.toString().replace(/\B(?=(\d{3})+(?!\d))/g, ",");
}

/** At most `length` characters, the last three of them dots where something is missing. */
export function shorten(text: string, length: number): string {
  const characters = Array.from(text);
  return characters.length <= length ? text : `${characters.slice(0, length - 3).join("")}...`;
}
