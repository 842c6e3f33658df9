import { describe, expect, it } from "vitest";
import { parseTargetList, targetListWords } from "../../../src/core/plan/target-list.ts";

const words = (text: string): string[] => [...targetListWords(Buffer.from(text, "latin1"))].map((word) => word.text);

describe("the words of a target list", () => {
  it.each([
    ["10.0.0.1\n10.0.0.2 10.0.0.3\n", ["10.0.0.1", "10.0.0.2", "10.0.0.3"]],
    ["\t 10.0.0.1\t\t10.0.0.2  \r\n", ["10.0.0.1", "10.0.0.2"]],
    ["10.0.0.1\0" + "10.0.0.2", ["10.0.0.1", "10.0.0.2"]],
    ["10.0.0.1\v10.0.0.2\f10.0.0.3", ["10.0.0.1\v10.0.0.2\f10.0.0.3"]],
    ["10.0.0.1 # c 10.0.0.2\n10.0.0.3\n", ["10.0.0.1", "10.0.0.3"]],
    ["10.0.0.1#10.0.0.2\n10.0.0.3", ["10.0.0.1", "10.0.0.3"]],
    ["10.0.0.1 #x\r10.0.0.2\0" + "10.0.0.4\n10.0.0.3", ["10.0.0.1", "10.0.0.3"]],
    ["--exclude 10.0.0.1", ["--exclude", "10.0.0.1"]],
    ["\xef\xbb\xbf10.0.0.1", ["\xef\xbb\xbf10.0.0.1"]],
    ["", []],
    ["#", []],
    ["a,b;c", ["a,b;c"]],
  ])("%j gives %j", (text, expected) => {
    expect(words(text)).toEqual(expected);
  });

  it("carry their line and column", () => {
    expect([...targetListWords(Buffer.from("# first\n  one two\nthree"))]).toEqual([
      { text: "one", line: 2, column: 3 },
      { text: "two", line: 2, column: 7 },
      { text: "three", line: 3, column: 1 },
    ]);
  });
});

describe("a target list", () => {
  it("is the union of its words", () => {
    const list = parseTargetList(
      Buffer.from("10.0.0.9 10.0.0.0/30\n10.0.0.9\n10.1-2.0.1,3 # more\nRouter.test router.test\n10.0.0.4"),
      4,
      "hosts.txt",
    );
    expect(list.ok && [list.value.set.toText(), list.value.names]).toEqual([
      ["10.0.0.0-10.0.0.4", "10.0.0.9", "10.1.0.1", "10.1.0.3", "10.2.0.1", "10.2.0.3"],
      ["router.test"],
    ]);
    const six = parseTargetList(Buffer.from("::1\n2001:db8::/127\n::1"), 6, "hosts.txt");
    expect(six.ok && six.value.set.toText()).toEqual(["::1", "2001:db8::-2001:db8::1"]);
    const none = parseTargetList(Buffer.from("# nothing\n"), 4, "hosts.txt");
    expect(none.ok && [none.value.set.isEmpty, none.value.names]).toEqual([true, []]);
  });

  it.each<[string, 4 | 6, string, number, number]>([
    ["10.0.0.1\n 10.0.0.2,10.0.0.3\n", 4, "target-syntax", 2, 2],
    ["10.0.0.1\n127.1", 4, "target-syntax", 2, 1],
    ["::1", 4, "target-family", 1, 1],
    ["::1 10.0.0.1", 6, "target-family", 1, 5],
    ["--exclude 10.0.0.1", 4, "target-syntax", 1, 1],
    ["\u00ef\u00bb\u00bf10.0.0.1", 4, "target-syntax", 1, 1],
    [`x\n ${"a".repeat(1024)}`, 4, "target-list", 2, 2],
    ["a".repeat(3_000_000), 4, "target-list", 1, 1],
    ["*.*.*.1,3", 4, "too-many-runs", 0, 0],
  ])("is refused at its first bad word: %.30j in IPv%i, %s", (text, family, code, line, column) => {
    const list = parseTargetList(Buffer.from(text, "latin1"), family, "hosts.txt");
    expect(list.ok).toBe(false);
    if (list.ok) return;
    expect(list.error.code).toBe(code);
    expect(list.error.at).toEqual(line === 0 ? undefined : { file: "hosts.txt", line, column });
  });

  it("of words just below nmap's limit is read on, to be refused as targets", () => {
    expect(words(`${"a".repeat(1023)} b`)).toEqual(["a".repeat(1023), "b"]);
  });
});
