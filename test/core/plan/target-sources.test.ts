// Lists of targets and of exclusions, and what a line may say beside them.
import { describe, expect, it } from "vitest";
import { inputsNamed, type InputFile, type InputOption } from "../../../src/core/plan/input-files.ts";
import { records } from "../../compliance/records.ts";
import { plan } from "./plans.ts";

const file = (option: InputOption, path: string, text: string | Uint8Array): InputFile => ({
  option,
  path,
  bytes: Buffer.from(text),
});

function targets(line: string, ...files: readonly InputFile[]): readonly string[] | string {
  const built = plan(line.split(" "), { files });
  return built.ok ? built.value.targets.toText() : built.error.code;
}

const list = (text: string | Uint8Array): InputFile => file("-iL", "list", text);

describe("-iL", () => {
  it("is the union of its words, whatever separates them", () => {
    expect(
      targets("-sL -iL list", list("10.0.0.1 10.0.0.3\t10.0.0.2\r\n\n10.0.1.0/24#x\n# 10.9.9.9\n\0one.test")),
    ).toEqual(["10.0.0.1-10.0.0.3", "10.0.1.0-10.0.1.255", "127.0.0.9"]);
  });

  it("reads plain addresses and prefixes as the command line does", () => {
    const words = ["10.0.0.0/0", "10.1.2.3/9", "10.0.0.7/32", "255.255.255.255", "0.0.0.0/31", "10.0.0.1/1"];
    for (const word of words) {
      expect([word, targets("-sL -iL list", list(word))]).toEqual([word, targets(`-sL ${word}`)]);
    }
    for (const word of [
      ...[
        "10.0.0.0/33",
        "10.0.0.0/00",
        "10.0.0.0/",
        "10.0.0.0/1x",
        "10.0.0/8",
        "10.0.0.0.0",
        "010.0.0.1",
        "10.0.0.256",
      ],
      ...["1e1.0.0.1", "10.0.0.1/+8", "10.0.0.1/8/8", ".10.0.0.1", "10.0.0.", "::1", "127.1", "2130706433", "-sS"],
    ]) {
      const problem = targets("-sL -iL list", list(word));
      expect([word, problem]).toEqual([word, expect.stringMatching(/^(?:target-|option-)/)]);
      expect([word, problem]).toEqual([word, word.startsWith("-") ? "target-syntax" : targets(`-sL ${word}`)]);
    }
  });

  it("goes with no target on the line, because versions of nmap differ there", () => {
    expect(targets("-sL -iL list 10.0.0.1", list("10.0.0.2"))).toBe("option-conflict");
  });

  it.each(["", "\n", "# nothing\n", " \0\r\n"])("that names nothing is refused: %j", (text) => {
    expect(targets("-sL -iL list", list(text))).toBe("no-targets");
  });

  it("is refused with bytes that are in no target, and with endless words", () => {
    expect(targets("-sL -iL list", list(Uint8Array.of(0xff, 0xfe, 0x31)))).toBe("target-syntax");
    expect(targets("-sL -iL list", list("\ufeff10.0.0.1"))).toBe("target-syntax");
    expect(targets("-sL -iL list", list("1".repeat(1_000_000)))).toBe("target-list");
  });

  it("is read by what nmap read in every recorded list that is accepted", () => {
    interface Recorded {
      readonly id: string;
      readonly argv: readonly string[];
      readonly files?: Readonly<Record<string, string>>;
      readonly "nmap-7.93": { readonly rc: number; readonly unique?: number; readonly ranges?: readonly string[] };
    }
    let compared = 0;
    for (const { id, argv, files = {}, "nmap-7.93": recorded } of records("targets") as readonly Recorded[]) {
      const named = inputsNamed(argv);
      if (named.length === 0 || !named.every(({ path }) => files[path] !== undefined)) continue;
      const read = named.map(({ option, path }) => file(option, path, Buffer.from(files[path] ?? "", "latin1")));
      const built = plan(["-sL", ...argv], { files: read });
      if (!built.ok || recorded.ranges === undefined) continue;
      compared++;
      const shown = built.value.targets.toText();
      const wanted = recorded.ranges.map((range) => {
        const [first = "", last = first] = range.split("-");
        return first === last ? first : `${first}-${last}`;
      });
      expect([id, argv, shown]).toEqual([id, argv, wanted]);
      expect([id, recorded.rc]).toEqual([id, 0]);
    }
    console.log(`lists: ${compared} recorded ones compared`);
    expect(compared).toBeGreaterThan(10);
  });
});

describe("--excludefile", () => {
  const spared = (text: string): InputFile => file("--excludefile", "spared", text);

  it("takes off what its words say, together with --exclude", () => {
    expect(
      targets("-sL 10.0.0.0/28 --excludefile spared --exclude 10.0.0.15", spared("10.0.0.0/30 10.0.0.9-10 # x\n::1\n")),
    ).toEqual(["10.0.0.4-10.0.0.8", "10.0.0.11-10.0.0.14"]);
    expect(targets("-sL 127.0.1.0/28 127.0.2.1 --excludefile spared", spared("two.test"))).toEqual([
      "127.0.1.0",
      "127.0.1.2-127.0.1.15",
    ]);
  });

  it.each(["10.0.0.1,10.0.0.2", "10.0.0.1,3", "010.0.0.1", "10.0.0.0/33", "127.1", "10.0.0.1/", "x".repeat(2000)])(
    "is refused whole for a word that nmap reads otherwise: %s",
    (text) => {
      expect(targets("-sL 10.0.0.0/28 --excludefile spared", spared(`10.0.0.1\n${text}\n`))).toMatch(
        /^(?:exclude-|target-)/,
      );
    },
  );

  it("takes nothing off when it is empty, as in nmap", () => {
    expect(targets("-sL 10.0.0.1 --excludefile spared", spared("# nobody\n"))).toEqual(["10.0.0.1"]);
  });

  it("is never standard input, which nmap would look for as a file of that name", () => {
    expect(targets("-sL 10.0.0.1 --excludefile -")).toBe("option-value");
  });
});

describe("names", () => {
  it("are scanned at their first address, and at all of them with --resolve-all", () => {
    expect(targets("-sL two.test")).toEqual(["127.0.1.1"]);
    expect(targets("-sL --resolve-all two.test")).toEqual(["127.0.1.1", "127.0.2.1"]);
    expect(plan(["-sL", "--resolve-all", "two.test", "--exclude", "127.0.1.1"])).toMatchObject({
      value: { names: [{ typed: "two.test", addresses: ["127.0.2.1"] }] },
    });
  });
});

describe("the files that a line names", () => {
  it("are found in every spelling that the C library reads", () => {
    const all: readonly [string, readonly string[]][] = [
      ["-iL a 10.0.0.1", ["-iL a"]],
      ["--iL=a", ["-iL a"]],
      ["-iL -", ["-iL -"]],
      ["-excludefile a -iL b", ["--excludefile a", "-iL b"]],
      ["--excludef=a", ["--excludefile a"]],
      ["--script-args-f a --script-args b", ["--script-args-file a"]],
      ["-sS -p 80 10.0.0.1", []],
      ["-oN -iL x", []],
      ["-- -iL a", []],
      ["-iL", []],
    ];
    for (const [line, found] of all) {
      expect([line, inputsNamed(line.split(" ")).map(({ option, path }) => `${option} ${path}`)]).toEqual([
        line,
        found,
      ]);
    }
  });
});
