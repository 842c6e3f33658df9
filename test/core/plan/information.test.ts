import { describe, expect, it } from "vitest";
import { informationArgv, informationOf, scriptsAskedAbout } from "../../../src/core/plan/information.ts";
import { installedScripts } from "./plans.ts";

const asked = (line: string): string | undefined => informationOf(line.split(" "))?.about;

describe("informationOf", () => {
  it.each([
    ["-h", "help"],
    ["--help", "help"],
    ["-hh", "help"],
    ["-V", "version"],
    ["--version", "version"],
    ["--iflist", "interfaces"],
    ["-iflist", "interfaces"],
    ["--if", "interfaces"],
  ])("%s asks for %s", (line, about) => {
    expect(asked(line)).toBe(about);
  });

  it.each([
    "10.0.0.1",
    "-h 10.0.0.1",
    "-sL -h",
    "-V --iflist",
    "--iflist -oN /etc/passwd",
    "--iflist --datadir /tmp",
    "-h --script x",
    "--help=x",
    "-- -h",
    "-h\u0007",
  ])("%s asks nothing", (line) => {
    expect(asked(line)).toBeUndefined();
  });

  it("is rendered without a word of the requester's", () => {
    expect(informationArgv("/usr/bin/nmap", "interfaces")).toEqual([
      "/usr/bin/nmap",
      "--unprivileged",
      "-n",
      "--noninteractive",
      "--iflist",
    ]);
    expect(informationArgv("/usr/bin/nmap", "help")).toEqual(["/usr/bin/nmap", "--help"]);
  });

  it("names scripts exactly, or says why it can't", () => {
    expect(informationOf(["--script-help", "banner", "-script-help=http-title"])).toEqual({
      about: "script-help",
      scripts: "banner,http-title",
    });
    const names = (scripts: string): unknown => scriptsAskedAbout(scripts, installedScripts);
    expect(names("http-title,banner")).toEqual({ ok: true, value: ["banner", "http-title"] });
    expect(names("default")).toMatchObject({ ok: true, value: { length: 125 } });
    for (const scripts of ["/tmp/x.nse", "./x", "nosuch", "banner and", ""])
      expect([scripts, names(scripts)]).toMatchObject([scripts, { ok: false }]);
    expect(informationArgv("/usr/bin/nmap", "script-help", ["banner"]).at(-1)).toBe("--script-help=banner");
  });
});
