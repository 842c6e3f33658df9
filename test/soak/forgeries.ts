// `node test/soak/forgeries.ts [CHEAP] [SIGNATURES] [SEED]`: promise 7 of security.md whole. Ends with 1 when a vote that
// nobody gave counted, or when a true one did not.
import { forge } from "../pipeline/forgeries.ts";

const [cheap = 100_000, signatures = 5_000, seed = Date.now() % 2 ** 31] = process.argv.slice(2).map(Number);
const started = performance.now();
const { tried, accepted, refused, trueVotesCount } = await forge(signatures, cheap, seed);
const seconds = ((performance.now() - started) / 1000).toFixed(0);
console.log(`forgeries: seed ${seed}, ${tried} tried in ${seconds} s, ${accepted.length} accepted`);
console.log([...refused].map(([why, count]) => `  ${why} ${count}`).join("\n"));
for (const ballot of accepted.slice(0, 5)) console.log(`  ACCEPTED ${JSON.stringify(ballot)}`);
if (!trueVotesCount) console.log("  a true vote was refused");
process.exitCode = accepted.length === 0 && trueVotesCount ? 0 : 1;
