// What --exclude takes off. nmap reads it with another grammar than targets (inet_aton first, commas before octets), so
// only what both grammars read alike is accepted; the set is computed here and nmap never sees the option.
import { err, ok, type Result } from "../result.ts";
import { AddressSet, type Family } from "../sets/address-set.ts";
import { quoted } from "./parse-error.ts";
import { readList } from "./target-list.ts";
import { parseTargetWord, type TargetProblem } from "./targets.ts";

export interface Exclusions {
  readonly set: AddressSet;
  /** Still to be resolved; every address of a name is excluded. */
  readonly names: readonly string[];
}

/**
 * Reads the value of --exclude: elements between commas, each a target word without a comma of its own.
 *
 * Elements of the other family are accepted, and take nothing off. Empty elements, and with them the empty value, are
 * refused: nmap takes the empty value for "nothing", and an unset shell variable would scan what was to be spared.
 */
export function parseExclusions(text: string, family: Family): Result<Exclusions, TargetProblem> {
  const sets: AddressSet[] = [];
  const names: string[] = [];
  const elements = text.split(",");
  for (const [index, element] of elements.entries()) {
    if (element === "") return refuse("--exclude has an empty element.", "leave the extra comma out");
    const before = elements[index - 1];
    if (/^[0-9-]+$/.test(element) && before !== undefined && /\.[0-9-]+$/.test(before)) {
      const whole = `${before.slice(0, before.lastIndexOf("."))}.${element}`;
      return refuse(
        `--exclude takes ${quoted(element)} for an address of its own, because it splits at commas first.`,
        `write ${before},${whole}`,
      );
    }
    const word = readElement(element, family);
    if (!word.ok) return refuse(`--exclude: ${word.error.message}`, word.error.hint);
    if (word.value.kind === "name") names.push(word.value.name);
    else sets.push(word.value.set);
  }
  try {
    return ok({ set: AddressSet.unionOf(sets), names });
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    return err({
      code: "too-many-runs",
      message: "--exclude names too many separate ranges.",
      hint: "exclude networks instead",
    });
  }
}

/**
 * Reads the content of an --excludefile: words as in a target list, each read as an element of --exclude. A comma
 * inside a word is refused: nmap reads it as part of an octet here and as a separator there.
 *
 * @param file  the list's name, for the place of what is refused.
 */
export function parseExclusionList(bytes: Uint8Array, family: Family, file: string): Result<Exclusions, TargetProblem> {
  return readList(bytes, 4, file, (word) => {
    if (word.includes(",")) {
      const parts = word.split(",").filter((part) => part !== "");
      const whole = parts.every((part) => readElement(part, family).ok);
      return refuse(
        `The list of exclusions holds ${quoted(word)}, and commas separate nothing in it.`,
        whole && parts.length <= 8 ? `write ${parts.join(" ")}` : "write one address or network a line",
      );
    }
    return readElement(word, family);
  });
}

function readElement(element: string, family: Family): ReturnType<typeof parseTargetWord> {
  const own = parseTargetWord(element, family);
  if (own.ok) return own;
  const other = parseTargetWord(element, family === 4 ? 6 : 4);
  if (other.ok || own.error.code !== "target-family") return other.ok ? other : own;
  // Both families refuse it, the own one only for being the other: the other's reason is the one that helps.
  const { hint, ...rest } = other.error;
  return err({ ...rest, ...(hint === undefined ? {} : { hint: hint.replace(/ without -6$/, "") }) });
}

function refuse(message: string, hint?: string): Result<never, TargetProblem> {
  return err({ code: "exclude-syntax", message, ...(hint === undefined ? {} : { hint }) });
}
