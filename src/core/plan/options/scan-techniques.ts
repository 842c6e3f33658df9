// How ports are scanned: -s and its letters, and the scans that have an option of their own.
import type { OptionProblem } from "../parse-error.ts";
import type { Technique } from "../scan-plan.ts";
import type { Draft } from "./draft.ts";
import { modelled, refused, type OptionEntry, type Use } from "./option.ts";
import { badValue, tcpFlags } from "./values.ts";

/** What a letter behind -s chooses. */
type Letter = { readonly technique: Technique } | { readonly feature: "serviceVersion" | "defaultScripts" };

export const scanLetters: ReadonlyMap<string, Letter> = new Map<string, Letter>([
  ["L", { technique: "list" }],
  ["n", { technique: "ping" }],
  ["P", { technique: "ping" }],
  ["T", { technique: "connect" }],
  ["S", { technique: "syn" }],
  ["U", { technique: "udp" }],
  ["V", { feature: "serviceVersion" }],
  ["R", { feature: "serviceVersion" }],
  ["C", { feature: "defaultScripts" }],
  ["A", { technique: "ack" }],
  ["W", { technique: "window" }],
  ["M", { technique: "maimon" }],
  ["N", { technique: "null" }],
  ["F", { technique: "fin" }],
  ["X", { technique: "xmas" }],
  ["Y", { technique: "sctp-init" }],
  ["Z", { technique: "sctp-cookie-echo" }],
  ["O", { technique: "ip-protocol" }],
]);

function applyLetters(draft: Draft, use: Use<string | undefined>): OptionProblem | undefined {
  if (use.value === undefined || use.value === "") return badValue(use, "the letters of scan types", "for example -sS");
  // nmap reads -sPn as -sP -sn: a host discovery without port scan, where -Pn was meant.
  if (use.value.includes("Pn")) return badValue(use, "the letters of scan types", "to skip host discovery write -Pn");
  for (const name of use.value) {
    const letter = scanLetters.get(name);
    if (letter === undefined) return badValue(use, `letters out of ${[...scanLetters.keys()].join("")}`);
    // Of all the letters, nmap ends with an error for this one only when it comes twice.
    if (name === "X" && draft.techniques.has("xmas")) {
      return { code: "option-repeated", message: "-sX is given twice, and nmap refuses that.", hint: "give it once" };
    }
    if ("technique" in letter) draft.techniques.add(letter.technique);
    else draft[letter.feature] = true;
  }
  return undefined;
}

export const scanTechniques: readonly OptionEntry[] = [
  {
    names: ["-s"],
    argument: "optional",
    placeholder: "LETTERS",
    help: "-sS SYN, -sT connect, -sU UDP, -sA ACK, -sn discovery only, -sL list only, -sV service versions, -sC default scripts",
    meaning: modelled(applyLetters),
  },
  {
    names: ["--sI"],
    argument: "required",
    placeholder: "ZOMBIE",
    help: "idle scan",
    meaning: refused("it scans in the name of another host", "scan with -sS"),
  },
  {
    names: ["-b"],
    argument: "required",
    placeholder: "SERVER",
    help: "scan through an FTP server",
    meaning: refused("it makes another host scan", "scan with -sS or -sT"),
  },
  {
    names: ["--scanflags"],
    argument: "required",
    placeholder: "FLAGS",
    help: "TCP flags of your own: a number, or names such as SYNFIN",
    once: "--scanflags",
    meaning: modelled((draft, use) => {
      const flags = tcpFlags(use);
      if (!flags.ok) return flags.error;
      draft.packets.scanFlags = flags.value;
      return undefined;
    }),
  },
];
