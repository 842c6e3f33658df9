// Which arguments of scripts are refused, and why nobody gets round it.
import { describe, expect, it } from "vitest";
import { parseScriptArgs, renderScriptArgs } from "../../../src/core/plan/script-args.ts";
import { refuseScriptArgs } from "../../../src/core/plan/script-args-allowed.ts";
import { plan } from "./plans.ts";

function judge(text: string, scripts: readonly string[] = ["http-title"]): string {
  const parsed = parseScriptArgs(text, "--script-args");
  if (!parsed.ok) return parsed.error.message;
  return refuseScriptArgs(parsed.value, scripts)?.message ?? "accepted";
}

describe("script arguments", () => {
  it.each([
    "newtargets",
    "newtargets=0",
    "newtargets=",
    "NewTargets=1",
    "max-newtargets=5",
    '"newtargets"',
    "http.useragent=x,newtargets",
    "targets-asn.newtargets=1",
    "category={newtargets=1}",
  ])("that let scripts add targets are refused: %s", (text) => {
    expect(judge(text)).toMatch(/adds? targets that nobody judged/);
  });

  it.each([
    "userdb=/etc/shadow",
    "passdb=x",
    "http-fetch.destination=/tmp",
    "http-put.file=/etc/shadow",
    "targets-xml.iX=x",
    "dns-brute.hostlist=x",
    "brute.credfile=x",
    "dns-zone-transfer.domain=example.com",
    "dns-brute.domain=example.com",
    "proxy=x",
    "http-form-brute.hostname=other.example",
    "smb-psexec.config=x",
    "unsafe",
    "whois={whodb=nofollow}",
    "{a=b}",
  ])("that name files or hosts, or are unknown, are refused: %s", (text) => {
    expect(judge(text)).toMatch(/^Script argument /);
  });

  it("that name a file for one script alone are refused with it, however they are spelled", () => {
    expect(judge("path=/etc", ["http-trace"])).toBe("accepted");
    expect(judge("path=/etc", ["http-trace", "vtam-enum"])).toMatch(/names a file of this host for vtam-enum/);
    expect(judge("vtam-enum.path=/etc", ["http-trace"])).toMatch(/names a file/);
  });

  it.each(["uri=http://other.example/", "path=//other.example/x", 'http-enum.basepath="HTTPS://a"', "url={a,b://c}"])(
    "that hold a whole URL in the place of a path are refused: %s",
    (text) => {
      expect(judge(text)).toMatch(/whole URL/);
    },
  );

  it.each([
    "a=b}c",
    "a={b",
    'a="b',
    "a='b",
    "a=b,,c=d",
    "a=b,",
    ",a=b",
    "",
    "   ",
    "a=b=c",
    "=b",
    "a b=c",
    "a={}",
    '"x"y',
    "user=a,user=b",
    `a=${"{".repeat(100)}`,
  ])("that nmap would cut, or read in a way that nobody expects, are refused: %j", (text) => {
    expect(parseScriptArgs(text, "--script-args")).toMatchObject({ ok: false, error: { code: "script-argument" } });
  });

  it("are rendered with every value in quotes, in one line", () => {
    const parsed = parseScriptArgs('a = x y\nb="1,2" , c\n{d,e={f}}', "file");
    expect(parsed.ok && renderScriptArgs(parsed.value)).toBe('a="x y",b="1,2","c",{"d",e={"f"}}');
  });

  it("of a file come first, and those of the line win", () => {
    const bytes = Buffer.from("user=file\npass=secret,\n");
    const built = plan(
      ["-p", "80", "--script", "http-title", "--script-args-file", "/etc/args", "--script-args", "user=me", "10.0.0.1"],
      { files: [{ option: "--script-args-file", path: "/etc/args", bytes }] },
    );
    expect(built).toMatchObject({
      ok: true,
      value: { scriptArguments: 'pass="secret",user="me"', inputs: [{ path: "/etc/args", bytes: 23 }] },
    });
  });

  it("of a file that nmap would not find are refused with the spelling that it finds", () => {
    const line = "--script banner --script-args-file args 10.0.0.1".split(" ");
    expect(plan(line)).toMatchObject({ ok: false, error: { code: "option-value", hint: 'write "$PWD/FILE"' } });
  });
});
