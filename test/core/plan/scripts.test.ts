import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { describe, expect, it } from "vitest";
import { parseScriptDb, scriptsToName, selectScripts } from "../../../src/core/plan/scripts.ts";
import { records } from "../../compliance/records.ts";
import { installedScripts } from "./plans.ts";

interface ScriptRecord {
  readonly exprs: readonly string[];
  readonly files?: object;
  readonly "nmap-7.93": { readonly accepted: boolean; readonly count: number; readonly sha256: string };
}

describe("selectScripts", () => {
  it("selects for default what nmap 7.93 selects", () => {
    const record = (records("scripts") as readonly ScriptRecord[]).find(
      ({ exprs, files }) => files === undefined && exprs.join() === "default",
    );
    const selected = selectScripts(installedScripts, [{ kind: "category", category: "default" }]);
    const names = selected.map((script) => `${script.name}.nse`);
    expect(names).toHaveLength(125);
    expect(createHash("sha256").update(names.sort().join("\n")).digest("hex")).toBe(record?.["nmap-7.93"].sha256);
  });

  it("selects for version the scripts that the installed nmap loads with -sV", () => {
    // -d2 names each script that the engine loads; without a target none of them runs.
    const { stdout } = spawnSync("nmap", ["-d2", "-n", "-sV", "--unprivileged"], { encoding: "utf8", env: {} });
    const loaded = [...stdout.matchAll(/Script (\S+)\.nse was selected by category/g)].map((match) => match[1]);
    const selected = selectScripts(installedScripts, [{ kind: "category", category: "version" }]);
    expect(selected.map((script) => script.name)).toEqual(loaded.sort());
    expect(loaded).toHaveLength(45);
  });

  it("lists a script once that two rules select", () => {
    const both = selectScripts(installedScripts, [
      { kind: "category", category: "default" },
      { kind: "category", category: "version" },
    ]);
    expect(new Set(both.map((script) => script.name)).size).toBe(both.length);
  });
});

describe("scriptsToName", () => {
  it("names what -sC chose, and leaves to -sV what it loads by itself", () => {
    const scripts = [
      { name: "a", categories: ["default", "safe"], implied: true },
      { name: "b", categories: ["version"], implied: true },
      { name: "c", categories: ["default", "version"], implied: true },
      { name: "d", categories: ["intrusive"], implied: false },
    ];
    expect(scriptsToName(scripts, true)).toEqual(["default", "d"]);
    expect(scriptsToName(scripts, false)).toEqual(["d"]);
  });
});

describe("parseScriptDb", () => {
  it("reads the installed index whole", () => {
    expect(installedScripts).toHaveLength(604);
    expect(installedScripts.find((script) => script.name === "banner")?.categories).toEqual(["discovery", "safe"]);
  });

  it.each([
    'Entry { filename = "../x.nse", categories = { "default", } }',
    'Entry { filename = "x.nse", categories = { "default", } } os.execute("id")',
    'Entry { filename = "x.nse" }',
    'Entry { filename = "x.lua", categories = { "default", } }',
    "os.execute('id')",
  ])("refuses the whole file for a line such as %s", (line) => {
    const good = 'Entry { filename = "a.nse", categories = { "default", "safe", } }';
    expect(parseScriptDb(`${good}\n${line}\n`)).toMatchObject({ ok: false, error: { code: "script-db-syntax" } });
    expect(parseScriptDb(`${good}\n`)).toEqual({ ok: true, value: [{ name: "a", categories: ["default", "safe"] }] });
  });
});
