import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir, userInfo } from "node:os";
import { join } from "node:path";
import { spawnSync } from "node:child_process";
import { afterAll, describe, expect, it } from "vitest";
import { runInPty, type PtyOptions, type PtyProgram } from "../cli/pty.ts";

const program = join(import.meta.dirname, "../../bin/jit-nmap");
const asRoot = userInfo().uid === 0;
const folders: string[] = [];

afterAll(() => {
  for (const folder of folders) rmSync(folder, { recursive: true, force: true });
});

const policy = `version: 1
people: { leads: [games] }
approvers: { desk: { type: prompt } }
rules:
  - { name: near, effect: allow, targets: [127.0.0.1], ttl: 5m }
  - { name: own, effect: confirm, targets: [127.0.0.0/24, 127.3.0.0/16], ttl: 5m }
  - name: lab
    effect: ask
    targets: [127.0.1.0/24]
    ask: { votes: { leads: 1 }, answer-within: 30m, start-within: 1h }
    ttl: 5m
  - name: desk
    effect: ask
    targets: [127.0.2.0/24]
    ask: { votes: { leads: 1 }, via: [desk], answer-within: 30m, start-within: 1h }
    ttl: 5m
`;

interface Desk {
  at(words: readonly string[], options?: PtyOptions & { readonly as?: string }): PtyProgram;
  /** A line for sh at a terminal; `$0` is the program. */
  shell(line: string): PtyProgram;
  /** Without a terminal. */
  apart(
    words: readonly string[],
    as?: string,
  ): { readonly code: number | null; readonly out: string; readonly err: string };
  latest(): { readonly id: string; readonly state: string };
}

function desk(): Desk {
  const home = mkdtempSync(join(tmpdir(), "jit-desk-"));
  folders.push(home);
  chmodSync(home, 0o777);
  mkdirSync(join(home, "policies"));
  writeFileSync(join(home, "policies/lab.yaml"), policy);
  const env = { JIT_NMAP_HOME: home, HOME: home, TZ: "UTC" };
  const by = (as: string | undefined): readonly string[] =>
    as === undefined ? [program] : ["setpriv", `--reuid=${as}`, `--regid=${as}`, "--clear-groups", program];
  const apart: Desk["apart"] = (words, as) => {
    const ended = spawnSync("setsid", ["-w", ...by(as), ...words], {
      cwd: home,
      env: { ...env, PATH: process.env["PATH"] },
      encoding: "utf8",
    });
    return { code: ended.status, out: ended.stdout, err: ended.stderr };
  };
  return {
    at: (words, { as, ...options } = {}) =>
      runInPty([...by(as), ...words], { cwd: home, ...options, env: { ...env, ...options.env } }),
    shell: (line) => runInPty(["/bin/sh", "-c", line, program], { cwd: home, env }),
    apart,
    latest() {
      const [id = "", state = ""] = apart(["requests", "--limit", "1"]).out.split("\t");
      return { id, state };
    },
  };
}

