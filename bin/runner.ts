// The runner's own entry: what is root's, and nothing else of this program.
import { runProgram } from "../src/apart/program.ts";

void runProgram().then((code) => {
  process.exit(code);
});
