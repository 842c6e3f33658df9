// What people type has to work: five hundred ordinary lines, collected before the parser could read most of them. Of
// those it refuses each must get a hint, and the hint must work.
import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { inputsNamed, type InputFile } from "../../src/core/plan/input-files.ts";
import { informationOf } from "../../src/core/plan/information.ts";
import { parseScripts } from "../../src/core/plan/scripts-expression.ts";
import { refusePieces } from "../../src/core/plan/scripts.ts";
import { installedScripts, plan } from "../core/plan/plans.ts";

const FILES: ReadonlyMap<string, string> = new Map([
  ["targets.txt", "192.168.1.10\n192.168.1.20-30\n# the web servers\nwww.example.com\t10.0.0.0/28\n"],
  ["networks.txt", "192.168.1.0/24\n10.0.0.0/22\n"],
  ["hosts.txt", "www.example.com\nmail.example.com\n"],
  ["targets6.txt", "2001:db8::1\n2001:db8::/120\n"],
  ["exclude.txt", "192.168.1.1\n192.168.1.250-254\n"],
  ["-", "10.0.0.1\n10.0.0.2\n"],
]);
const ANY_NAME = { 4: "192.0.2.80", 6: "2001:db8::80" };

/** The shell's part: quotes, and nothing else. */
function shellWords(line: string): string[] {
  return (line.match(/(?:"[^"]*"|'[^']*'|[^\s"'])+/g) ?? []).map((word) =>
    word.replace(/"([^"]*)"|'([^']*)'/g, "$1$2"),
  );
}

function judge(line: string) {
  const words = shellWords(line);
  const files = inputsNamed(words).map(({ option, path }): InputFile => {
    const content = FILES.get(path);
    if (content === undefined) throw new Error(`no content for ${path}`);
    return { option, path, bytes: Buffer.from(content) };
  });
  return plan(words, { anyName: ANY_NAME, files });
}

const lines = readFileSync(new URL("ordinary-lines.txt", import.meta.url), "utf8")
  .split("\n")
  .filter((line) => line !== "" && !line.startsWith("#"));
/** These ask nmap itself, not the network, and need no plan. */
function isAnswered(line: string): boolean {
  const words = shellWords(line);
  if (words[0] !== "--script-help") return informationOf(words) !== undefined;
  const pieces = parseScripts(words[1] ?? "");
  return pieces.ok && refusePieces(installedScripts, pieces.value) === undefined;
}
const scans = lines.filter((line) => !isAnswered(line));
const refused = scans.flatMap((line) => {
  const built = judge(line);
  return built.ok ? [] : [{ line, problem: built.error }];
});

/** Lines that are refused, and what their hints say, followed by hand: each must be accepted. */
const FOLLOWED: ReadonlyMap<string, string> = new Map([
  ["-D RND:10 192.168.1.1", "192.168.1.1"],
  ["-S 192.168.1.5 -e lo -Pn 192.168.1.1", "-e lo -Pn 192.168.1.1"],
  ["--spoof-mac 0 192.168.1.1", "192.168.1.1"],
  ["-sI 192.168.1.9 192.168.1.1", "-sS 192.168.1.1"],
  ["--proxies socks4://192.168.1.8:1080 -sT www.example.com", "-sT www.example.com"],
]);

describe("five hundred ordinary lines", () => {
  it("are five hundred, each once", () => {
    expect(lines).toHaveLength(500);
    expect(new Set(lines).size).toBe(500);
  });

  it("work but for at most ten", () => {
    expect(refused.length).toBeLessThanOrEqual(10);
  });

  it("get a hint where they are refused, and a line that follows it is accepted", () => {
    for (const { line, problem } of refused) expect([line, problem.hint]).toEqual([line, expect.any(String)]);
    expect(refused.map(({ line }) => line).sort()).toEqual([...FOLLOWED.keys()].sort());
    for (const followed of FOLLOWED.values()) expect([followed, judge(followed).ok]).toEqual([followed, true]);
  });
});
