// `npm run soak [TOKENS] [LINES] [SEED]`: TOKENS lines against glibc's own getopt_long_only over nmap's table, LINES
// different accepted lines against the installed nmap in an empty network namespace. Ends with 1 when anything differs.
import { tokenise } from "../../src/core/plan/getopt.ts";
import { renderArgv } from "../../src/core/plan/render.ts";
import type { ScanPlan } from "../../src/core/plan/scan-plan.ts";
import { compareWithNmap, type Difference } from "../compliance/compare-with-nmap.ts";
import { cutData } from "../compliance/cut-data.ts";
import { lineSource, type GeneratedLine } from "../compliance/generated-lines.ts";
import { nmapInNamespace } from "../compliance/installed-nmap.ts";
import { compileTokens, tokensOf, type LibcTokens } from "../compliance/libc-tokens.ts";
import { compileServer } from "../compliance/nmap-server.ts";
import { readBack, said, saidFiles } from "../core/plan/said.ts";

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
  const [server, libc, cut] = [compileServer(), compileTokens(), cutData()];
  const next = lineSource(seed + 1);
  const started = performance.now();
  const seen = new Set<string>();
  const known = new Map<string, number>();
  let [generated, accepted, shown, asked, batches] = [0, 0, 0, 0, 0];
  const before = wrong;
  while (shown < lines) {
    const made: GeneratedLine[] = Array.from({ length: 5000 }, next);
    // Short ones come again and again; each is counted, and shown once.
    const fresh = made.filter(({ words }) => {
      const line = words.join(" ");
      return !seen.has(line) && seen.add(line);
    });
    // The whole tables are slow to read, so they are read for one batch in twenty only.
    const data = batches++ % 20 === 19 ? {} : { data: cut };
    const compared = compareWithNmap(fresh, Math.min(2000, lines - shown), { ...data, run: server.run });
    report("nmap", compared.differences);
    report("rendered", renderedOtherwise(compared.plans, libc));
    for (const [because, count] of compared.known) known.set(because, (known.get(because) ?? 0) + count);
    generated += made.length;
    accepted += compared.accepted;
    shown += compared.shown;
    asked += compared.asked;
    if (batches % 10 === 0) console.error(`${generated} generated, ${shown} shown, ${wrong - before} differ`);
  }
  for (const each of [server, libc, cut]) each.remove();
  const seconds = (performance.now() - started) / 1000;
  console.log(
    `nmap: seed ${seed + 1}, ${generated} lines generated (${seen.size} different), ${accepted} of these accepted, ` +
      `${seen.size - accepted} refused, ${shown} compared by ${asked} questions, ${wrong - before} differ, ${seconds.toFixed(0)} s`,
  );
  for (const [because, count] of known) console.log(`known gap, ${count} times: ${because}`);
}

/** What is rendered for a plan must say the plan again when the C library has cut it up. */
function renderedOtherwise(plans: readonly ScanPlan[], libc: LibcTokens): Difference[] {
  const argvs = plans.map((one) => renderArgv(one, saidFiles).slice(1));
  return libc.read(argvs).flatMap((text, index) => {
    const [one, words] = [plans[index], argvs[index]];
    if (one === undefined || words === undefined) throw new Error("an answer too many");
    const [read, expected] = [readBack(tokensOf(text), one.family), said(one)].map((each) => JSON.stringify(each));
    return read === expected ? [] : [{ words, says: `says ${read}; the plan ${expected}` }];
  });
}

soakTokens();
soakNmap();
process.exit(wrong === 0 ? 0 : 1);
