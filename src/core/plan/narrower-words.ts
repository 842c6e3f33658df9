// The words a person could type for a narrower plan: what they typed, with only those options and targets changed that
// have to be. For the command that a denial shows; whoever shows it judges it again first.
import type { Feature, ScanPlan } from "./scan-plan.ts";
import { tokenise, type OptionToken } from "./getopt.ts";
import { scanLetters } from "./options/scan-techniques.ts";
import { optionsLeftOut } from "./pace.ts";
import { renderPorts } from "./ports.ts";
import { renderTargets } from "./target-render.ts";

const portOptions = new Set(["-p", "-F", "--top-ports", "--port-ratio", "--exclude-ports"]);
const targetOptions = new Set(["--exclude", "--excludefile", "--iL", "--resolve-all"]);
const templateOptions = new Set(["-T", "--timing"]);

/** Features that a switch of their own brings, and that switch. */
const switches: ReadonlyMap<Feature, string> = new Map([
  ["service-version", "-sV"],
  ["default-scripts", "-sC"],
  ["os-detection", "-O"],
]);

/**
 * @param words  what was typed, our own options taken out; readable as `readOptions` reads.
 * @param asked  the plan of these words.
 * @param narrower  a plan made from it with fewer targets, ports, techniques or features, or slower.
 * @param longest  characters that the line may have.
 * @returns undefined when the words can't be cut up, or when the narrower plan needs more words than anybody would paste.
 */
export function narrowerWords(
  words: readonly string[],
  asked: ScanPlan,
  narrower: ScanPlan,
  longest = pasteable,
): readonly string[] | undefined {
  const tokens = tokenise(words);
  if (!tokens.ok) return undefined;
  const otherPorts = !narrower.ports.equals(asked.ports);
  const otherTargets = !narrower.targets.equals(asked.targets);
  const dropped = asked.features.filter((feature) => !narrower.features.includes(feature));
  const isLeftOut = (letter: string): boolean => {
    const chosen = scanLetters.get(letter);
    if (chosen === undefined) return false;
    if ("technique" in chosen) return !narrower.techniques.includes(chosen.technique);
    return dropped.includes(chosen.feature === "serviceVersion" ? "service-version" : "default-scripts");
  };
  const otherTemplate = narrower.timing.template !== asked.timing.template;
  const hasty = optionsLeftOut(asked.timing, narrower.timing);

  const stays = ({ name, argument, entry }: OptionToken): boolean => {
    if (otherPorts && portOptions.has(name)) return false;
    if (otherTargets && targetOptions.has(name)) return false;
    if (otherTemplate && templateOptions.has(name)) return false;
    if (entry.names.some((each) => hasty.has(each))) return false;
    if (dropped.length === 0) return true;
    if (name === "-A" || name === "--yoloscan") return false;
    return !dropped.some((feature) => switches.get(feature) === `${name}${argument ?? ""}`);
  };
  const options = tokens.value.options.filter(stays).flatMap((token) => spell(withoutLetters(token, isLeftOut)));
  const aggressive = tokens.value.options.some(({ name }) => name === "-A" || name === "--yoloscan");
  if (aggressive && dropped.length > 0) {
    for (const [feature, word] of switches) if (narrower.features.includes(feature)) options.push(word);
  }
  if (otherPorts && !narrower.ports.isEmpty) options.push("-p", renderPorts(narrower.ports));
  if (otherTemplate) options.push(`-T${narrower.timing.template}`);
  const targets = otherTargets ? renderTargets(narrower.targets, narrower.family) : tokens.value.operands;
  const all = [...options, ...targets];
  return all.join(" ").length <= longest ? all : undefined;
}

/** Characters of a line that a person would still read before pasting it. */
export const pasteable = 400;

/** `-sTV` without V; an option of which nothing is left has an empty name. */
function withoutLetters(token: OptionToken, isLeftOut: (letter: string) => boolean): OptionToken {
  if (token.name !== "-s" || token.argument === undefined) return token;
  const argument = Array.from(token.argument)
    .filter((letter) => !isLeftOut(letter))
    .join("");
  return { ...token, argument, ...(argument === "" && { name: "" }) };
}

function spell({ name, argument, entry }: OptionToken): readonly string[] {
  if (name === "") return [];
  if (argument === undefined) return [name];
  if (name.startsWith("--")) return [`${name}=${argument}`];
  return entry.argument === "optional" ? [`${name}${argument}`] : [name, argument];
}
