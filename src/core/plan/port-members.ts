// The ports that a specification has named so far, by protocol: what is kept is bounded, however often each is named.
// Apart from the grammar, because nmap's rule for what is named twice is here.
import { PortSet, type NumberRange, type Protocol } from "../sets/port-set.ts";

export class PortMembers {
  readonly #members = new Map<Protocol, Uint8Array>();
  /** 1 for each number that some protocol has. */
  readonly #taken = new Uint8Array(65_536);

  add(protocol: Protocol, [first, last]: NumberRange): void {
    const member = this.#members.get(protocol) ?? new Uint8Array(65_536);
    this.#members.set(protocol, member.fill(1, first, last + 1));
    this.#taken.fill(1, first, last + 1);
  }

  /**
   * What of a range no protocol has yet. Where a number means several protocols, nmap takes one that any of them has for
   * named twice, and leaves it out of the others: `-sTU -p [T:22],22` scans no udp/22.
   */
  free([first, last]: NumberRange): readonly NumberRange[] {
    return runsOf(this.#taken, 0, first, last);
  }

  toSet(): PortSet {
    const parts = [...this.#members].map(([protocol, member]) => [protocol, runsOf(member, 1, 0, 65_535)] as const);
    return PortSet.of(Object.fromEntries(parts));
  }
}

/** The runs of numbers between both that are marked so. */
function runsOf(marks: Uint8Array, mark: 0 | 1, first: number, last: number): NumberRange[] {
  const runs: NumberRange[] = [];
  for (let at = marks.indexOf(mark, first); at >= 0 && at <= last;) {
    const next = marks.indexOf(1 - mark, at);
    const end = next < 0 || next > last ? last : next - 1;
    runs.push([at, end]);
    at = marks.indexOf(mark, end + 1);
  }
  return runs;
}
