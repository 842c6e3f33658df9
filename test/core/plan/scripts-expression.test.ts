// What --script refuses, and what it makes of a plan. What it selects is compared with nmap in test/compliance.
import { describe, expect, it } from "vitest";
import { parseScripts, selects } from "../../../src/core/plan/scripts-expression.ts";
import { plan, planOf, refusalOf } from "./plans.ts";
import { contactsOthers } from "../../../src/core/policy/ordinary.ts";
import { selectScripts } from "../../../src/core/plan/scripts.ts";

describe("an expression of --script", () => {
  it.each([
    // Those that end in .nse are read by us, once, where a plan is made of them.
    ["./x.nse", "input-file"],
    ["/tmp/x.nse", "input-file"],
    ["+./x.nse", "script-syntax"],
    ["(./x.nse)", "script-file"],
    ["../../etc/passwd", "script-file"],
    ["scripts/", "script-file"],
    ["/dev/stdin", "script-file"],
    ["default,/tmp/x", "script-file"],
    ["not ./x", "script-file"],
    ["..\\x", "script-file"],
    ["default and", "script-syntax"],
    ["and default", "script-syntax"],
    ["(banner", "script-syntax"],
    ["banner)", "script-syntax"],
    ["(banner,default)", "script-syntax"],
    ["banner default", "script-syntax"],
    ["not", "script-syntax"],
    ["()", "script-syntax"],
    ["+banner", "script-syntax"],
    ["", "script-syntax"],
    [",", "script-syntax"],
    ["*", "script-syntax"],
    ["false", "script-syntax"],
    ["vuln and http-* or ssh-hostkey", "script-syntax"],
    ["a and (b) or c", "script-syntax"],
    ["ünïcode", "script-syntax"],
    [`${"(".repeat(300)}banner${")".repeat(300)}`, "script-syntax"],
    [`${"not ".repeat(300)}banner`, "script-syntax"],
    ["x".repeat(2000), "script-syntax"],
    ["nosuch", "script-unknown"],
    ["not nosuch", "script-unknown"],
    ["nosuch-*", "script-unknown"],
    ["default or nosuch", "script-unknown"],
    ["BANNER", "script-unknown"],
    ["banner and vuln", "script-unknown"],
    ["banner?", "script-unknown"],
  ])("%s is refused as %s, so that nmap never looks for a file of that name", (text, code) => {
    const built = plan(["-p", "80", "--script", text, "10.0.0.1"]);
    expect(built).toMatchObject({ ok: false, error: { code } });
  });

  it.each([
    ["vuln and http-* or ssh-hostkey", 'write "(vuln and http-*) or ssh-hostkey"'],
    ["safe and not http-* or (vuln and ssl-*)", 'write "(safe and not http-*) or (vuln and ssl-*)"'],
    ["./banner", "for an installed one write banner, for your own ./banner.nse"],
    ["+ banner", "write banner"],
    ["http-titel", "did you mean http-title?"],
    ["Banner", "did you mean banner?"],
    ["defualt", "did you mean default?"],
    ["*", 'if you mean it, write "all"'],
  ])("%s is answered with a hint: %s", (text, hint) => {
    const built = plan(["-p", "80", "--script", text, "10.0.0.1"]);
    expect(built).toMatchObject({ ok: false, error: { hint } });
    const follow = /^write "?([^"]*)"?$/.exec(hint)?.[1];
    if (follow !== undefined) expect(plan(["--script", follow, "10.0.0.1"]).ok).toBe(true);
  });

  it("takes a star for any run of characters and nothing else", () => {
    const matches = (word: string, name: string): boolean => {
      const parsed = parseScripts(word);
      if (!parsed.ok) throw new Error(parsed.error.message);
      const [piece] = parsed.value;
      return piece !== undefined && selects(piece.expression, { name, categories: [] });
    };
    expect(matches("a*b*c", "abc")).toBe(true);
    expect(matches("a*b*c", "aXbYbZc")).toBe(true);
    expect(matches("ab*ba", "aba")).toBe(false);
    expect(matches("a*a", "a")).toBe(false);
    expect(matches("*b*", "abc")).toBe(true);
    expect(matches("a.c", "abc")).toBe(false);
    expect(matches("a.nse", "a")).toBe(true);
    expect(matches(`${"a*".repeat(400)}b`, "a".repeat(1000))).toBe(false);
  });
});

describe("the scripts of a plan", () => {
  it("are named exactly, whatever the expression was", () => {
    const built = planOf("-p 443 --script ssl-cert,tls-alpn 10.0.0.1");
    expect(built.scripts.map(({ name, implied }) => [name, implied])).toEqual([
      ["ssl-cert", false],
      ["tls-alpn", false],
    ]);
    expect(built.otherPorts).toContain("scripts");
  });

  it("leave the default ones out where --script is given, as nmap does", () => {
    const built = planOf("-sC -p 22 --script banner 10.0.0.1");
    expect(built.scripts.map((script) => script.name)).toEqual(["banner"]);
    expect(built.features).not.toContain("default-scripts");
  });

  it("add up over several --script, and the version ones come along with -sV", () => {
    const built = planOf("-sV -p 22 --script banner --script ssh-hostkey 10.0.0.1");
    expect(built.scripts.filter((script) => !script.implied).map((script) => script.name)).toEqual([
      "banner",
      "ssh-hostkey",
    ]);
    expect(built.scripts.length).toBe(2 + 45);
  });

  it("are marked where they reach others: by category, before any target, or by adding targets", () => {
    const entries = ["broadcast", "external", "safe", "discovery", "intrusive"].map((category, index) => ({
      name: `s${index}`,
      categories: [category],
    }));
    const file = { digest: `sha256:${"0".repeat(64)}`, beforeTargets: false, addsTargets: false };
    const files = new Map([
      ["s2", { ...file, beforeTargets: true }],
      ["s3", { ...file, addsTargets: true }],
      ["s4", file],
    ]);
    const names = entries.map((entry) => entry.name);
    const selected = selectScripts(entries, [{ kind: "names", names }], files);
    expect(selected.map((script) => script.contacts)).toEqual(["others", "others", "others", "others", undefined]);
    expect(selected.map(contactsOthers)).toEqual([true, true, true, true, false]);
    expect(selected[4]?.digest).toBe(file.digest);
  });

  it("are refused with a file's name although a file of that name lies about", () => {
    expect(refusalOf("--script package.json 10.0.0.1")).toBe("script-unknown");
  });
});
