// The program's entry: the command line meets the real effects here and nowhere else.
import { main } from "../src/cli/main.ts";
import { liveEffects } from "../src/live.ts";

void main(process.argv.slice(2), liveEffects).then((code) => {
  // Everything that had to reach the disk has; what is still open (the store, a socket) needs no farewell.
  process.exit(code);
});
