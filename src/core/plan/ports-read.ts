// The text after -p and --exclude-ports: nmap's grammar without its oddities (white space, empty elements, leading
// zeros, open brackets), and exactly nmap's meaning for what is accepted.
import { err, ok, type Problem, type Result } from "../result.ts";
import { highestOf, type PortSet, type NumberRange, type Protocol } from "../sets/port-set.ts";
import type { ServiceEntry } from "./facts.ts";
import { quoted } from "./parse-error.ts";
import { PortMembers } from "./port-members.ts";
import { matchesMask } from "./ports-services.ts";

export type PortProblemCode =
  | "port-syntax"
  | "port-out-of-range"
  | "port-protocol"
  | "unknown-service"
  | "no-ports"
  | "services-without-frequencies";
export type PortProblem = Problem<PortProblemCode>;

/** What a specification is read against. */
export interface PortTables {
  readonly services: readonly ServiceEntry[];
  /** The numbers that nmap-protocols names. */
  readonly protocolNumbers: readonly number[];
}

interface Prefix {
  readonly protocol: Protocol;
  readonly scan: string;
  readonly words: string;
}

const PREFIXES: ReadonlyMap<string, Prefix> = new Map([
  ["T", { protocol: "tcp", scan: "-sS or -sT", words: "TCP" }],
  ["U", { protocol: "udp", scan: "-sU", words: "UDP" }],
  ["S", { protocol: "sctp", scan: "-sY", words: "SCTP" }],
  ["P", { protocol: "protocol", scan: "-sO", words: "IP protocol" }],
]);

const LONGEST_MASK = 126;
const LONGEST_SPECIFICATION = 65_536;

/** Names and brackets: for each, all of nmap's services are gone through. */
const MOST_LOOK_UPS = 200;

/** Thrown inside this file only: a reader of nested text ends at its first problem. */
class Refusal extends Error {
  readonly problem: PortProblem;

  constructor(problem: PortProblem) {
    super(problem.message);
    this.problem = problem;
  }
}

function refuse(code: PortProblemCode, message: string, hint?: string): never {
  throw new Refusal({ code, message, ...(hint === undefined ? {} : { hint }) });
}

/**
 * Reads a port specification.
 *
 * Numbers, ranges and open ranges (`-100` starts at 1, 0 for IP protocols), service names and masks, `[…]` for known
 * ports only, and the prefixes T: U: S: P:, each valid until the next one or the end of its bracket.
 *
 * @param option     `-p` or `--exclude-ports`, for messages.
 * @param protocols  those of the chosen scan types: what a number without a prefix means. Prefixes of others are refused.
 *
 * Source: nmap's port grammar, observed (compliance corpus ports.jsonl).
 */
export function readPorts(
  specification: string,
  option: string,
  protocols: readonly Protocol[],
  tables: PortTables,
): Result<PortSet, PortProblem> {
  try {
    const set = new Reader(specification, option, protocols, tables).read();
    if (set.isEmpty) refuse("no-ports", `${option} ${quoted(specification)} names no port that is known.`);
    return ok(set);
  } catch (error) {
    if (error instanceof Refusal) return err(error.problem);
    throw error;
  }
}