describe("at a terminal", () => {
  it("an allowed scan says one line of its own, last, with the next command", async () => {
    const scan = desk().at(["-sL", "127.0.0.1"]);
    expect(await scan.ended).toBe(0);
    const lines = (await scan.screen()).split("\n");
    expect(lines.filter((line) => line.startsWith("jit-nmap:"))).toHaveLength(1);
    expect(lines.at(-1)).toMatch(/^jit-nmap: 1 host listed in \d+\.\d\d s: jit-nmap results r\w{10}$/);
  });

  it("says which address a typed name was, since nmap is only given addresses", async () => {
    const scan = desk().at(["-sL", "localhost"]);
    expect(await scan.ended).toBe(0);
    expect(await scan.screen()).toMatch(/\njit-nmap: localhost is 127\.0\.0\.1\njit-nmap: 1 host listed/);
  });

  it("a confirmation runs the scan when the number of hosts is typed", async () => {
    const scan = desk().at(["-sL", "127.0.0.0/30"]);
    await scan.shows(/Type the number of hosts/);
    scan.type("4\r");
    expect(await scan.ended).toBe(0);
    expect(await scan.screen()).toContain("Nmap done: 4 IP addresses");
  });

  it("a scan that was confirmed loses no output to a slow reader", async () => {
    // The question has touched this process's streams; the pipe that nmap inherits must block all the same.
    const scan = desk().shell(
      '"$0" -sL 127.3.0.0/19 | { read -r first; echo ready >&2; read -r go </dev/tty; wc -l; }',
    );
    await scan.shows(/Type the number of hosts/);
    scan.type("8192\r");
    await scan.shows(/ready/);
    scan.type("\r");
    await scan.ended;
    expect(await scan.screen()).toMatch(/^8193$/m);
  });

  it("anything else takes the request back", async () => {
    const here = desk();
    const scan = here.at(["-sL", "127.0.0.0/30"]);
    await scan.shows(/Type the number of hosts/);
    scan.type("y\r");
    expect(await scan.ended).not.toBe(0);
    expect(await scan.screen()).not.toContain("Nmap");
    expect(here.latest().state).toBe("cancelled");
  });

  it("what was filed without a terminal can be confirmed and run at one", async () => {
    const here = desk();
    expect(here.apart(["-sL", "127.0.0.0/30"]).code).toBe(75);
    const run = here.at(["run"]);
    await run.shows(/Type the number of hosts/);
    run.type("4\r");
    expect(await run.ended).toBe(0);
    expect(here.latest().state).toBe("finished");
  });

  it("Ctrl-C while waiting takes the request back", async () => {
    const here = desk();
    const scan = here.at(["-sL", "127.0.1.1"]);
    const screen = await scan.shows(/left/);
    expect(screen).toMatch(/asked games/);
    expect(screen).toMatch(/jit-nmap approve r\w{10}/);
    scan.type("\u0003");
    expect(await scan.ended).toBe(130);
    expect(here.latest().state).toBe("cancelled");
  });

  it("a terminal that is closed while waiting leaves the request waiting", async () => {
    const here = desk();
    const scan = here.at(["-sL", "127.0.1.1"]);
    await scan.shows(/left/);
    scan.hangUp();
    expect(await scan.ended).toBe(75);
    expect(here.latest().state).toBe("pending");
  });

  it("a terminal that is closed at a confirmation leaves the request waiting", async () => {
    const here = desk();
    const scan = here.at(["-sL", "127.0.0.0/30"]);
    await scan.shows(/Type the number of hosts/);
    scan.hangUp();
    expect(await scan.ended).toBe(75);
    expect(here.latest().state).toBe("pending");
  });

  it("Ctrl-C during the scan ends it gently, with 130 and what was found", async () => {
    const here = desk();
    const scan = here.at(["-sT", "-Pn", "-p", "1-900", "--scan-delay", "1s", "127.0.0.1"]);
    await scan.shows(/Starting Nmap/);
    scan.type("\u0003");
    expect(await scan.ended).toBe(130);
    expect(await scan.screen()).toMatch(
      /jit-nmap: error: the scan was interrupted\njit-nmap: hint: what was found is kept: jit-nmap results r\w{10}$/,
    );
  });

  it("what was typed is never obeyed by the terminal", async () => {
    const here = desk();
    const evil = "\u001b]0;owned\u0007\u202e";
    const refused = here.at(["-sL", `evil${evil}`]);
    expect(await refused.ended).toBe(64);
    expect(here.apart(["--jit-reason", evil, "-sL", "127.0.0.0/30"]).code).toBe(75);
    const shown = here.at(["show"]);
    expect(await shown.ended).toBe(0);
    const confirm = here.at(["run"]);
    await confirm.shows(/Type the number of hosts/);
    confirm.type("\r");
    await confirm.ended;
    const listed = here.at(["requests"]);
    await listed.ended;
    const exported = here.at(["audit", "export"]);
    await exported.ended;
    const table = here.at(["audit", "export", "--format", "csv"]);
    await table.ended;
    for (const { raw } of [refused, shown, confirm, listed, exported, table]) {
      expect(raw()).toMatch(/\\u\{1b\}|\\u001b/);
      expect(raw()).not.toContain("\u001b]0;");
      expect(raw()).not.toContain("\u202e");
    }
  });

  it("a listing is a table that fits", async () => {
    const here = desk();
    here.apart(["--jit-reason", "a long reason ".repeat(20), "-sL", "127.0.0.1"]);
    const listed = here.at(["requests"]);
    await listed.ended;
    const [heading = "", row = "", ...more] = (await listed.screen()).split("\n");
    expect(heading).toMatch(/^ID +STATE +WHO +ASKED +WHAT$/);
    expect(row).toMatch(/^r\w{10} +finished .*\.\.\.$/);
    expect(more).toEqual([]);
  });
});

