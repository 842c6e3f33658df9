import { execFileSync } from "node:child_process";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { readOn, unread, type Reading } from "../../../src/core/results/progress.ts";

const host = (state: string): string =>
  `<host starttime="1"><status state="${state}" reason="user-set"/><address addr="127.0.0.1" addrtype="ipv4"/></host>\n`;
const document =
  `<?xml version="1.0"?>\n<nmaprun args="nmap -v">\n<taskbegin task="Ping Scan" time="1"/>\n` +
  `<hosthint><status state="up" reason="echo-reply"/></hosthint>\n` +
  `<taskprogress task="Ping Scan" time="2" percent="42.50" remaining="8" etc="9"/>\n` +
  `<taskend task="Ping Scan" time="3"/>\n${host("down")}${host("up")}${host("up")}` +
  `<taskbegin task="Connect Scan" time="4"/>\n`;

const read = (...pieces: readonly string[]): Reading => pieces.reduce(readOn, unread);
const upTo = (mark: string): string => document.slice(0, document.indexOf(mark) + mark.length);

describe("how far nmap is", () => {
  it("counts the hosts that it has reported, and those of them that are up", () => {
    expect(read(document).progress).toMatchObject({ hosts: 3, up: 2 });
  });

  it("names the task that it is at, with what it says of its end, and none between two", () => {
    expect(read(upTo(`time="1"/>`)).progress.task).toEqual({ name: "Ping Scan" });
    expect(read(upTo(`etc="9"/>`)).progress.task).toEqual({ name: "Ping Scan", percent: 42.5, remainingSeconds: 8 });
    expect(read(upTo(`time="3"/>`)).progress.task).toBeUndefined();
    expect(read(document).progress.task).toEqual({ name: "Connect Scan" });
  });

  it("is the same in pieces of any size", () => {
    fc.assert(
      fc.property(fc.array(fc.nat(document.length), { maxLength: 40 }), (cuts) => {
        const at = [0, ...cuts.sort((a, b) => a - b), document.length];
        const pieces = at.slice(1).map((end, index) => document.slice(at[index], end));
        expect(read(...pieces)).toEqual(read(document));
      }),
    );
  });

  it("takes any bytes, and keeps little of them", () => {
    fc.assert(
      fc.property(fc.array(fc.string({ unit: "binary" })), (pieces) => {
        expect(read(...pieces).open.length).toBeLessThanOrEqual(1024);
      }),
    );
    expect(read(`<script output="${"x".repeat(5000)}`, "x".repeat(5000)).open).toBe("");
    expect(read(`<script output="${"x".repeat(5000)}`, `"/></host>`).progress.hosts).toBe(1);
  });

  it("reads what the installed nmap writes", () => {
    const xml = execFileSync("nmap", ["-v", "-n", "-sT", "-Pn", "-p1", "-oX", "-", "127.0.0.1-3"], {
      encoding: "latin1",
    });
    expect(read(xml).progress).toEqual({ hosts: 3, up: 3 });
    const begun = xml.slice(0, xml.indexOf("/>", xml.indexOf("<taskbegin")) + 2);
    expect(read(begun).progress.task).toEqual({ name: "Connect Scan" });
  });
});
