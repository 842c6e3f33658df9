import { describe, expect, it } from "vitest";
import { parseTargetList } from "../../../src/core/plan/target-list.ts";

const words = (text: string): string[] => {
  const list = parseTargetList(Buffer.from(text, "latin1"), "hosts.txt");
  if (!list.ok) throw new Error(list.error.message);
  return list.value.map((word) => word.text);
};

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
    const list = parseTargetList(Buffer.from("# first\n  one two\nthree"), "hosts.txt");
    expect(list.ok && list.value).toEqual([
      { text: "one", line: 2, column: 3 },
      { text: "two", line: 2, column: 7 },
      { text: "three", line: 3, column: 1 },
    ]);
  });

  it("of 1,024 bytes and more end the reading where nmap ends it", () => {
    expect(words(`${"a".repeat(1023)} b`)).toEqual(["a".repeat(1023), "b"]);
    const list = parseTargetList(Buffer.from(`x\n ${"a".repeat(1024)}`), "hosts.txt");
    expect(!list.ok && [list.error.code, list.error.at]).toEqual([
      "target-list",
      { file: "hosts.txt", line: 2, column: 2 },
    ]);
    expect(parseTargetList(Buffer.alloc(3_000_000, "a"), "hosts.txt").ok).toBe(false);
  });
});
