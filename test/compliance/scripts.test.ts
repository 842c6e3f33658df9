// Script expressions against what two versions of nmap selected for them, and arguments against nmap's own engine.
import { createHash } from "node:crypto";
import { writeFileSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { parseScriptArgs, renderScriptArgs, type ScriptArgument } from "../../src/core/plan/script-args.ts";
import { parseScripts, type ScriptPiece } from "../../src/core/plan/scripts-expression.ts";
import { refusePieces, selectScripts } from "../../src/core/plan/scripts.ts";
import { installedScripts } from "../core/plan/plans.ts";
import { nmapInNamespace, runNmap } from "./installed-nmap.ts";
import { asNodeReads, records } from "./records.ts";

interface ScriptRecord {
  readonly id: string;
  readonly exprs: readonly string[];
  readonly note?: string;
  readonly files?: Readonly<Record<string, string>>;
  readonly env?: object;
  readonly "nmap-7.93": { readonly accepted: boolean; readonly count: number; readonly sha256: string };
}

/** The selected names, or the code of the refusal. */
function select(values: readonly string[]): readonly string[] | string {
  const pieces: ScriptPiece[] = [];
  for (const value of values) {
    const parsed = parseScripts(value);
    if (!parsed.ok) return parsed.error.code;
    pieces.push(...parsed.value);
  }
  const unknown = refusePieces(installedScripts, pieces);
  if (unknown !== undefined) return unknown.code;
  return selectScripts(
    installedScripts,
    pieces.map((piece) => ({ kind: "piece", piece })),
  ).map((script) => script.name);
}

const sha256 = (names: readonly string[]): string =>
  createHash("sha256")
    .update(
      names
        .map((name) => `${name}.nse`)
        .sort()
        .join("\n"),
    )
    .digest("hex");

describe("recorded script expressions", () => {
  const all = records("scripts") as readonly ScriptRecord[];
  const judged = all.map((record) => ({ record, selected: select(record.exprs.map(asNodeReads)) }));
  // Files in the working directory and other data directories are nothing that we would let nmap see.
  const plain = judged.filter(({ record }) => record.files === undefined && record.env === undefined);

  it("select exactly what nmap 7.93 selected, wherever they are accepted", () => {
    const accepted = plain.filter(({ selected }) => typeof selected !== "string");
    const counts = new Map<string, number>();
    for (const { selected } of judged) {
      const code = typeof selected === "string" ? selected : "accepted";
      counts.set(code, (counts.get(code) ?? 0) + 1);
    }
    console.log(`scripts: ${[...counts].map(([code, count]) => `${count} ${code}`).join(", ")}`);
    expect(accepted.length).toBeGreaterThan(80);
    for (const { record, selected } of accepted) {
      if (typeof selected === "string") continue;
      const recorded = record["nmap-7.93"];
      expect([record.id, record.exprs, true, selected.length, sha256(selected)]).toEqual([
        record.id,
        record.exprs,
        recorded.accepted,
        recorded.count,
        recorded.sha256,
      ]);
    }
  });

  it("select installed scripts alone where files of such names lie about", () => {
    for (const { record, selected } of judged) {
      if (record.files === undefined || typeof selected === "string") continue;
      const known = new Set(installedScripts.map((script) => script.name));
      expect([record.id, selected.filter((name) => !known.has(name))]).toEqual([record.id, []]);
    }
  });

  it("are accepted where their meaning is plain", () => {
    const refusedPlain = plain.filter(
      ({ record, selected }) =>
        typeof selected === "string" &&
        record["nmap-7.93"].accepted &&
        record["nmap-7.93"].count > 0 &&
        record.exprs.every((text) => /^[a-z*.-]+( (and|or) (not )?[a-z*.-]+)?$/.test(text)),
    );
    // Only what selects everything by accident, or holds a part that selects nothing.
    expect(refusedPlain.map(({ record }) => record.exprs.join())).toEqual(["**", "*", "false or banner"]);
  });
});

describe.skipIf(!nmapInNamespace)("generated script expressions", () => {
  const leaf = fc.constantFrom(
    ...["default", "safe", "SAFE", "vuln", "external", "intrusive", "http-*", "*-info", "banner", "banner.nse"],
    ...["ssl-*", "*brute*", "http-*-*", "all", "broadcast", "smb-vuln-ms17-010", "*-v*-*"],
  );
  const expression = fc.letrec<{ value: string; whole: string }>((tie) => ({
    value: fc.oneof(
      { depthSize: "small" },
      leaf,
      tie("value").map((value) => `not ${value}`),
      tie("whole").map((whole) => `(${whole})`),
    ),
    whole: fc.oneof(
      { depthSize: "small" },
      tie("value"),
      fc
        .tuple(tie("value"), fc.constantFrom("and", "or", "AND", "Or"), tie("whole"))
        .map(([left, operator, right]) => `${left} ${operator} ${right}`),
    ),
  })).whole;

  it("select what the installed nmap selects", () => {
    const seed = 20_261_122;
    const texts = [...new Set(fc.sample(expression, { numRuns: 120, seed }))];
    const judged = texts.map((text) => ({ text, selected: select([text]) }));
    const accepted = judged.filter(({ selected }) => typeof selected !== "string").slice(0, 20);
    const runs = runNmap(accepted.map(({ text }) => ["nmap", "--script-help", text, "-oX", "-"]));
    for (const [index, { text, selected }] of accepted.entries()) {
      const found = [...(runs[index]?.stdout ?? "").matchAll(/<script filename="[^"]*\/([^"/]+)\.nse"/g)].map(
        ([, name]) => name,
      );
      if (typeof selected !== "string") expect([text, found.sort()]).toEqual([text, selected.toSorted()]);
    }
    console.log(`seed ${seed}: ${accepted.length} of ${texts.length} asked of nmap`);
    expect(accepted).toHaveLength(20);
  });
});

describe.skipIf(!nmapInNamespace)("script arguments", () => {
  const text = fc.string({
    unit: fc.constantFrom("a", "b", " ", ",", "=", "{", "}", '"', "'", "\\", ".", "-", "/", ":"),
    maxLength: 12,
  });
  const field: fc.Arbitrary<ScriptArgument> = fc.letrec<{ field: ScriptArgument; fields: ScriptArgument[] }>((tie) => ({
    field: fc.oneof(
      { depthSize: "small" },
      fc.record({ key: fc.stringMatching(/^[a-z][a-z.]{0,4}$/), value: text }),
      fc.record({ value: text.filter((value) => value !== "") }),
      fc.record({ key: fc.stringMatching(/^[a-z][a-z.]{0,4}$/), value: tie("fields") }),
    ),
    fields: fc.uniqueArray(tie("field"), { minLength: 1, maxLength: 3, selector: ({ key, value }) => key ?? value }),
  })).field;

  /** How nmap's engine understands arguments: a script of the test's own prints them, in a directory of its own. */
  function asNmapReads(lines: readonly string[]): readonly (string | undefined)[] {
    const folder = mkdtempSync(join(tmpdir(), "jit-nmap-args-"));
    const script = join(folder, "show.nse");
    writeFileSync(
      script,
      [
        'description = "shows the arguments"',
        'categories = {"safe"}',
        "prerule = function() return true end",
        "local function show(v)",
        '  if type(v) ~= "table" then return string.format("%q", v) end',
        "  local keys, out = {}, {}",
        "  for k in pairs(v) do keys[#keys + 1] = k end",
        "  table.sort(keys, function(a, b) return tostring(a) .. type(a) < tostring(b) .. type(b) end)",
        '  for _, k in ipairs(keys) do out[#out + 1] = type(k) .. ":" .. tostring(k) .. "=" .. show(v[k]) end',
        '  return "{" .. table.concat(out, ";") .. "}"',
        "end",
        'action = function() io.stderr:write("ARGS" .. show(nmap.registry.args) .. "\\n") end',
      ].join("\n"),
    );
    const runs = runNmap(lines.map((line) => ["nmap", "-sL", "-n", "--script", script, `--script-args=${line}`]));
    rmSync(folder, { recursive: true });
    return runs.map((run) => /^ARGS(.*)$/m.exec(run.stderr)?.[1]);
  }

  it("mean the same to nmap as they were typed and as they are rendered", () => {
    const typed = [
      "http.useragent=Mozilla/5.0 (X11; Linux x86_64)",
      'user=foo,pass=",{}=bar"',
      "user='it''s'",
      "smbuser=guest,smbpass=",
      "path=/a,useget",
      "whois={whodb=a+b, c} , x = y ",
      'a="b\\"c\\\\d\\e"',
      "a='b\"c'",
      'flag,"quoted flag",k={a,{b,c=d}}',
      " a = b c ",
    ];
    const rendered = typed.map((line) => {
      const parsed = parseScriptArgs(line, "--script-args");
      return parsed.ok ? renderScriptArgs(parsed.value) : undefined;
    });
    const accepted = typed.flatMap((line, index) => {
      const text = rendered[index];
      return text === undefined ? [] : [[line, text] as const];
    });
    // Two quoted strings side by side are no value to nmap either.
    expect(typed.filter((_, index) => rendered[index] === undefined)).toEqual(["user='it''s'"]);
    const read = asNmapReads(accepted.flat());
    for (const [index, [line]] of accepted.entries()) {
      expect(read[2 * index], line).toMatch(/^\{./);
      expect([line, read[2 * index + 1]]).toEqual([line, read[2 * index]]);
    }
  });

  it("come out of nmap's engine as they went in, whatever characters they hold", () => {
    const seed = 20_261_122;
    const samples = fc.sample(
      fc.uniqueArray(field, { minLength: 1, maxLength: 3, selector: ({ key, value }) => key ?? value }),
      {
        numRuns: 12,
        seed,
      },
    );
    const lines = samples.map(renderScriptArgs);
    for (const [index, line] of lines.entries()) {
      expect([line, parseScriptArgs(line, "x")]).toEqual([line, { ok: true, value: samples[index] }]);
    }
    const expected = samples.map((sample) => show(sample));
    expect(asNmapReads(lines)).toEqual(expected);
  });

  /** What the script prints for a table of these fields. */
  function show(fields: readonly ScriptArgument[]): string {
    const entries: [string, string][] = [];
    let at = 0;
    for (const { key, value } of fields) {
      const shown = typeof value === "string" ? `"${value.replace(/["\\]/g, "\\$&")}"` : show(value);
      const [name, type] = key === undefined ? [String(++at), "number"] : [key, "string"];
      entries.push([name + type, `${type}:${name}=${shown}`]);
    }
    entries.sort(([left], [right]) => (left < right ? -1 : 1));
    return `{${entries.map(([, entry]) => entry).join(";")}}`;
  }
});
