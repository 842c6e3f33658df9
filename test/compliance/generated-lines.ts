// Command lines out of pieces, right and wrong ones, and mutations of them byte by byte: for the tests, where fast-check
// shrinks what fails, and for the soak, which needs millions. A seed always gives the same lines.
import fc from "fast-check";

// No output files, because nmap opens those even when it only checks a line.
const PIECES: readonly (readonly string[])[] = [
  "-sS -sT -sU -sn -sL -sV -sC -sVC -nsS -sTU -sPn -sP -s -sR -sB -A -O -O2 -O1 -sA -sW -sM -sN -sF -sX -sY -sZ -sO -sYZ -sSUV",
  "-Pn -PN -P0 -Pn1 -PE -PP -PM -PS -PS22 -PS22,80-90 -PA -PA443 -PU -PU53 -PY -PO -PO1,2 -PR -PI -PT80 -PB -PX -PS70000 -PShttp -PSU:53",
  "-n -4 -46 -F -v -vv -v3 -v99 -vd -d -dd -d0 -d3x --verb --deb=2 --debug --vv --reason --reas -open --re --packet-trace --version-trace --stats-every|5s",
  "-T4 -T11 -T4x -Tpolite -T6 -timing=3 --timin=Sneaky -p80 -p-100 -p- -p=80 -p1-5,http -pT:80,U:53 -p,80 -p70000 -p[1-9] -pht* -r",
  "-p|1,2,3 -p|U:53 -p|-5 --top-ports|5 --top-p=7 --top-ports|0 --top-ports|1e2 --top-ports|0x10 --exclude-ports|22 --exclude-po=1-9",
  "--max-rate|100 --max-rat=2.5 --max-rate|0 --max-rate|5x --min-rate|1 --min-rate|999 --max-retries|3 --max-retries|-1 --max-retries=07",
  "--host-timeout|5m --host-timeout=1.5H --host-timeout|10000 --host-timeout|1ms --host-timeout|x --scan-delay|0 --scan-delay=100 --scan-delay|20ms",
  "--max-scan-delay|1s --max-scan-delay|100 --min-rtt-timeout|50 --max-rtt-timeout|100ms --max-rtt-timeout|1ms --initial-rtt-timeout|0 --initial-rtt-t=1s",
  "--min-hostgroup|5 --max-hostgroup|3 --max-hostgroup|0 --min-parallelism|10 --max-parallelism|5 -M|4 -M0 --nogcc --defeat-rst --defeat-icmp-ratelimit",
  "-f -ff --ff --mtu|16 --mtu|12 --mtu=8 -g|53 -g53 -g|0 --source-port=53 --ttl|64 --ttl|256 --data|0xAB --data|0xA --data-string|x --data-length|5 --badsum",
  "--scanflags|SYN --scanflags=0x12 --scanflags|256 --scanflags|FOO --adler32 -e|lo --send-eth --send-ip --disable-arp-ping --discovery-ignore-rst",
  "--version-light --version-intensity|3 --version-in=10 --version-all --allports --osscan-guess --fuzzy --osscan-limit --max-os-tries|3 --max-os-tries|0",
  "--traceroute --system-dns -R --unique --randomize-hosts --privileged --unprivileged --nsock-engine|epoll --nsock-engine|foo --release-memory --log-errors",
  "--exclude|127.0.0.1 --exclude=127.0.0.2,127.0.0.4-6 --exclude|, --script-timeout|5s --script-trace --noninteractive --no-stylesheet --iflist -h -V",
  "-D|127.0.0.9 -S|127.0.0.9 -sI|z -b|h --proxies|http://p --dns-servers|127.0.0.1 --ip-options|R --spoof-mac|0 --datadir|/ --resume|x -iR|1 --route-dst|x",
  "-oX|- -oG|- -oA|- -oN|- -- - -q -x -y --un --nosuch -6 -I --thc --webxml",
]
  .join(" ")
  .split(" ")
  .map((piece) => piece.split("|"));

const TARGETS = ["127.0.0.1", "127.0.0.0/29", "127.0.0.1-3", "localhost", "127.1", "127.0.0.1,3", "::1", "127.0.0.256"];