describe("watching at a terminal", () => {
  it("draws what waits and runs in place, and q ends it with the terminal as it was", async () => {
    const here = desk();
    expect(here.apart(["-sL", "127.0.1.1"]).code).toBe(75);
    const watch = here.shell('"$0" watch; stty -a | grep -oE -e "-?(echo|icanon|isig) " | tr -d "\\n"; echo modes');
    await watch.shows(/^0 running, 1 waiting, 0 approved; q ends$/m);
    expect(here.apart(["cancel"]).code).toBe(0);
    const screen = await watch.shows(/^0 running, 0 waiting, 0 approved; q ends$/m);
    expect(screen.match(/q ends/g)).toHaveLength(1);
    expect(screen).toMatch(/^r\w{10}  cancelled /m);
    watch.type("q");
    expect(await watch.ended).toBe(0);
    expect(await watch.screen()).toMatch(/^isig icanon echo modes$/m);
  });

  it("ends with 130 on Ctrl-C", async () => {
    const watch = desk().at(["watch"]);
    await watch.shows(/nothing was asked yet/);
    watch.type("\u0003");
    expect(await watch.ended).toBe(130);
  });
});

describe.skipIf(!asRoot)("between two terminals", () => {
  it("the other account sees the card, says yes, and the waiting scan runs", async () => {
    const here = desk();
    const scan = here.at(["-sL", "127.0.1.1"]);
    await scan.shows(/left/);
    const vote = here.at(["approve"], { as: "games" });
    const card = await vote.shows(/Approve this as games\?/);
    expect(card).toContain("root: list scan on 1 host, 5 min");
    expect(card).toContain("fingerprint");
    vote.type("y\r");
    expect(await vote.ended).toBe(0);
    expect(await vote.screen()).toMatch(/jit-nmap: approved; root may run r\w{10} now$/);
    expect(await scan.ended).toBe(0);
    expect(await scan.screen()).toContain("Nmap done: 1 IP address");
  });

  it("Enter alone is no vote", async () => {
    const here = desk();
    expect(here.apart(["-sL", "127.0.1.1"]).code).toBe(75);
    const vote = here.at(["approve"], { as: "games" });
    await vote.shows(/Approve this as games\?/);
    vote.type("\r");
    expect(await vote.ended).toBe(75);
    expect(here.latest().state).toBe("pending");
  });

  it("a no ends the waiting with its reason", async () => {
    const here = desk();
    const scan = here.at(["-sL", "127.0.1.1"]);
    await scan.shows(/left/);
    const vote = here.at(["deny"], { as: "games" });
    await vote.shows(/Deny this as games\?/);
    vote.type("y\r");
    await vote.shows(/Why\?/);
    vote.type("not in the freeze\r");
    expect(await vote.ended).toBe(0);
    expect(await scan.ended).toBe(77);
    expect(await scan.screen()).toMatch(/denied by games: not in the freeze; nothing ran/);
  });
});

describe("with the voter at the requester's terminal", () => {
  it("the person chooses their name, answers, and the scan runs", async () => {
    const scan = desk().at(["-sL", "127.0.2.1"]);
    await scan.shows(/Who votes\?/);
    scan.type("\u001b[B");
    await scan.shows(/(?:❯|>) games/);
    scan.type("\r");
    await scan.shows(/games, what do you say\?/);
    scan.type("\u001b[B");
    await scan.shows(/(?:❯|>) approve/);
    scan.type("\r");
    await scan.shows(/Why\?/);
    scan.type("\r");
    expect(await scan.ended).toBe(0);
    expect(await scan.screen()).toContain("Nmap done: 1 IP address");
  });

  it.skipIf(!asRoot)("an answer from elsewhere ends the question, and the scan runs", async () => {
    const here = desk();
    const scan = here.at(["-sL", "127.0.2.1"]);
    await scan.shows(/Who votes\?/);
    const { id } = here.latest();
    const { digest } = JSON.parse(here.apart(["show", id, "--json"]).out) as { digest: string };
    expect(here.apart(["approve", id, "--digest", digest], "games").code).toBe(0);
    expect(await scan.ended).toBe(0);
    const screen = await scan.screen();
    expect(screen).toContain("Nmap done: 1 IP address");
    expect(screen).not.toContain("Who votes?");
  });
});
