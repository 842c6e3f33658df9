// Why a target word is refused, and how the same thing is spelled canonically. Apart from the reading, because it runs
// only after the word was refused and is twice as long.
import {
  formatAddress,
  formatDottedQuad,
  IPV4_MAPPED_FIRST,
  IPV4_MAPPED_LAST,
  parseAddress,
  parseIpv6,
  type Family,
} from "../sets/address-text.ts";
import { AddressSet } from "../sets/address-set.ts";
import { quoted } from "./parse-error.ts";
import { renderTargets } from "./target-render.ts";
import { isHostName, LONGEST_WORD, readOctet, readTargetWord, type TargetProblem } from "./target-grammar.ts";

const UNICODE_DASHES = /[\u2010-\u2015\u2212\ufe58\ufe63\uff0d]/g;
const MANY_WORDS = 8;

/** @param word  one that readTargetWord does not read in this family. */
export function explainRefusal(word: string, family: Family): TargetProblem {
  const says = (message: string, hint?: string): TargetProblem => ({
    code: "target-syntax",
    message,
    ...(hint === undefined ? {} : { hint }),
  });
  const name = quoted(word);
  if (word === "") return says("An empty word is no target.", "leave it out; was a shell variable empty?");
  if (word === "-") return says('"-" alone is no target.', "write out what to scan");
  if (word.length > LONGEST_WORD) return says(`A target is longer than ${LONGEST_WORD} characters.`, "write several");
  const dashed = word.replace(UNICODE_DASHES, "-");
  if (dashed !== word && isTarget(dashed, family)) {
    return says(`The target ${name} holds a typographic dash.`, `write ${dashed}`);
  }
  if (!/^[\x21-\x7e]*$/.test(word)) {
    const trimmed = word.trim();
    if (isTarget(trimmed, family)) return says(`The target ${name} holds white space.`, `write ${trimmed}`);
    return says(
      `The target ${name} holds characters that belong to no address or host name.`,
      /[^\0-\x7f]/.test(word) ? "write international names in their xn-- form" : undefined,
    );
  }
  return (
    otherFamily(word, family) ??
    wrapped(word, family, says) ??
    listOrRange(word, family, says) ??
    masked(word, family, says) ??
    numbers(word, family, says) ??
    says(
      `${name} is neither an address, a range of addresses, nor a host name.`,
      word.endsWith(".") && isHostName(word.slice(0, -1)) ? `write ${word.slice(0, -1)}` : undefined,
    )
  );
}

type Says = (message: string, hint?: string) => TargetProblem;

function isTarget(word: string, family: Family): boolean {
  return readTargetWord(word, family) !== undefined;
}

function otherFamily(word: string, family: Family): TargetProblem | undefined {
  const slash = word.lastIndexOf("/");
  const value = parseIpv6(slash < 0 ? word : word.slice(0, slash));
  if (value !== undefined && family === 6) {
    const mapped = value >= IPV4_MAPPED_FIRST && value <= IPV4_MAPPED_LAST;
    if (!mapped && slash < 0) return undefined;
    const length = slash < 0 ? 128 : /^[0-9]{1,3}$/.test(word.slice(slash + 1)) ? Number(word.slice(slash + 1)) : 129;
    if (length > 128) return undefined;
    const plain = formatDottedQuad(Number(value & 0xffff_ffffn));
    return {
      code: "target-family",
      message: `${quoted(word)} holds IPv4 addresses in IPv6 form (::ffff:0:0/96).`,
      hint:
        mapped && length >= 96
          ? `write ${length === 128 ? plain : `${plain}/${length - 96}`} without -6`
          : "write a longer prefix",
    };
  }
  if (value !== undefined && namesAddressesIn(word, 6)) {
    return { code: "target-family", message: `${quoted(word)} is IPv6, and the line is not.`, hint: "add -6" };
  }
  if (family === 6 && namesAddressesIn(word, 4)) {
    return { code: "target-family", message: `${quoted(word)} is IPv4, and -6 was given.`, hint: "leave out -6" };
  }
  return undefined;
}

