import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { showsUnicode, wantsColour } from "../../src/cli/colour.ts";
import { jsonText } from "../../src/cli/json-text.ts";
import { problemLines } from "../../src/cli/problem-lines.ts";
import { quoteWords } from "../../src/core/plan/quote-words.ts";
import { ago, localTime } from "../../src/cli/show-time.ts";
import { tableText, tsvText } from "../../src/cli/table.ts";
import { VERSION } from "../../src/cli/version.ts";
import { waitingLine } from "../../src/cli/waiting-line.ts";
import { displayWidth, fitTo, padTo } from "../../src/cli/width.ts";
import { wrapOurs } from "../../src/cli/wrap.ts";
import type { Waiting } from "../../src/effects.ts";

// What a terminal obeys or hides; a line feed only where a line is meant to end.
const steering = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}\p{Co}\p{Cn}]/u;

describe("colour", () => {
  it.each([
    [{}, true, true],
    [{}, false, false],
    [{ NO_COLOR: "1" }, true, false],
    [{ NO_COLOR: "" }, true, true],
    [{ FORCE_COLOR: "1" }, false, true],
    [{ FORCE_COLOR: "0" }, true, false],
    [{ NO_COLOR: "1", FORCE_COLOR: "1" }, true, false],
    [{ TERM: "dumb" }, true, false],
    [{ TERM: "dumb", FORCE_COLOR: "3" }, true, true],
  ])("with %j on a terminal (%s) is %s", (environment, terminal, wanted) => {
    expect(wantsColour(environment, terminal)).toBe(wanted);
  });

  it("needs no Unicode where the locale does not promise it", () => {
    expect(showsUnicode({ LANG: "de_DE.UTF-8" })).toBe(true);
    expect(showsUnicode({ LANG: "de_DE.UTF-8", LC_ALL: "C" })).toBe(false);
    expect(showsUnicode({})).toBe(false);
  });
});

describe("quoteWords", () => {
  it("gives a line that a shell reads back as the same words", () => {
    const word = fc.oneof(
      fc.string({ unit: "grapheme" }),
      fc.constantFrom("-p", "~", "a b", "it's", "$HOME", "*", "=x", "{a,b}", "!", "#"),
    );
    const words = fc.array(
      word.filter((text) => !text.includes("\0")),
      { minLength: 1, maxLength: 60 },
    );
    fc.assert(
      fc.property(words, (list) => {
        const read = execFileSync("/bin/sh", ["-c", `printf '%s\\0' ${quoteWords(list)}`], { encoding: "buffer" });
        expect(read.equals(Buffer.from(list.map((text) => `${text}\0`).join("")))).toBe(true);
      }),
      { numRuns: 60 },
    );
  });
});

describe("problems", () => {
  it("show their place, the excerpt and the hint, with nothing that steers a terminal", () => {
    const lines = problemLines({
      code: "x",
      message: "unknown key \u001b[31m\u202eaproval",
      hint: "did you mean approval?\r",
      at: { file: "10-lab.yaml", line: 15, column: 5, excerpt: "15 |   aproval: x\u0007\n   |   ^" },
    });
    expect(lines[0]).toBe("jit-nmap: error: 10-lab.yaml:15:5: unknown key \\u{1b}[31m\\u{202e}aproval");
    expect(lines).toHaveLength(4);
    for (const line of lines) expect(line).not.toMatch(steering);
  });
});

describe("tables", () => {
  it("keep every line within the columns and every row in one line", () => {
    const cell = fc.string({ unit: "grapheme" });
    fc.assert(
      fc.property(fc.array(fc.tuple(cell, cell, cell)), fc.integer({ min: 20, max: 120 }), (rows, columns) => {
        const lines = tableText(["A", "B", "C"], rows, columns).split("\n");
        expect(lines).toHaveLength(rows.length + 2);
        for (const line of lines) {
          expect(displayWidth(line)).toBeLessThanOrEqual(columns);
          expect(line).not.toMatch(steering);
        }
      }),
    );
  });

  it("keep tabs and line feeds of others out of tab-separated values", () => {
    expect(tsvText([["a\tb", "c\nd"]])).toBe("a\\u{9}b\tc\\u{a}d\n");
  });
});

describe("widths", () => {
  it("count what a terminal shows", () => {
    expect(displayWidth("abc")).toBe(3);
    expect(displayWidth("日本")).toBe(4);
    expect(displayWidth("e\u0301")).toBe(1);
    expect(fitTo("abcdefgh", 6)).toBe("abc...");
    expect(fitTo("abc", 3)).toBe("abc");
    expect(padTo("日", 4)).toBe("日  ");
  });
});