/** Characters that mean something to one of the readers, and a few that mean nothing to any. */
const BYTES = "-=,:./*[]0123456789 PTUSnsvdAOpfgeVh_x~\u00fc";

export interface GeneratedLine {
  readonly words: readonly string[];
  /** The same without its target words; undefined where mutations make that unclear. */
  readonly withoutTarget: readonly string[] | undefined;
}

/** Chooses below `limit`, at least 0. */
type Choose = (limit: number) => number;

function lineOf(choose: Choose): GeneratedLine {
  const pick = <T>(from: readonly T[]): T => from[choose(from.length)] as T;
  const options = Array.from({ length: choose(5) }, () => (choose(3) === 0 ? written(choose) : pick(PIECES)));
  const targets = Array.from({ length: choose(4) === 0 ? 2 : 1 }, () =>
    choose(2) === 0 ? pick(TARGETS) : addresses(choose),
  );
  const words = options.flat();
  const withoutTarget = [...words];
  // Options with values of their own stay together; an operand may stand between any two options.
  const places = [0, ...options.map((_, index) => options.slice(0, index + 1).flat().length)];
  for (const at of targets.map(() => pick(places)).sort((left, right) => right - left)) {
    words.splice(at, 0, targets.pop() ?? "");
  }
  if (choose(4) > 0) return { words, withoutTarget };
  for (let left = 1 + choose(3); left > 0; left--) mutate(words, choose);
  return { words, withoutTarget: undefined };
}

const NUMBERS = "0 1 2 5 10 100 999 1000 65535 65536 1.5 0.1 .5 1e3 -1 +1 5x 007 0x10 4294967297 nan".split(" ");
const TIMES = "0 1 30 100 1500 60000 2s 1.5s 5m 1h 300ms 1S 10M 0.5 3d 1e2 -5 5mss".split(" ");
const TAKES_NUMBER =
  "min-rate max-rate max-retries min-hostgroup max-hostgroup min-parallelism max-parallelism top-ports port-ratio version-intensity max-os-tries ttl mtu data-length source-port".split(
    " ",
  );
const TAKES_TIME =
  "host-timeout scan-delay max-scan-delay min-rtt-timeout max-rtt-timeout initial-rtt-timeout script-timeout stats-every".split(
    " ",
  );

/** An option with a value that is written anew, in nmap's own grammar more often than not. */
function written(choose: Choose): readonly string[] {
  const pick = <T>(from: readonly T[]): T => from[choose(from.length)] as T;
  const long = (name: string, value: string): readonly string[] =>
    choose(2) === 0 ? [`--${name}=${value}`] : [`--${name}`, value];
  switch (choose(9)) {
    case 0:
    case 1:
      return choose(2) === 0 ? [`-p${ports(choose)}`] : ["-p", ports(choose)];
    case 2:
      return long("exclude-ports", ports(choose));
    case 3:
      return [`-P${pick(["S", "A", "U", "Y", "O"])}${ports(choose)}`];
    case 4:
      return long("exclude", Array.from({ length: 1 + choose(3) }, () => addresses(choose)).join(","));
    case 5:
      return long("script", scripts(choose));
    case 6:
      return long(pick(TAKES_TIME), pick(TIMES));
    default:
      return long(pick(TAKES_NUMBER), pick(NUMBERS));
  }
}

function ports(choose: Choose): string {
  const pick = <T>(from: readonly T[]): T => from[choose(from.length)] as T;
  const port = (): string =>
    choose(3) === 0 ? String(choose(65_536)) : pick(["0", "1", "22", "53", "80", "161", "255", "443", "8080", "65535"]);
  const range = (): string => {
    const [first, last] = [Number(port()), Number(port())];
    return choose(9) === 0 ? `${first}-${last}` : `${Math.min(first, last)}-${Math.max(first, last)}`;
  };
  const item = (): string => {
    switch (choose(12)) {
      case 0:
      case 1:
        return range();
      case 2:
        return `${port()}-`;
      case 3:
        return `-${port()}`;
      case 4:
        return pick(["http", "ssh", "domain", "http*", "x11", "s?h", "?ttp", "ftp", "ms-*", "nosuch", "HTTP", "*"]);
      case 5:
        return `${pick(["T:", "U:", "S:", "P:", "X:"])}${port()}`;
      case 6:
        return `[${range()}]`;
      default:
        return port();
    }
  };
  return Array.from({ length: 1 + choose(4) }, item).join(",");
}

