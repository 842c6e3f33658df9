// How ports are scanned: -s and its letters, and the scans that have an option of their own.
import type { OptionProblem } from "../parse-error.ts";
import type { Technique } from "../scan-plan.ts";
import type { Draft } from "./draft.ts";
import { modelled, refused, unmodelled, type OptionEntry, type Use } from "./option.ts";
import { badValue } from "./values.ts";

/** What a letter behind -s chooses; "unmodelled" ones are nmap's, but not run yet. */
type Letter =
  { readonly technique: Technique } | { readonly feature: "serviceVersion" | "defaultScripts" } | "unmodelled";

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
  ...["A", "F", "M", "N", "O", "W", "X", "Y", "Z"].map((letter) => [letter, "unmodelled"] as const),
]);

function applyLetters(draft: Draft, use: Use<string | undefined>): OptionProblem | undefined {
  if (use.value === undefined || use.value === "") return badValue(use, "the letters of scan types", "for example -sS");
  // nmap reads -sPn as -sP -sn: a host discovery without port scan, where -Pn was meant.
  if (use.value.includes("Pn")) return badValue(use, "the letters of scan types", "to skip host discovery write -Pn");
  for (const name of use.value) {
    const letter = scanLetters.get(name);
    if (letter === undefined) return badValue(use, `letters out of ${[...scanLetters.keys()].join("")}`);
    if (letter === "unmodelled") {
      return {
        code: "option-not-supported",
        message: `-s${name} is nmap's option, but this version does not run it.`,
        hint: "scan techniques that it runs: -sS, -sT, -sU, -sn, -sL",
      };
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
    help: "-sS SYN, -sT connect, -sU UDP, -sn discovery only, -sL list only, -sV service versions, -sC default scripts",
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
    help: "TCP flags of your own",
    meaning: unmodelled,
  },
];
