// Options that dress packets up, or hide where they come from.
import type { Draft } from "./draft.ts";
import { modelled, refused, sets, type Meaning, type OptionEntry } from "./option.ts";
import { badValue, wholeNumber } from "./values.ts";

const FORGED = "targets would answer hosts that take no part in the scan";
const OTHERS = "other hosts would be contacted";

const LARGEST_PACKET = 65_528;
// Above it nmap itself doubts that the packets can be sent.
const LONGEST_PAYLOAD = 1400;

/** -f and --ff add up, as nmap does. */
function fragments(bytes: 8 | 16): Meaning<undefined> {
  return sets((draft: Draft) => {
    draft.fragmentBytes = Math.min(LARGEST_PACKET, draft.fragmentBytes + bytes);
  });
}

/** `\\xde\\xad` as `dead`; undefined for anything else. */
function escapedHex(text: string): string | undefined {
  return /^(?:\\x[0-9a-f]{2})+$/i.test(text) ? text.replaceAll(/\\x/gi, "") : undefined;
}

function hexOfText(text: string): string {
  return Array.from(new TextEncoder().encode(text), (byte) => byte.toString(16).padStart(2, "0")).join("");
}

export const evasion: readonly OptionEntry[] = [
  { names: ["-f"], argument: "none", help: "fragments of 8 bytes; -f -f of 16", meaning: fragments(8) },
  { names: ["--ff"], argument: "none", help: "fragments of 16 bytes", meaning: fragments(16) },
  {
    names: ["--mtu"],
    argument: "required",
    placeholder: "BYTES",
    help: "fragments of this size, a multiple of 8",
    once: "--mtu",
    meaning: modelled((draft, use) => {
      const bytes = wholeNumber(use, 8, LARGEST_PACKET);
      if (!bytes.ok || bytes.value % 8 !== 0) return badValue(use, "a multiple of 8, up to 65528");
      draft.mtu = bytes.value;
      return undefined;
    }),
  },
  {
    names: ["-D"],
    argument: "required",
    placeholder: "DECOYS",
    help: "hide among other senders",
    meaning: refused(FORGED, "scan without decoys"),
  },
  {
    names: ["-S"],
    argument: "required",
    placeholder: "ADDRESS",
    help: "send from another address",
    meaning: refused(FORGED, "scan from this host's own address"),
  },
  {
    names: ["--spoof-mac"],
    argument: "required",
    placeholder: "MAC",
    help: "send from another MAC address",
    meaning: refused("it forges where the packets come from", "scan with this host's own MAC address"),
  },
  {
    names: ["--proxies", "--proxy"],
    argument: "required",
    placeholder: "URLS",
    help: "connect through proxies",
    meaning: refused(OTHERS, "scan directly"),
  },
  {
    names: ["--ip-options"],
    argument: "required",
    placeholder: "OPTIONS",
    help: "IP options, source routes among them",
    meaning: refused("source routes send every packet through the hosts that they name", "leave it out"),
  },
  {
    names: ["-e"],
    argument: "required",
    placeholder: "INTERFACE",
    help: "send on this interface",
    once: "-e",
    meaning: modelled((draft, use) => {
      // The kernel's limit for a name, and no more characters than interfaces have in practice.
      if (!/^[A-Za-z0-9][A-Za-z0-9_.@:-]{0,14}$/.test(use.value)) return badValue(use, "the name of an interface");
      draft.packets.interface = use.value;
      return undefined;
    }),
  },
  {
    names: ["-g", "--source-port"],
    argument: "required",
    placeholder: "PORT",
    help: "send from this port",
    once: "the source port",
    meaning: modelled((draft, use) => {
      const port = wholeNumber(use, 1, 65_535);
      if (!port.ok) return port.error;
      draft.packets.sourcePort = port.value;
      return undefined;
    }),
  },
  {
    names: ["--data"],
    argument: "required",
    placeholder: "HEX",
    help: "bytes to add to packets",
    once: "the payload",
    meaning: modelled((draft, use) => {
      const hex = /^(?:0x)?((?:[0-9a-f]{2})+)$/i.exec(use.value)?.[1] ?? escapedHex(use.value);
      if (hex === undefined || hex.length > 2 * LONGEST_PAYLOAD) {
        return badValue(use, `up to ${LONGEST_PAYLOAD} bytes in hexadecimal`, "write for example --data 0xdeadbeef");
      }
      draft.packets.payload = { hex: hex.toLowerCase() };
      return undefined;
    }),
  },
  {
    names: ["--data-string"],
    argument: "required",
    placeholder: "TEXT",
    help: "text to add to packets",
    once: "the payload",
    meaning: modelled((draft, use) => {
      const hex = hexOfText(use.value);
      if (hex === "" || hex.length > 2 * LONGEST_PAYLOAD) {
        return badValue(use, `a text of 1 to ${LONGEST_PAYLOAD} bytes`);
      }
      draft.packets.payload = { hex };
      return undefined;
    }),
  },
  {
    names: ["--data-length"],
    argument: "required",
    placeholder: "BYTES",
    help: "so many random bytes to add to packets",
    once: "the payload",
    meaning: modelled((draft, use) => {
      const bytes = wholeNumber(use, 0, LONGEST_PAYLOAD);
      if (!bytes.ok) return bytes.error;
      draft.packets.payload = { randomBytes: bytes.value };
      return undefined;
    }),
  },
  {
    names: ["--ttl"],
    argument: "required",
    placeholder: "HOPS",
    help: "time to live of packets",
    once: "--ttl",
    meaning: modelled((draft, use) => {
      const hops = wholeNumber(use, 0, 255);
      if (!hops.ok) return hops.error;
      draft.packets.ttl = hops.value;
      return undefined;
    }),
  },
  {
    names: ["--badsum"],
    argument: "none",
    help: "send wrong checksums",
    meaning: sets((draft) => {
      draft.badChecksum = true;
    }),
  },
  {
    names: ["--adler32"],
    argument: "none",
    help: "the older checksum for SCTP",
    meaning: sets((draft) => {
      draft.packets.adler32 = true;
    }),
  },
];