/** Mostly loopback and small: what is listed has to be listed by nmap too. */
function addresses(choose: Choose): string {
  const pick = <T>(from: readonly T[]): T => from[choose(from.length)] as T;
  const octet = (): string => String(choose(2) === 0 ? pick([0, 1, 2, 7, 127, 254, 255]) : choose(256));
  const item = (): string => {
    switch (choose(8)) {
      case 0:
      case 1: {
        const [first, last] = [Number(octet()), Number(octet())];
        return choose(9) === 0 ? `${first}-${last}` : `${Math.min(first, last)}-${Math.max(first, last)}`;
      }
      case 2:
        return `${octet()}-`;
      case 3:
        return `-${octet()}`;
      default:
        return octet();
    }
  };
  const many = (): string => {
    if (choose(12) === 0) return pick(["*", "-", "1,", "**", "256", "01", "", "x"]);
    return Array.from({ length: 1 + choose(3) }, item).join(",");
  };
  if (choose(8) === 0) {
    const groups = Array.from({ length: choose(4) }, () => `:${choose(65_536).toString(16)}`).join("");
    return `2001:db8${groups}::${pick(["", "1", "ffff"])}${pick(["", "", "/120", "/127", "/128", "/129", "/x"])}`;
  }
  const head = `${pick(["127", "127", "10", "192"])}.${octet()}.${choose(4) === 0 ? many() : octet()}.${many()}`;
  return `${head}${choose(3) === 0 ? `/${pick([22, 24, 27, 30, 31, 32, 33, "", "024", "x"])}` : ""}`;
}

function scripts(choose: Choose): string {
  const pick = <T>(from: readonly T[]): T => from[choose(from.length)] as T;
  const word = (): string =>
    pick(
      "default safe SAFE vuln intrusive broadcast version external discovery http-* *-info ssl-* *brute* smb-* all true banner http-title nosuch".split(
        " ",
      ),
    );
  const value = (depth: number): string => {
    switch (choose(depth > 2 ? 6 : 9)) {
      case 6:
        return `not ${value(depth + 1)}`;
      case 7:
      case 8:
        return `(${whole(depth + 1)})`;
      default:
        return word();
    }
  };
  const whole = (depth: number): string =>
    choose(2) === 0 ? value(depth) : `${value(depth)} ${pick(["and", "or", "AND", "Or"])} ${whole(depth + 1)}`;
  return Array.from({ length: 1 + choose(2) }, () => whole(0)).join(",");
}

function mutate(words: string[], choose: Choose): void {
  const index = choose(words.length);
  const word = words[index] ?? "";
  const at = choose(word.length + 1);
  const character = BYTES.charAt(choose(BYTES.length));
  switch (choose(7)) {
    case 0:
      words[index] = word.slice(0, at) + character + word.slice(at);
      return;
    case 1:
      words[index] = word.slice(0, at) + word.slice(at + 1);
      return;
    case 2:
      words[index] = word.slice(0, at) + character + word.slice(at + 1);
      return;
    case 3:
      words.splice(index, 1, word.slice(0, at), word.slice(at));
      return;
    case 4:
      words.splice(index, 2, word + (words[index + 1] ?? ""));
      return;
    case 5:
      words.splice(choose(words.length + 1), 0, word);
      return;
    default:
      words.splice(index, 1);
  }
}

/** For properties: shrinks towards fewer and earlier pieces. */
export const generatedLine: fc.Arbitrary<GeneratedLine> = fc
  .infiniteStream(fc.nat(0xffff))
  .map((stream) => lineOf((limit) => (stream.next().value as number) % limit));

/** As many lines as are wanted, without fast-check: a generator of 32 bits (mulberry32) is enough here. */
export function lineSource(seed: number): () => GeneratedLine {
  let state = seed >>> 0;
  const next = (): number => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return (mixed ^ (mixed >>> 14)) >>> 0;
  };
  return () => lineOf((limit) => next() % limit);
}
