// `npm run soak [TOKENS] [LINES] [SEED]`: TOKENS lines against glibc's own getopt_long_only over nmap's table, LINES
// lines against the installed nmap in an empty network namespace. Ends with 1 when anything differs.
import { tokenise } from "../../src/core/plan/getopt.ts";
import { compareWithNmap, type Difference } from "../compliance/compare-with-nmap.ts";
import { lineSource, type GeneratedLine } from "../compliance/generated-lines.ts";
import { nmapInNamespace } from "../compliance/installed-nmap.ts";
import { compileTokens } from "../compliance/libc-tokens.ts";

const [tokens = 10_000_000, lines = 100_000, seed = Date.now() % 2 ** 31] = process.argv.slice(2).map(Number);
const BATCH = 50_000;
let wrong = 0;

function report(what: string, found: readonly Difference[]): void {
  wrong += found.length;
  for (const { words, says } of found.slice(0, 10)) console.log(`${what}: ${JSON.stringify(words)} ${says}`);
}

/** Our tokens in the text form of tokens.c. */
function ours(words: readonly string[]): string {
  const read = tokenise(words);
  if (!read.ok) return "E";
  let text = "";
  for (const { name, argument } of read.value.options) {
    text += argument === undefined ? `${name}\u0001` : `${name}=${argument}\u0001`;
  }
  text += "\u0002";
  for (const word of read.value.operands) text += `${word}\u0001`;
  return text;
}

function soakTokens(): void {
  const libc = compileTokens();
  const next = lineSource(seed);
  const started = performance.now();
  let done = 0;
  let refused = 0;
  while (done < tokens) {
    const batch = Array.from({ length: Math.min(BATCH, tokens - done) }, () => next().words);
    const theirs = libc.read(batch);
    const differences = batch.flatMap((words, index) => {
      const expected = theirs[index] ?? "";
      if (expected === "E") refused++;
      return ours(words) === expected ? [] : [{ words, says: `the C library reads ${JSON.stringify(expected)}` }];
    });
    report("getopt", differences);
    done += batch.length;
  }
  libc.remove();
  const seconds = (performance.now() - started) / 1000;
  console.log(
    `getopt: seed ${seed}, ${done} lines, ${refused} refused by both, ${wrong} read otherwise, ${seconds.toFixed(0)} s`,
  );
}

function soakNmap(): void {
  if (!nmapInNamespace) throw new Error("the installed nmap and unshare are needed");
  const next = lineSource(seed + 1);
  const started = performance.now();
  let generated = 0;
  let accepted = 0;
  let shown = 0;
  const before = wrong;
  const known = new Map<string, number>();
  while (shown < lines) {
    const batch: GeneratedLine[] = Array.from({ length: 4000 }, next);
    const compared = compareWithNmap(batch, Math.min(1000, lines - shown));
    report("nmap", compared.differences);
    for (const [because, count] of compared.known) known.set(because, (known.get(because) ?? 0) + count);
    generated += batch.length;
    accepted += compared.accepted;
    shown += compared.shown;
  }
  const seconds = (performance.now() - started) / 1000;
  console.log(
    `nmap: seed ${seed + 1}, ${generated} lines generated, ${accepted} accepted, ${shown} shown to nmap, ${wrong - before} differ, ${seconds.toFixed(0)} s`,
  );
  for (const [because, count] of known) console.log(`known gap, ${count} times: ${because}`);
}

soakTokens();
soakNmap();
process.exit(wrong === 0 ? 0 : 1);