/** Whether the word names addresses in that family; host names belong to both. */
function namesAddressesIn(word: string, family: Family): boolean {
  const slash = word.lastIndexOf("/");
  const host = slash < 0 ? word : word.slice(0, slash);
  const length = slash < 0 ? 0 : /^[0-9]{1,3}$/.test(word.slice(slash + 1)) ? Number(word.slice(slash + 1)) : 129;
  if (family === 6) return parseIpv6(host) !== undefined && length <= 128;
  const octets = host.split(".");
  return octets.length === 4 && octets.every((octet) => readOctet(octet) !== undefined) && length <= 32;
}

/** Addresses inside something else: URLs, brackets, ports, zones, user names. */
function wrapped(word: string, family: Family, says: Says): TargetProblem | undefined {
  const name = quoted(word);
  const url = /^[a-z][a-z0-9+.-]*:\/\/(?:[^/@]*@)?(\[[^\]]*\]|[^/:?#]*)/i.exec(word);
  if (url !== null) {
    const host = (url[1] ?? "").replace(/^\[|\]$/g, "");
    return says(`${name} is a URL, not a target.`, isTarget(host, family) ? `write ${host}` : undefined);
  }
  if (word.includes("%")) {
    return says(
      `${name} has a zone, and an address with a zone cannot be checked against a policy.`,
      "write a global address, or one whose interface is not in question",
    );
  }
  const bracketed = /^\[([^\]]*)\](\/[0-9]+)?(?::[0-9]+)?$/.exec(word);
  if (bracketed !== null) {
    const inner = `${bracketed[1] ?? ""}${bracketed[2] ?? ""}`;
    return says(`The target ${name} is in brackets.`, isTarget(inner, family) ? `write ${inner}` : undefined);
  }
  const port = /^([^:]+):([0-9]{1,5})$/.exec(word);
  if (port?.[1] !== undefined && port[2] !== undefined && isTarget(port[1], family)) {
    return says(`${name} holds a port, which is no part of a target.`, `write -p ${port[2]} ${port[1]}`);
  }
  const at = word.lastIndexOf("@");
  if (at >= 0) {
    const host = word.slice(at + 1);
    return says(
      `${name} holds a user name, which is no part of a target.`,
      isTarget(host, family) ? `write ${host}` : undefined,
    );
  }
  return undefined;
}

/** `a,b` and `a-b` with whole addresses on both sides. */
function listOrRange(word: string, family: Family, says: Says): TargetProblem | undefined {
  if (/[,;]/.test(word)) {
    const parts = word.split(/[,;]/).filter((part) => part !== "");
    if (parts.every((part) => /[.:]/.test(part) && isTarget(part, family))) {
      const hint = parts.length > 1 ? "separate them by spaces" : "leave the comma out";
      return says(
        `Targets are not separated by commas: ${quoted(word)}.`,
        parts.length <= MANY_WORDS ? `write ${parts.join(" ")}` : hint,
      );
    }
  }
  const dash = word.indexOf("-");
  const [first, last] = [parseAddress(word.slice(0, dash)), parseAddress(word.slice(dash + 1))];
  if (dash < 0 || first === undefined || last === undefined) return undefined;
  if (first.family !== family || last.family !== family || first.value > last.value) {
    return says(`${quoted(word)} is no range of addresses.`);
  }
  const words = renderTargets(AddressSet.ofRanges([{ family, first: first.value, last: last.value }]), family);
  return says(
    `A range from address to address is not nmap's grammar: ${quoted(word)}.`,
    words.length <= MANY_WORDS ? `write ${words.join(" ")}` : "write prefixes such as 10.0.0.0/24",
  );
}

