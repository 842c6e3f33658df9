import { describe, expect, it } from "vitest";
import { informationArgv, informationOf } from "../../../src/core/plan/information.ts";

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
    expect(informationArgv("/usr/bin/nmap", { about: "interfaces" })).toEqual([
      "/usr/bin/nmap",
      "--unprivileged",
      "-n",
      "--noninteractive",
      "--iflist",
    ]);
    expect(informationArgv("/usr/bin/nmap", { about: "help" })).toEqual(["/usr/bin/nmap", "--help"]);
  });
});
