import { describe, expect, it } from "vitest";
import { readOptions, type Options } from "../../../src/core/plan/read-options.ts";

const read = (line: string): ReturnType<typeof readOptions> =>
  readOptions(line.split(" ").filter((word) => word !== ""));

function accepted(line: string): Options {
  const options = read(line);
  if (!options.ok) throw new Error(`${line}: ${options.error.code}: ${options.error.message}`);
  return options.value;
}

const refusal = (line: string): string => {
  const options = read(line);
  return options.ok ? "accepted" : options.error.code;
};

describe("readOptions refuses", () => {
  it.each<[string, string]>([
    // what has no safe meaning
    ["--datadir /tmp/x 10.0.0.1", "option-refused"],
    ["--resume f", "option-refused"],
    ["-iR 5", "option-refused"],
    ["-D 10.0.0.9 10.0.0.1", "option-refused"],
    ["-S 10.0.0.9 10.0.0.1", "option-refused"],
    ["--spoof-mac 0 10.0.0.1", "option-refused"],
    ["--proxies http://p:1 10.0.0.1", "option-refused"],
    ["-sI zombie 10.0.0.1", "option-refused"],
    ["-b host 10.0.0.1", "option-refused"],
    ["--dns-servers 10.0.0.53 10.0.0.1", "option-refused"],
    ["--ip-options L 10.0.0.1", "option-refused"],
    ["--script-updatedb", "option-refused"],
    ["--servicedb f 10.0.0.1", "option-refused"],
    ["--versiondb f 10.0.0.1", "option-refused"],
    ["--yoloscan 10.0.0.1", "option-refused"],
    ["-y 10.0.0.1", "option-refused"],
    // deprecated and surprising spellings
    ["-oMfoo 10.0.0.1", "option-refused"],
    ["-oM foo 10.0.0.1", "option-refused"],
    ["-on 10.0.0.1", "option-refused"],
    ["-oplog 10.0.0.1", "option-refused"],
    ["-oNfoo 10.0.0.1", "option-refused"],
    ["-iLfile", "option-refused"],
    ["-iR5", "option-refused"],
    ["-it 10.0.0.1", "option-refused"],
    ["-m f 10.0.0.1", "option-refused"],
    ["-q 10.0.0.1", "option-refused"],
    ["-I 10.0.0.1", "option-refused"],
    // not run by this version
    ["--script ./x 10.0.0.1", "script-file"],
    ["--script-args a=b,,c 10.0.0.1", "script-argument"],
    ["-iL f", "input-file"],
    ["--excludefile f 10.0.0.1", "input-file"],
    ["-R 10.0.0.1", "option-refused"],
    ["-h", "option-conflict"],
    // values
    ["-T11 10.0.0.1", "option-value"],
    ["-T10 10.0.0.1", "option-value"],
    ["-T6 10.0.0.1", "option-value"],
    ["-T4.5 10.0.0.1", "option-value"],
    ["-T4x 10.0.0.1", "option-value"],
    ["-T=4 10.0.0.1", "option-value"],
    ["-T aggr 10.0.0.1", "option-value"],
    ["-O1 10.0.0.1", "option-value"],
    ["-s 10.0.0.1", "option-value"],
    ["-sB 10.0.0.1", "option-value"],
    ["-sPn 10.0.0.1", "option-value"],
    ["-PnsS 10.0.0.1", "option-value"],
    ["-Pn10.0.0.1", "option-value"],
    ["-P 10.0.0.1", "option-value"],
    ["-v0 10.0.0.1", "option-value"],
    ["-v11 10.0.0.1", "option-value"],
    ["-v9x 10.0.0.1", "option-value"],
    ["-dv 10.0.0.1", "option-value"],
    ["-d99 10.0.0.1", "option-value"],
    ["--top-ports 0 10.0.0.1", "option-value"],
    ["--top-ports 1e2 10.0.0.1", "option-value"],
    ["--top-ports 0x10 10.0.0.1", "option-value"],
    ["--top-ports 10abc 10.0.0.1", "option-value"],
    ["--top-ports 65537 10.0.0.1", "option-value"],
    ["--max-rate 0 10.0.0.1", "option-value"],
    ["--max-rate -5 10.0.0.1", "option-value"],
    ["--max-rate inf 10.0.0.1", "option-value"],
    ["--min-rate nan 10.0.0.1", "option-value"],
    ["--max-rate 1e3 10.0.0.1", "option-value"],
    ["--max-rate 010 10.0.0.1", "option-value"],
    ["--max-retries 3x 10.0.0.1", "option-value"],
    ["--max-retries 4294967297 10.0.0.1", "option-value"],
    ["--host-timeout 10000 10.0.0.1", "option-value"],
    ["--host-timeout 0x10 10.0.0.1", "option-value"],
    ["--host-timeout 0.5ms 10.0.0.1", "option-value"],
    ["--host-timeout 9999h 10.0.0.1", "option-value"],
    ["--scan-delay 100 10.0.0.1", "option-value"],
    ["--scan-delay 5sec 10.0.0.1", "option-value"],
    ["-sV --version-intensity 10 10.0.0.1", "option-value"],
    ["-oA - 10.0.0.1", "option-value"],
    ["-oN --open 10.0.0.1", "option-value"],
    // a value that was forgotten
    ["-p -sS 10.0.0.1", "value-looks-like-option"],
    ["-p -- 10.0.0.1", "value-looks-like-option"],
    ["--exclude --open 10.0.0.1", "value-looks-like-option"],
    // repeats that nmap would resolve in silence, or end on
    ["-p 1 -p 2 10.0.0.1", "option-repeated"],
    ["-T4 -T3 10.0.0.1", "option-repeated"],
    ["-T4 --timing 4 10.0.0.1", "option-repeated"],
    ["--exclude 10.0.0.1 --exclude 10.0.0.2 10.0.0.0/24", "option-repeated"],
    ["--max-rate 5 --max-rate 6 10.0.0.1", "option-repeated"],
    ["--version-light --version-intensity 5 -sV 10.0.0.1", "option-repeated"],
    ["-sX -sX 10.0.0.1", "option-repeated"],
    ["-sXX 10.0.0.1", "option-repeated"],
    ["-PS22 -PS80 10.0.0.1", "option-repeated"],
    ["-oN a -oN b 10.0.0.1", "option-repeated"],
    ["-oA a -oX b 10.0.0.1", "option-repeated"],
    // together
    ["-4 -6 10.0.0.1", "option-conflict"],
    ["-64 10.0.0.1", "option-conflict"],
    ["-sS -sT 10.0.0.1", "option-conflict"],
    ["-sn -sS 10.0.0.1", "option-conflict"],
    ["-sL -sU 10.0.0.1", "option-conflict"],
    ["-sL -sn 10.0.0.1", "option-conflict"],
    ["-sL -p 80 10.0.0.1", "option-conflict"],
    ["-sn -p 80 10.0.0.1", "option-conflict"],
    ["-sn -F 10.0.0.1", "option-conflict"],
    ["-sn --top-ports 5 10.0.0.1", "option-conflict"],
    ["-sL --exclude-ports 5 10.0.0.1", "option-conflict"],
    ["-sn -O 10.0.0.1", "option-conflict"],
    ["-sn -A 10.0.0.1", "option-conflict"],
    ["-sL -sV 10.0.0.1", "option-conflict"],
    ["-F -p 80 10.0.0.1", "option-conflict"],
    ["-F --top-ports 5 10.0.0.1", "option-conflict"],
    ["--min-rate 5 --max-rate 3 10.0.0.1", "option-conflict"],
    ["-oN - -oX - 10.0.0.1", "option-conflict"],
    // targets
    ["-sS", "no-targets"],
    ["", "no-targets"],
    ["127.1", "target-syntax"],
    ["010.0.0.1", "target-syntax"],
    ["0x7f.1", "target-syntax"],
    ["2130706433", "target-syntax"],
    ["::1", "target-family"],
    ["-6 10.0.0.1", "target-family"],
    ["-- -sS", "target-syntax"],
  ])("%s as %s", (line, code) => {
    expect(refusal(line)).toBe(code);
  });

  it("words that cannot be shown or stored as they are", () => {
    for (const word of ["10.0.0.1\n", "a\u0000b", "\u001b[31m", "a\u0085b", "\ufffd", "\ud800"]) {
      expect(readOptions(["-sS", word])).toMatchObject({ ok: false, error: { code: "unreadable-word" } });
      expect(readOptions(["-oN", word, "10.0.0.1"])).toMatchObject({ ok: false, error: { code: "unreadable-word" } });
    }
  });

  it("words that begin with a typographic dash, values and targets too", () => {
    for (const dash of ["\u2010", "\u2013", "\u2014", "\u2015", "\u2212", "\uff0d"]) {
      expect(readOptions([`${dash}sS`, "10.0.0.1"])).toMatchObject({
        ok: false,
        error: { code: "unicode-dash", hint: expect.stringContaining('"-sS"') as string },
      });
      expect(readOptions(["-p", `${dash}80`, "10.0.0.1"])).toMatchObject({
        ok: false,
        error: { code: "unicode-dash" },
      });
    }
  });

  it("with the attached spelling as hint where a value looks like an option", () => {
    expect(read("-p -4 10.0.0.1")).toMatchObject({
      ok: false,
      error: { hint: expect.stringContaining('"-p-4"') as string },
    });
    expect(accepted("-p -100 10.0.0.1").ports).toBe("-100");
    expect(accepted("-p-100 10.0.0.1").ports).toBe("-100");
    expect(accepted("-p - 10.0.0.1").ports).toBe("-");
  });

  it("every message in one line without control characters, whatever is typed", () => {
    for (const words of [
      ["-T\u001b[2J", "x"],
      ["--\u0007", "x"],
      ["--top-ports", "9".repeat(5000), "x"],
      ["a\u202eb"],
    ]) {
      const options = readOptions(words);
      if (options.ok) throw new Error(`accepted ${JSON.stringify(words)}`);
      const text = `${options.error.message}${options.error.hint ?? ""}`;
      expect(text).toMatch(/^[^\p{Cc}\p{Cf}]{10,400}$/u);
    }
  });
});