function masked(word: string, family: Family, says: Says): TargetProblem | undefined {
  const slash = word.lastIndexOf("/");
  if (slash < 0) return undefined;
  const host = word.slice(0, slash);
  const length = word.slice(slash + 1);
  const longest = family === 4 ? 32 : 128;
  if (!isTarget(host, family)) return undefined;
  if (isHostName(host)) {
    return says(
      `A prefix length on a host name (${quoted(word)}) means whatever the name resolves to.`,
      `write ${host}, or an address with /${/^[0-9]{1,3}$/.test(length) ? Number(length) : "…"}`,
    );
  }
  if (/^0+[0-9]+$/.test(length) && Number(length) <= longest) {
    return says(`The prefix length of ${quoted(word)} has leading zeros.`, `write ${host}/${Number(length)}`);
  }
  const netmask = parseAddress(length);
  if (family === 4 && netmask?.family === 4) {
    const ones = netmask.value.toString(2).padStart(32, "0");
    if (/^1*0*$/.test(ones)) {
      return says(
        `${quoted(word)} has a netmask in place of a prefix length.`,
        `write ${host}/${ones.replaceAll("0", "").length}`,
      );
    }
  }
  return says(
    `A prefix length lies between 0 and ${longest}: ${quoted(word)}.`,
    /^[0-9]+$/.test(length) ? `write ${host}, which is what nmap would scan` : undefined,
  );
}

/** Words of digits, dots, dashes and commas: an octet out of bounds, leading zeros, or a form of inet_aton. */
function numbers(word: string, family: Family, says: Says): TargetProblem | undefined {
  const slash = word.lastIndexOf("/");
  const host = slash < 0 ? word : word.slice(0, slash);
  const rest = slash < 0 ? "" : word.slice(slash);
  if (host.includes(":")) return undefined;
  const octets = host.split(".");
  const last = octets.at(-1) ?? "";
  if (!/^(?:[0-9*,-]+|0x[0-9a-f]*)$/i.test(last) && octets.length !== 4) return undefined;
  if (octets.length === 4 && octets.every((octet) => /^[0-9*,-]+$/.test(octet))) {
    const decimal = octets.map((octet) => octet.replace(/(?<![0-9])0+(?=[0-9])/g, "")).join(".");
    if (decimal !== host && isTarget(decimal + rest, family)) {
      return says(
        `${quoted(word)} has leading zeros, which nmap reads as decimal and other programs as octal.`,
        `write ${decimal}${rest}`,
      );
    }
    const wrong = octets.find((octet) => readOctet(octet) === undefined);
    if (wrong === undefined) return undefined;
    const turned = /^([0-9]{1,3})-([0-9]{1,3})$/.exec(wrong);
    if (turned !== null && Number(turned[1]) > Number(turned[2]) && Number(turned[1]) <= 255) {
      const swapped = host.replace(wrong, `${turned[2] ?? ""}-${turned[1] ?? ""}`) + rest;
      return says(
        `The range ${wrong} of ${quoted(word)} ends before it starts.`,
        isTarget(swapped, family) ? `write ${swapped}` : undefined,
      );
    }
    return says(`In ${quoted(word)} the part ${quoted(wrong)} is not made of numbers and ranges from 0 to 255.`);
  }
  const value = inetAton(octets);
  if (value !== undefined) {
    const plain = `${formatAddress(4, value)}${rest}`;
    return says(
      `${quoted(word)} is an address only by old rules that programs apply differently.`,
      isTarget(plain, family) ? `write ${plain}` : undefined,
    );
  }
  if (!/^(?:[0-9]+|0x[0-9a-f]*|[0-9*,-]+)$/i.test(last)) return undefined;
  return says(`${quoted(word)} is not an address: one has four parts with numbers from 0 to 255.`);
}

/** What the C library's inet_aton makes of it: one to four parts, decimal, octal or hexadecimal, the last one filling up. */
function inetAton(parts: readonly string[]): bigint | undefined {
  if (parts.length > 4) return undefined;
  let value = 0n;
  for (const [index, part] of parts.entries()) {
    const octal = /^0([0-7]+)$/.exec(part);
    if (octal === null && !/^(?:0|[1-9][0-9]{0,9}|0x[0-9a-f]{1,8})$/i.test(part)) return undefined;
    const number = octal?.[1] === undefined ? BigInt(part) : BigInt(`0o${octal[1]}`);
    const left = BigInt(8 * (index === parts.length - 1 ? 5 - parts.length : 1));
    if (number >> left !== 0n) return undefined;
    value = (value << left) | number;
  }
  return value;
}