describe("a line of ours", () => {
  const words = fc.array(fc.stringMatching(/^[a-z:;(]{1,12}$/), { minLength: 1 });

  it("fits the terminal, broken between words and nowhere else, none of them lost", () => {
    fc.assert(
      fc.property(words, fc.integer({ min: 12, max: 90 }), (said, columns) => {
        const broken = wrapOurs(`jit-nmap: ${said.join(" ")}`, columns).split("\n");
        expect(broken.map((line) => line.slice(10)).join(" ")).toBe(said.join(" "));
        for (const line of broken) expect(displayWidth(line) <= columns || !line.slice(10).includes(" ")).toBe(true);
      }),
    );
  });

  it("keeps the command at its end in one piece, to be copied", () => {
    const hint = "jit-nmap: hint: try: jit-nmap -sT -p 22 10.20.0.0/24 --exclude 10.20.0.7";
    expect(wrapOurs(hint, 40)).toBe(hint.replace("try: ", "try:\n          "));
    expect(wrapOurs(hint, 80)).toBe(hint);
  });

  it("is left alone where its columns mean something", () => {
    const excerpt = "   12 | effect: alow   # and so on, wider than this terminal is";
    expect(wrapOurs(excerpt, 20)).toBe(excerpt);
  });
});

describe("the waiting line", () => {
  const waiting = (voters: readonly string[], code?: string): Waiting => ({
    request: {} as Waiting["request"],
    voters,
    until: 1_000_000,
    ...(code === undefined ? {} : { code }),
  });

  it("has countdown, who was asked and the code", () => {
    expect(waitingLine(waiting(["carol", "dave"], "012345"), 1_000_000 - 1_721_000, 120, true)).toBe(
      "28:41 left · asked carol, dave · code 012 345 — read it out only to your approver",
    );
  });

  it("fits any terminal and loses the code last", () => {
    fc.assert(
      fc.property(fc.array(fc.string({ unit: "grapheme" })), fc.integer({ min: 24, max: 200 }), (voters, columns) => {
        const line = waitingLine(waiting(voters, "123456"), 0, columns, false);
        expect(displayWidth(line)).toBeLessThanOrEqual(columns);
        if (columns >= 30) expect(line).toContain("code 123 456");
        expect(line).not.toMatch(steering);
      }),
    );
  });

  it("never counts below zero", () => {
    expect(waitingLine(waiting([]), 2_000_000, 80, false)).toBe("0:00 left");
    expect(waitingLine(waiting([]), 1_000_000 - 3_661_000, 80, false)).toBe("1:01:01 left");
  });
});

describe("JSON", () => {
  it("says the same as the value and shows nothing that steers a terminal", () => {
    fc.assert(
      fc.property(fc.jsonValue(), fc.string({ unit: "binary" }), (value, text) => {
        const printed = jsonText({ value, text });
        expect(JSON.parse(printed)).toEqual(JSON.parse(JSON.stringify({ value, text })));
        expect(printed.replaceAll("\n", "")).not.toMatch(steering);
      }),
    );
  });

  it("is one line where many objects follow each other", () => {
    expect(jsonText({ a: ["x\ny"] }, "compact")).toBe('{"a":["x\\ny"]}\n');
  });
});

describe("times", () => {
  it("are local with their zone, as date(1) has them", () => {
    for (const zone of ["UTC", "Europe/Berlin", "Asia/Kolkata", "America/St_Johns"]) {
      const shown = execFileSync("date", ["-d", "@1790000000", "+%Y-%m-%d %H:%M:%S %:z"], {
        env: { TZ: zone },
        encoding: "utf8",
      });
      const before = process.env["TZ"];
      process.env["TZ"] = zone;
      try {
        expect(localTime(1_790_000_000_000)).toBe(shown.trim());
      } finally {
        if (before === undefined) delete process.env["TZ"];
        else process.env["TZ"] = before;
      }
    }
  });

  it("are rounded to their largest unit when they are past", () => {
    expect(ago(0, 500)).toBe("now");
    expect(ago(0, 247_000)).toBe("4m ago");
    expect(ago(0, 3 * 86_400_000 + 5)).toBe("3d ago");
  });
});

describe("the version", () => {
  it("is the package's", () => {
    const text = readFileSync(new URL("../../package.json", import.meta.url), "utf8");
    expect((JSON.parse(text) as { version: string }).version).toBe(VERSION);
  });
});
