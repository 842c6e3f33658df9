import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { createTerminal } from "../../src/cli/terminal.ts";
import { runInPty, type PtyProgram } from "./pty.ts";

const folder = mkdtempSync(join(tmpdir(), "jit-terminal-"));
afterAll(() => {
  rmSync(folder, { recursive: true });
});

let count = 0;
interface Played extends PtyProgram {
  outcome(): Promise<{ readonly answer: unknown; readonly heard: readonly string[] }>;
}

function play(scenario: string, env: Readonly<Record<string, string>> = {}): Played {
  const into = join(folder, String((count += 1)));
  const child = join(import.meta.dirname, "terminal-child.ts");
  // Its standard streams lead elsewhere: questions must find the terminal all the same.
  const shell = `exec "$0" "$1" "$2" "$3" </dev/null >"$3.out"`;
  const program = runInPty(["/bin/sh", "-c", shell, process.execPath, child, scenario, into], { env });
  return {
    ...program,
    async outcome() {
      await program.ended;
      if (!existsSync(into)) throw new Error(`no outcome:\n${await program.screen()}`);
      expect(readFileSync(`${into}.out`, "utf8")).toBe("");
      return JSON.parse(readFileSync(into, "utf8")) as { answer: unknown; heard: string[] };
    },
  };
}