describe("readOptions reads", () => {
  it("options in any order and spelling alike", () => {
    const plain = accepted("-sS -p 22 --max-rate 100 --open -n 10.0.0.1");
    expect(accepted("10.0.0.1 --open --max-rate=100 -n -p22 -sS")).toEqual(plain);
    expect(accepted("-nsS -p22 -open -max-rate 100 10.0.0.1")).toEqual(plain);
    expect(accepted("--ope --max-ra 100 -sSS -n -n -p 22 -- 10.0.0.1")).toEqual(plain);
  });

  it.each([
    ["-v", 1, 0, false],
    ["-vv", 2, 0, false],
    ["--vv --verbose", 3, 0, false],
    ["-v5 -v", 6, 0, false],
    ["-v -v5", 5, 0, false],
    ["-d", 1, 1, true],
    ["-d2 -v", 3, 2, true],
    ["-v3 -d2", 2, 2, true],
    ["-d0 -v2", 2, 0, true],
    ["-d9 -d -d", 10, 10, true],
    ["--debug=2 --verbose", 3, 2, true],
  ])("%s as verbosity %i, debugging %i, as the XML of nmap 7.93 says", (line, verbosity, debugging, reason) => {
    expect(accepted(`${line} 10.0.0.1`)).toMatchObject({ verbosity, debugging, reason });
  });

  it.each([
    ["500ms", 500],
    ["30", 30_000],
    [".5s", 500],
    ["1.5s", 1500],
    ["1.001s", 1001],
    ["10M", 600_000],
    ["2h", 7_200_000],
    ["0", 0],
    ["10000s", 10_000_000],
  ])("a host timeout of %s as %i ms", (text, milliseconds) => {
    expect(accepted(`--host-timeout ${text} 10.0.0.1`).hostTimeoutMs).toBe(milliseconds);
  });

  it("timing templates by number and by name in any case", () => {
    const names = ["paranoid", "Sneaky", "POLITE", "normal", "aggressive", "insane"];
    for (const [index, name] of names.entries()) {
      expect(accepted(`-T${index} 10.0.0.1`).template).toBe(index);
      expect(accepted(`--timing=${name} 10.0.0.1`).template).toBe(index);
    }
  });

  it("-oA as three files, and - as standard output", () => {
    expect(accepted("-oA out 10.0.0.1").outputs).toEqual([
      { format: "normal", path: "out.nmap" },
      { format: "grepable", path: "out.gnmap" },
      { format: "xml", path: "out.xml" },
    ]);
    expect(accepted("-oX - 10.0.0.1").outputs).toEqual([{ format: "xml", path: "-" }]);
  });

  it("names apart from addresses, targets apart from exclusions", () => {
    const options = accepted("DB1.lab 10.0.0.0/30 --exclude 10.0.0.1,spare.lab");
    expect(options.targets.map((target) => (target.kind === "name" ? target.name : target.set.toText()))).toEqual([
      "db1.lab",
      ["10.0.0.0-10.0.0.3"],
    ]);
    expect(options.excluded.names).toEqual(["spare.lab"]);
    expect(options.excluded.set.toText()).toEqual(["10.0.0.1"]);
  });
});
