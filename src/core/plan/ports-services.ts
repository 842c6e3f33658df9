// nmap-services: which ports have a name, and which are found open most often. Pure reading of the file's text and the
// questions that port specifications ask about it.
import type { NumberRange } from "../sets/port-set.ts";
import type { ServiceEntry } from "./facts.ts";

type ServiceProtocol = ServiceEntry["protocol"];

// name, port/protocol, then a frequency as decimal or fraction; what follows is comment.
const LINE = /^\s*([^#\s]\S*)\s+([0-9]{1,5})\/(tcp|udp|sctp)(?:\s+([0-9]+(?:\.[0-9]+)?)(?:\/([0-9]+))?(?=\s|$))?/;

/**
 * The entries of nmap-services in their order. A port listed twice keeps its first line, as in nmap; lines that are no
 * entry, and protocols that nmap does not scan, are left out. A line without a frequency has 0.
 */
export function parseServices(text: string): readonly ServiceEntry[] {
  const entries: ServiceEntry[] = [];
  const seen = new Uint8Array(3 * 65_536);
  for (let at = 0; at < text.length;) {
    const feed = text.indexOf("\n", at);
    const end = feed < 0 ? text.length : feed;
    const entry = readPlainLine(text, at, end) ?? readLine(text.slice(at, end));
    at = end + 1;
    if (entry === undefined) continue;
    const key = 3 * entry.port + (entry.protocol === "tcp" ? 0 : entry.protocol === "udp" ? 1 : 2);
    if (seen[key] === 1) continue;
    seen[key] = 1;
    entries.push(entry);
  }
  return entries;
}

/**
 * The usual line, `name TAB port/protocol TAB decimal`, or undefined. Cut at the tabs, because nmap's file has 27,000
 * lines and a matcher that runs once, cold, takes three times as long.
 */
function readPlainLine(text: string, start: number, end: number): ServiceEntry | undefined {
  const nameEnd = text.indexOf("\t", start);
  const slash = text.indexOf("/", nameEnd);
  const protocolEnd = text.indexOf("\t", slash);
  if (nameEnd <= start || slash < 0 || protocolEnd < 0 || protocolEnd >= end) return undefined;
  const name = text.slice(start, nameEnd);
  const protocol = text.slice(slash + 1, protocolEnd);
  if (protocol !== "tcp" && protocol !== "udp" && protocol !== "sctp") return undefined;
  const tab = text.indexOf("\t", protocolEnd + 1);
  const frequency = text.slice(protocolEnd + 1, tab < 0 || tab > end ? end : tab);
  const port = text.slice(nameEnd + 1, slash);
  // Eight characters are a decimal with six digits; anything else is left to the careful reader.
  if (frequency.length !== 8 || frequency[1] !== "." || name.includes(" ") || name.startsWith("#")) return undefined;
  const ratio = Number(frequency);
  const number = Number(port);
  if (!(number <= 65_535 && String(number) === port && ratio >= 0 && ratio <= 1)) return undefined;
  return { name, protocol, port: number, ratio };
}

function readLine(line: string): ServiceEntry | undefined {
  const [, name, port, protocol, frequency, outOf] = LINE.exec(line) ?? [];
  if (name === undefined || Number(port) > 65_535) return undefined;
  if (protocol !== "tcp" && protocol !== "udp" && protocol !== "sctp") return undefined;
  const ratio = Number(frequency ?? 0) / Number(outOf ?? 1);
  return { name, protocol, port: Number(port), ratio: ratio >= 0 && ratio <= 1 ? ratio : 0 };
}

/** The numbers of nmap-protocols: `name number`, one a line. What -F and brackets mean for an IP protocol scan. */
export function parseProtocolNumbers(text: string): readonly number[] {
  const numbers = new Set<number>();
  for (const line of text.split("\n")) {
    const found = /^\s*[^#\s]\S*\s+([0-9]{1,3})(?:\s|$)/.exec(line);
    if (found !== null && Number(found[1]) <= 255) numbers.add(Number(found[1]));
  }
  return [...numbers];
}

/** How a list is cut by frequency: the most frequent `count`, or all that reach `atLeast`. */
export type Frequency = { readonly count: number } | { readonly atLeast: number };

/**
 * The protocol's ports chosen by frequency among those that `among` lets through. Of ports that are equally frequent
 * the file's order decides, as in nmap.
 */
export function mostFrequent(
  services: readonly ServiceEntry[],
  protocol: ServiceProtocol,
  frequency: Frequency,
  among: (port: number) => boolean,
): NumberRange[] {
  const own = services.filter((entry) => entry.protocol === protocol && among(entry.port));
  if ("atLeast" in frequency)
    return own.filter(({ ratio }) => ratio >= frequency.atLeast).map(({ port }) => [port, port]);
  if (own.length <= frequency.count) return own.map(({ port }) => [port, port]);
  // The frequency of the last one that fits: what is above it fits for sure, what equals it in the file's order.
  const ratios = Float64Array.from(own, ({ ratio }) => ratio).sort();
  const least = ratios[own.length - frequency.count] ?? 0;
  let equals = frequency.count - own.reduce((count, { ratio }) => (ratio > least ? count + 1 : count), 0);
  return own.filter(({ ratio }) => ratio > least || (ratio === least && equals-- > 0)).map(({ port }) => [port, port]);
}

/** Whether the name matches a mask of nmap's: any case, `*` any run, `?` one character. Never more than length times length steps. */
export function matchesMask(name: string, mask: string): boolean {
  const text = name.toLowerCase();
  const pattern = mask.toLowerCase();
  let at = 0;
  let in_ = 0;
  let star = -1;
  let resume = 0;
  while (at < text.length) {
    if (pattern[in_] === "*") {
      star = in_++;
      resume = at;
    } else if (in_ < pattern.length && (pattern[in_] === "?" || pattern[in_] === text[at])) {
      at++;
      in_++;
    } else if (star >= 0) {
      // The last star takes one character more; earlier ones need not be tried again.
      in_ = star + 1;
      at = ++resume;
    } else {
      return false;
    }
  }
  while (pattern[in_] === "*") in_++;
  return in_ === pattern.length;
}