describe("a confirmation", () => {
  it("shows the card and is given by typing the number of hosts", async () => {
    const program = play("confirm");
    const screen = await program.shows(/Type the number of hosts/);
    expect(screen).toContain("bob: SYN scan on 256 lab hosts, 20 min");
    program.type("256\r");
    expect((await program.outcome()).answer).toBe(true);
  });

  it.each(["y", "yes", "255", "2560", ""])("is not given by %j", async (typed) => {
    const program = play("confirm");
    await program.shows(/Type the number of hosts/);
    program.type(`${typed}\r`);
    expect((await program.outcome()).answer).toBe(false);
  });

  it("is not given by what was typed before the question, finished line or not", async () => {
    for (const early of ["256\r", "256"]) {
      const program = play("confirm-after-line");
      await waitFor(`${join(folder, String(count))}.started`);
      program.type(early);
      await program.shows(/256/);
      process.kill(program.pid, "SIGUSR2");
      await program.shows(/Type the number of hosts/);
      program.type("\r");
      expect((await program.outcome()).answer).toBe(false);
    }
  });

  it("ends without an answer on Ctrl-C, and whoever listens hears of it", async () => {
    const program = play("confirm-listening");
    await program.shows(/Type the number of hosts/);
    program.type("\u0003");
    expect(await program.outcome()).toEqual({ answer: "nothing", heard: ["interrupt"] });
  });

  it("ends the program on Ctrl-C when nobody listens", async () => {
    const program = play("confirm");
    await program.shows(/Type the number of hosts/);
    program.type("\u0003");
    expect(await program.ended).toBe(130);
  });

  it("ends without an answer when the terminal goes away", async () => {
    const program = play("confirm-listening");
    await program.shows(/Type the number of hosts/);
    program.hangUp();
    const { answer, heard } = await program.outcome();
    expect(answer).toBe("nothing");
    expect(heard).not.toContain("interrupt");
  });

  it("never lets text of others reach the terminal raw", async () => {
    const program = play("confirm");
    const screen = await program.shows(/Type the number of hosts/);
    expect(screen).toContain("rouge \\u{1b}]0;owned\\u{7} \\u{202e}txt");
    program.type("\r");
    await program.ended;
    expect(program.raw()).not.toContain("\u001b]0;");
    expect(program.raw()).not.toContain("\u202e");
  });

  it.each([
    ["has colour", {}, true],
    ["has none with NO_COLOR", { NO_COLOR: "1" }, false],
    ["has none on a dumb terminal", { TERM: "dumb" }, false],
  ] as const)("%s", async (_, env, coloured) => {
    const program = play("confirm", env);
    await program.shows(/Type the number of hosts/);
    program.type("\r");
    await program.ended;

    expect(/\u001b\[(?:1|2|31|34|36)m/.test(program.raw())).toBe(coloured);
  });
});

describe("yes or no", () => {
  it.each([
    ["\r", false],
    ["n\r", false],
    ["y\r", true],
    ["yes\r", true],
  ])("takes %j for %s", async (typed, wanted) => {
    const program = play("yes-no");
    await program.shows(/Approve this as carol\?.*y\/N/);
    program.type(typed);
    expect((await program.outcome()).answer).toBe(wanted);
  });
});

describe("the reason", () => {
  it("is asked for again until the rule is content, with the last one as default", async () => {
    const program = play("reason");
    await program.shows(/Why this scan\?.*CHG-1 as always/);
    program.type("CHG-2\r");
    await program.shows(/at least 10 characters/);
    program.type(" new lab switches\r");
    expect((await program.outcome()).answer).toBe("CHG-2 new lab switches");
  });

  it("is the last one on Enter", async () => {
    const program = play("reason");
    await program.shows(/Why this scan\?/);
    program.type("\r");
    expect((await program.outcome()).answer).toBe("CHG-1 as always");
  });
});

describe("while waiting", () => {
  it("one line shows who was asked, the code and a countdown, and is redrawn", async () => {
    const program = play("waiting");
    await program.shows(/29:5\d left/);
    const screen = await program.screen();
    const line = screen.split("\n").filter((text) => text.includes("left"));
    expect(line).toHaveLength(1);
    expect(line[0]).toContain("code 123 456");
    expect(line[0]?.length).toBeLessThan(80);
    expect(screen).toContain("jit-nmap: in between \\u{1b}[31m");
    expect(screen).toContain("jit-nmap approve r7kq2m4x9ab");
    program.type("\u0003");
    expect(await program.outcome()).toEqual({ answer: "nothing", heard: ["interrupt"] });
    expect(await program.screen()).not.toContain("left");
    expect(program.raw()).not.toContain("\u001b[2J");
  });

  it("a closed terminal is a hang-up, no Ctrl-C", async () => {
    const program = play("waiting");
    await program.shows(/left/);
    program.hangUp();
    const { heard } = await program.outcome();
    expect(heard[0]).toBe("hangup");
    expect(heard).not.toContain("interrupt");
  });

  it("another person can vote below the line, which then stands still", async () => {
    const program = play("vote-while-waiting");
    await program.shows(/Who votes\?/);
    program.type("\u001b[B");
    await program.shows(/(?:❯|>) carol/);
    program.type("\r");
    await program.shows(/carol, what do you say\?/);
    program.type("\u001b[B");
    await program.shows(/(?:❯|>) approve/);
    program.type("\r");
    await program.shows(/Why\?/);
    program.type("go ahead\r");
    const { answer } = await program.outcome();
    expect(answer).toEqual([{ voter: "carol", answer: "approve", strength: "asserted", reason: "go ahead" }]);
  });
});

describe("without a terminal", () => {
  it("nobody is present, and every question is unanswered", async () => {
    const terminal = createTerminal({ environment: {}, now: () => 0, device: "/nonexistent/tty" });
    const { signal } = new AbortController();
    expect(terminal.present).toBe(false);
    expect(await terminal.askYesNo("?", signal)).toBeUndefined();
    expect(await terminal.askLine("?", {}, signal)).toBeUndefined();
    expect(await terminal.choose("?", [{ value: "a", name: "a" }], signal)).toBeUndefined();
    expect(await terminal.askReason({})).toBeUndefined();
  });
});

/** Resolves once the file exists: the other process is ours and cannot tell us otherwise. */
async function waitFor(path: string): Promise<void> {
  while (!existsSync(path)) await new Promise((resolve) => setTimeout(resolve, 5));
}