/** Whether reading it needs nmap-services: names, masks and brackets do, numbers do not. */
export function specificationNeedsServices(specification: string): boolean {
  return /[[*?a-z]/.test(specification);
}

class Reader {
  readonly #text: string;
  readonly #option: string;
  readonly #scanned: readonly Protocol[];
  readonly #tables: PortTables;
  readonly #members = new PortMembers();
  #lookUps = 0;
  #at = 0;
  /** What a number means here. */
  #current: readonly Protocol[];
  /** What it meant before the bracket that is open, if one is. */
  #outside: readonly Protocol[] | undefined;

  constructor(text: string, option: string, protocols: readonly Protocol[], tables: PortTables) {
    this.#text = text;
    this.#option = option;
    this.#scanned = protocols;
    this.#current = protocols;
    this.#tables = tables;
  }

  read(): PortSet {
    this.#refuseOddities();
    for (;;) {
      this.#prefix();
      while (this.#text[this.#at] === "[") {
        if (this.#outside !== undefined) refuse("port-syntax", `${this.#quoted()}: brackets do not nest.`);
        this.#countLookUp();
        this.#outside = this.#current;
        this.#at++;
        this.#prefix();
      }
      this.#element();
      if (this.#text[this.#at] === "]" && this.#outside !== undefined) {
        this.#current = this.#outside;
        this.#outside = undefined;
        this.#at++;
      }
      if (this.#at === this.#text.length) break;
      if (this.#text[this.#at] !== ",") this.#unreadable();
      this.#at++;
    }
    if (this.#outside !== undefined) refuse("port-syntax", `${this.#quoted()}: a bracket is never closed.`);
    return this.#members.toSet();
  }

  #countLookUp(): void {
    if (++this.#lookUps <= MOST_LOOK_UPS) return;
    const message = `${this.#option} has more than ${MOST_LOOK_UPS} service names and brackets.`;
    refuse("port-syntax", message, "write the ports' numbers");
  }

  #refuseOddities(): void {
    const text = this.#text;
    if (text.length > LONGEST_SPECIFICATION) refuse("port-syntax", `${this.#option}: the list of ports is too long.`);
    const plain = text
      .replace(/[\u2010-\u2015\u2212]/g, "-")
      .split(/[\s,;]+/)
      .filter((item) => item !== "")
      .join(",");
    const hint = /^[\x21-\x7e]{1,200}$/.test(plain) ? `write ${this.#option} ${plain}` : undefined;
    if (text === "") refuse("port-syntax", `${this.#option} has no ports.`, "name some: 22,80-90");
    if (!/^[\x21-\x7e]*$/.test(text)) {
      refuse("port-syntax", `${this.#quoted()} holds white space or characters that belong to no port.`, hint);
    }
    if (/^,|,,|,$|\[,|,\]/.test(text)) refuse("port-syntax", `${this.#quoted()} has an empty element.`, hint);
    if (text.includes(";")) refuse("port-syntax", `${this.#quoted()}: ports are separated by commas.`, hint);
  }

  #prefix(): void {
    if (this.#text[this.#at + 1] !== ":") return;
    const letter = this.#text[this.#at] ?? "";
    const prefix = PREFIXES.get(letter);
    if (prefix === undefined) {
      const upper = PREFIXES.has(letter.toUpperCase()) ? `write ${letter.toUpperCase()}:` : "use T:, U:, S: or P:";
      refuse("port-syntax", `${this.#quoted()}: ${quoted(`${letter}:`)} is no protocol.`, upper);
    }
    if (!this.#scanned.includes(prefix.protocol)) {
      refuse(
        "port-protocol",
        `${this.#quoted()} names ${prefix.words} ports, and no ${prefix.words} scan is chosen.`,
        `add ${prefix.scan}, or leave ${letter}: out`,
      );
    }
    this.#current = [prefix.protocol];
    this.#at += 2;
  }

  /** A mask or a range; ends at the comma, the bracket's end, or the end of the text. */
  #element(): void {
    const end = /[,\][]|$/.exec(this.#text.slice(this.#at));
    const element = this.#text.slice(this.#at, this.#at + (end?.index ?? 0));
    if (/^[a-z*?]/.test(element)) this.#mask(element);
    else this.#range(element);
    this.#at += element.length;
  }

  #mask(mask: string): void {
    const named = /^(tcp|udp|sctp)[/:]([0-9-]+)$/.exec(mask);
    if (named?.[1] !== undefined && named[2] !== undefined) {
      refuse(
        "port-syntax",
        `${this.#quoted()} is not nmap's way to name a protocol.`,
        `write ${named[1].slice(0, 1).toUpperCase()}:${named[2]}`,
      );
    }
    if (this.#current.includes("protocol")) {
      refuse(
        "port-syntax",
        `${this.#quoted()}: IP protocols are chosen by number.`,
        "write 6 for TCP, 17 for UDP, 1 for ICMP",
      );
    }
    if (mask.length > LONGEST_MASK)
      refuse("port-syntax", `${this.#option}: a service name is longer than ${LONGEST_MASK} characters.`);
    this.#countLookUp();
    const found = this.#tables.services.filter(
      ({ protocol, name }) => this.#current.includes(protocol) && matchesMask(name, mask),
    );
    if (found.length === 0) {
      refuse(
        "unknown-service",
        `${this.#option}: no ${this.#current.join(" or ")} service of nmap's is named ${quoted(mask)}.`,
        "write the port's number",
      );
    }
    for (const { protocol, port } of found) this.#members.add(protocol, [port, port]);
  }

  #range(element: string): void {
    const found = /^([0-9]*)(-([0-9]*))?$/.exec(element);
    if (found === null || element === "") this.#unreadable(element);
    const [, low = "", dash, high = ""] = found;
    const zeros = [low, high].find((digits) => /^0[0-9]/.test(digits));
    if (zeros !== undefined) {
      refuse(
        "port-syntax",
        `${this.#quoted()} has leading zeros.`,
        `write ${element.replace(/(?<![0-9])0+(?=[0-9])/g, "")}`,
      );
    }
    const ranges = this.#current.map((protocol): [Protocol, NumberRange] => {
      const highest = highestOf(protocol);
      const what = protocol === "protocol" ? "IP protocols" : "Ports";
      // From 1 on, because nmap leaves port 0 out unless it is named.
      const first = low === "" ? (protocol === "protocol" ? 0 : 1) : Number(low);
      const last = dash === undefined ? first : high === "" ? highest : Number(high);
      const above = first > highest ? first : last > highest ? last : undefined;
      if (above !== undefined) {
        refuse("port-out-of-range", `${what} lie between 0 and ${highest}: ${quoted(element)}.`);
      }
      if (first > last)
        refuse("port-syntax", `The range ${quoted(element)} ends before it starts.`, `write ${last}-${first}`);
      return [protocol, [first, last]];
    });
    const [[, [lowest, highest]] = ["tcp", [0, 0]]] = ranges;
    // Behind a prefix a number means one protocol; several are always all that are scanned.
    const free = ranges.length === 1 ? [[lowest, highest] as const] : this.#members.free([lowest, highest]);
    for (const [protocol, [first, last]] of ranges) {
      for (const [from, to] of free) {
        const range = [Math.max(first, from), Math.min(last, to)] as const;
        if (range[0] > range[1]) continue;
        if (this.#outside === undefined) this.#members.add(protocol, range);
        else
          for (const number of this.#known(protocol))
            if (number >= range[0] && number <= range[1]) this.#members.add(protocol, [number, number]);
      }
    }
  }

  #known(protocol: Protocol): readonly number[] {
    if (protocol === "protocol") return this.#tables.protocolNumbers;
    return this.#tables.services.filter((entry) => entry.protocol === protocol).map(({ port }) => port);
  }

  #unreadable(element = this.#text.slice(this.#at)): never {
    const message = `${this.#quoted()} is no list of ports.`;
    const service = element.toLowerCase();
    if (/^[A-Z][A-Za-z0-9-]*$/.test(element))
      refuse("port-syntax", message, `write service names in lower case: ${service}`);
    const slash = /^([0-9]+(?:-[0-9]+)?)\/(tcp|udp|sctp)$/.exec(service);
    if (slash?.[1] !== undefined)
      refuse("port-syntax", message, `write ${(slash[2] ?? "").slice(0, 1).toUpperCase()}:${slash[1]}`);
    const range = /^([0-9]+)(?::|\.\.)([0-9]+)$/.exec(element);
    if (range !== null) refuse("port-syntax", message, `write ${range[1] ?? ""}-${range[2] ?? ""}`);
    refuse("port-syntax", message, "such as 22,80-90,http or T:80,U:53");
  }

  #quoted(): string {
    return `${this.#option} ${quoted(this.#text)}`;
  }
}
