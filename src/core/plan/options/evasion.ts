// Options that dress packets up, or hide where they come from.
import { refused, unmodelled, type OptionEntry } from "./option.ts";

const FORGED = "targets would answer hosts that take no part in the scan";
const OTHERS = "other hosts would be contacted";

export const evasion: readonly OptionEntry[] = [
  { names: ["-f"], argument: "none", help: "split packets into fragments", meaning: unmodelled },
  { names: ["--ff"], argument: "none", help: "fragments of 16 bytes", meaning: unmodelled },
  { names: ["--mtu"], argument: "required", placeholder: "BYTES", help: "fragments of this size", meaning: unmodelled },
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
    meaning: unmodelled,
  },
  {
    names: ["-g", "--source-port"],
    argument: "required",
    placeholder: "PORT",
    help: "send from this port",
    meaning: unmodelled,
  },
  {
    names: ["--data"],
    argument: "required",
    placeholder: "HEX",
    help: "bytes to add to packets",
    once: "the payload",
    meaning: unmodelled,
  },
  {
    names: ["--data-string"],
    argument: "required",
    placeholder: "TEXT",
    help: "text to add to packets",
    once: "the payload",
    meaning: unmodelled,
  },
  {
    names: ["--data-length"],
    argument: "required",
    placeholder: "BYTES",
    help: "so many random bytes to add to packets",
    once: "the payload",
    meaning: unmodelled,
  },
  { names: ["--ttl"], argument: "required", placeholder: "HOPS", help: "time to live of packets", meaning: unmodelled },
  { names: ["--badsum"], argument: "none", help: "send wrong checksums", meaning: unmodelled },
  { names: ["--adler32"], argument: "none", help: "the older checksum for SCTP", meaning: unmodelled },
];
