// Scripts that the requester brings: read once, judged as nobody's category, and run from a private copy alone.
import { describe, expect, it } from "vitest";
import { inputsNamed, type InputFile } from "../../../src/core/plan/input-files.ts";
import { fromDocument, toDocument } from "../../../src/core/plan/document.ts";
import { digestOf } from "../../../src/core/plan/digest.ts";
import { factsNeeded } from "../../../src/core/plan/facts.ts";
import { readOptions } from "../../../src/core/plan/read-options.ts";
import { renderArgv } from "../../../src/core/plan/render.ts";
import { plan } from "./plans.ts";
import { saidFiles } from "./said.ts";

const TEXT = 'action = function() return "hello" end\n';

const file = (path: string, content: string | Uint8Array = TEXT): InputFile => ({
  option: "--script",
  path,
  bytes: typeof content === "string" ? Buffer.from(content) : content,
});

function built(line: string, ...files: InputFile[]) {
  const result = plan(line.split(" "), { files });
  if (!result.ok) throw new Error(result.error.message);
  return result.value;
}

const refusal = (line: string, ...files: InputFile[]): string | undefined => {
  const result = plan(line.split(" "), { files });
  return result.ok ? undefined : `${result.error.code}: ${result.error.message} ${result.error.hint ?? ""}`;
};

describe("a script of the requester's own", () => {
  it("is what a piece of --script names by a path that ends in .nse, in every spelling of the option", () => {
    const named = (line: string): readonly string[] => inputsNamed(line.split(" ")).map(({ path }) => path);
    expect(named("--script ./mine.nse 10.0.0.1")).toEqual(["./mine.nse"]);
    expect(named("-script=../a/b.nse,default,/opt/c.nse 10.0.0.1")).toEqual(["../a/b.nse", "/opt/c.nse"]);
    expect(named("--script ./mine.nse --script=./mine.nse 10.0.0.1")).toEqual(["./mine.nse"]);
    for (const value of ["mine.nse", "./mine", "/dev/stdin", "dir/", "+./mine.nse", "(./mine.nse)", "http-*"]) {
      expect([value, named(`--script ${value} 10.0.0.1`)]).toEqual([value, []]);
    }
    expect(named("--script-help ./mine.nse")).toEqual([]);
  });

  it("is in the plan whole, and its digest covers the text", () => {
    const one = built("--script ./mine.nse -p 1 10.0.0.1", file("./mine.nse"));
    // printf 'action = function() return "hello" end\n' | sha256sum
    const digest = "sha256:36d1decb7a985fb02426b457a0d7facf5d045d0b8a57781368820b346412c937";
    expect(one.ownScripts).toMatchObject([{ name: "mine", text: TEXT }]);
    expect(one.ownScripts?.[0]?.digest).toBe(digest);
    expect(one.scripts).toEqual([{ name: "mine", categories: [], implied: false, own: true, digest }]);
    expect(one.inputs).toMatchObject([{ option: "--script", path: "./mine.nse", digest }]);
    expect(one.otherPorts).toEqual(["scripts"]);
    const other = built("--script ./mine.nse -p 1 10.0.0.1", file("./mine.nse", `${TEXT} `));
    expect(digestOf(other)).not.toBe(digestOf(one));
    expect(fromDocument(toDocument(one)).ownScripts).toEqual(one.ownScripts);
  });

  it("is rendered as its private copy, beside those that are installed", () => {
    const one = built("--script banner,./mine.nse -p 1 10.0.0.1", file("./mine.nse"));
    const words = renderArgv(one, { ...saidFiles, scripts: "/s/scripts" });
    expect(words).toContain("--script=banner,/s/scripts/mine.nse");
    expect(() => renderArgv(one, saidFiles)).toThrow(/own scripts/);
  });

  it("keeps -sC from adding the default scripts, as any --script does", () => {
    const one = built("-sC --script ./mine.nse -p 1 10.0.0.1", file("./mine.nse"));
    expect(one.scripts.map(({ name }) => name)).toEqual(["mine"]);
    expect(one.features).toEqual([]);
  });

  it("needs nmap's index and its whole script engine, also alone", () => {
    const options = readOptions(["--script", "./mine.nse", "-p", "1", "10.0.0.1"], [file("./mine.nse")]);
    if (!options.ok) throw new Error(options.error.message);
    expect(factsNeeded(options.value)).toMatchObject({ scripts: true, data: "scripts" });
  });

  it("is marked where its text may speak to others", () => {
    const contacts = (text: string): unknown =>
      built("--script ./m.nse -p 1 10.0.0.1", file("./m.nse", text)).scripts[0]?.contacts;
    expect(contacts("prerule = function() return true end")).toBe("others");
    expect(contacts("-- no prerule\nnmap . add_targets(x)")).toBe("others");
    expect(contacts("-- no prerule\nhostrule = f")).toBeUndefined();
  });

  it.each<[string, string | Uint8Array, RegExp]>([
    ["./banner.nse", TEXT, /^script-file: .*installed script.*write banner/],
    ["./mi ne.nse", TEXT, /^script-/],
    ["./-mine.nse", TEXT, /^script-file: .*other characters/],
    ["./m\u00efne.nse", TEXT, /^script-file: .*other characters/],
    ["./.nse", TEXT, /^script-file: .*other characters/],
    ["./mine.nse", "", /^script-file: .*empty/],
    ["./mine.nse", "\u001bLua compiled", /^script-file: .*control characters/],
    ["./mine.nse", "a\u0000b", /^script-file: .*control characters/],
    ["./mine.nse", Uint8Array.of(0x61, 0xff, 0xfe), /^input-file: .*UTF-8/],
    ["./mine.nse", "-".repeat(262_145), /^script-file: .*bytes/],
  ])("named %j is refused where it can't be shown or told apart", (path, content, expected) => {
    const result = plan(["--script", path, "-p", "1", "10.0.0.1"], { files: [file(path, content)] });
    if (result.ok) throw new Error("accepted");
    expect(`${result.error.code}: ${result.error.message} ${result.error.hint ?? ""}`).toMatch(expected);
  });

  it("is refused with another of its name, and with too many others", () => {
    expect(refusal("--script ./a/x.nse,./b/x.nse -p 1 10.0.0.1", file("./a/x.nse"), file("./b/x.nse"))).toMatch(
      /^script-file: .*two scripts/,
    );
    const paths = Array.from({ length: 21 }, (_, index) => `./s${index}.nse`);
    expect(refusal(`--script ${paths.join()} -p 1 10.0.0.1`, ...paths.map((path) => file(path)))).toMatch(
      /^option-value/,
    );
  });

  it("is never opened by nmap where it was not read", () => {
    expect(refusal("--script ./mine.nse -p 1 10.0.0.1")).toMatch(/^input-file/);
    expect(refusal("--script mine.nse -p 1 10.0.0.1")).toMatch(/^script-unknown: .*\.\/mine\.nse/);
  });
});
