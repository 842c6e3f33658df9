// A file of networks: one address, CIDR or range a line, `#` comments. Built for a million lines, so plain IPv4 goes
// straight into numbers; whatever looks otherwise takes the careful way.
import type { Problem, Result } from "../result.ts";
import { err, ok } from "../result.ts";
import { AddressSet, parseNetwork } from "../sets/address-set.ts";
import { SourceText } from "./source-text.ts";

const mostProblems = 20;

export function parseNetworkFile(name: string, text: string): Result<AddressSet, readonly Problem[]> {
  const source = new SourceText(name, text);
  const runs: number[] = [];
  const others: AddressSet[] = [];
  const problems: Problem[] = [];
  let start = 0;
  while (start <= text.length && problems.length < mostProblems) {
    let end = text.indexOf("\n", start);
    if (end < 0) end = text.length;
    const comment = text.slice(start, end).indexOf("#");
    const item = text.slice(start, comment < 0 ? end : start + comment).trim();
    if (item !== "" && !addIpv4(item, runs)) {
      const parsed = parseNetwork(item);
      if (parsed.ok) others.push(parsed.value);
      else {
        const at = start + text.slice(start, end).indexOf(item);
        problems.push({ ...parsed.error, at: source.position(at, at + item.length) });
      }
    }
    start = end + 1;
  }
  if (problems.length > 0) return err(problems);
  return ok(AddressSet.unionOf([AddressSet.ofIpv4Runs(Uint32Array.from(runs)), ...others]));
}

const ipv4 = /^(\d{1,3})\.(\d{1,3})\.(\d{1,3})\.(\d{1,3})(?:\/(\d{1,2}))?$/;
const leadingZero = /(?:^|[./])0\d/;

/** Takes an address or CIDR that is beyond doubt; false leaves it to the strict parser, which also knows what is wrong. */
function addIpv4(item: string, runs: number[]): boolean {
  const found = ipv4.exec(item);
  if (found === null || leadingZero.test(item)) return false;
  const octets = [Number(found[1]), Number(found[2]), Number(found[3]), Number(found[4])] as const;
  const prefix = found[5] === undefined ? 32 : Number(found[5]);
  if (octets.some((octet) => octet > 255) || prefix > 32) return false;
  const first = octets[0] * 2 ** 24 + octets[1] * 2 ** 16 + octets[2] * 2 ** 8 + octets[3];
  const size = 2 ** (32 - prefix);
  if (first % size !== 0) return false;
  runs.push(first, first + size - 1);
  return true;
}
