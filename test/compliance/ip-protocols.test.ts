// Which IP protocols -F and brackets mean: those that nmap-protocols names, as the installed nmap says in its scaninfo.
import { expect, it } from "vitest";
import { compareWithNmap } from "./compare-with-nmap.ts";
import { nmapInNamespace } from "./installed-nmap.ts";

it.skipIf(!nmapInNamespace)("-sO with -F and brackets scans what nmap scans", () => {
  const lines = [
    "-sO -F 127.0.0.1",
    "-sO -F --exclude-ports 6 127.0.0.1",
    "-sO -F --exclude-ports [0-50] 127.0.0.1",
    "-sO -p [1-20],255 127.0.0.1",
    "-sO -p P:[6-17] 127.0.0.1",
    "-sO --exclude-ports [0-50] 127.0.0.1",
  ].map((line) => ({ words: line.split(" "), withoutTarget: line.split(" ").slice(0, -1) }));
  const { shown, differences } = compareWithNmap(lines, lines.length);
  expect(shown).toBe(lines.length);
  expect(differences).toEqual([]);
});
