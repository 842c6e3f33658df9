import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { takeOwnOptions } from "../../src/cli/own-options.ts";

const taken = (...line: string[]) => {
  const result = takeOwnOptions(line);
  if (!result.ok) throw new Error(result.error.code);
  return result.value;
};
const refused = (...line: string[]) => {
  const result = takeOwnOptions(line);
  if (result.ok) throw new Error("accepted");
  return result.error;
};

describe("our own options", () => {
  it("are taken out anywhere before --, in both spellings", () => {
    const { words, own } = taken("-sS", "--jit-reason", "CHG-1 because", "10.0.0.1", "--jit-ttl=1h30m", "-p", "22");
    expect(words).toEqual(["-sS", "10.0.0.1", "-p", "22"]);
    expect(own.reason).toBe("CHG-1 because");
    expect(own.ttlSeconds).toBe(5400);
  });

  it("stay nmap's words behind --, which stays too", () => {
    expect(taken("-sn", "--", "--jit-ttl", "5m").words).toEqual(["-sn", "--", "--jit-ttl", "5m"]);
  });

  it("take the next word as value whatever it looks like", () => {
    expect(taken("--jit-reason", "-sS", "h").own.reason).toBe("-sS");
    expect(taken("--jit-reason", "--jit-ttl", "h").own.reason).toBe("--jit-ttl");
  });

  it("may have a value with equals signs", () => {
    expect(taken("--jit-reason=a=b").own.reason).toBe("a=b");
  });

  it.each([
    ["without a value", ["h", "--jit-ttl"], "own-option-value"],
    ["with an empty value", ["--jit-reason=", "h"], "own-option-value"],
    ["twice", ["--jit-ttl=5m", "--jit-ttl=6m"], "own-option-repeated"],
    ["with a number for a duration", ["--jit-ttl=15"], "own-option-value"],
    ["with a negative duration", ["--jit-wait=-5m"], "own-option-value"],
    ["with two durations in one", ["--jit-ttl=15m; rm"], "own-option-value"],
    ["with zero", ["--jit-ttl=0s"], "own-option-value"],
    ["with a value where none belongs", ["--jit-help=1"], "own-option-value"],
    ["abbreviated", ["--jit-rea=x"], "unknown-own-option"],
    ["in capitals", ["--jit-TTL=5m"], "unknown-own-option"],
    ["of later versions", ["--jit-events=x"], "not-in-this-version"],
    ["of later versions with a value", ["--jit-events=fd:3"], "not-in-this-version"],
    ["with a time that clocks never show", ["--jit-not-before", "24:00"], "own-option-value"],
    ["with a time without its zone", ["--jit-not-before=2026-11-22T22:00:00"], "own-option-value"],
    ["with a value where there is a yes", ["--jit-accept-narrower=no"], "own-option-value"],
  ])("are refused %s", (_, line, code) => {
    expect(refused(...line).code).toBe(code);
  });

  it("are named when one was mistyped", () => {
    expect(refused("--jit-resaon=x").hint).toContain("--jit-reason");
  });

  it("never leave a word of ours to nmap, nor take one of nmap's", () => {
    const word = fc.oneof(
      fc.constantFrom("-sS", "--", "-p", "10.0.0.1", "--jit-reason=x", "--jit-nonsense", "--jit-help", "-", ""),
      fc.string(),
    );
    fc.assert(
      fc.property(fc.array(word), (line) => {
        const result = takeOwnOptions(line);
        if (!result.ok) return;
        const { words } = result.value;
        const end = words.indexOf("--");
        const read = end < 0 ? words : words.slice(0, end);
        expect(read.filter((text) => text.startsWith("--jit-"))).toEqual([]);
        const foreign = (end < 0 ? line : line.slice(0, line.indexOf("--"))).filter(
          (text) => !text.startsWith("--jit-"),
        );
        expect(read).toEqual(foreign.slice(0, read.length));
      }),
    );
  });
});
