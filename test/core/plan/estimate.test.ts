import { describe, expect, it } from "vitest";
import { planOf } from "./plans.ts";

const probes = (line: string): number => planOf(line).estimate.probes;
const seconds = (line: string): number => planOf(line).estimate.seconds;

describe("estimate", () => {
  it("counts every port of every host, and few ways of finding a host that answers the first", () => {
    expect(probes("-sL 10.0.0.0/24")).toBe(0);
    expect(probes("-sn 10.0.0.0/24")).toBe(2 * 256 + 2);
    expect(probes("-sn 10.0.0.1")).toBe(4);
    expect(probes("-sn 127.0.0.0/8")).toBe(0);
    expect(probes("-Pn -p 22,80-89 10.0.0.0/24")).toBe(256 * 11);
    expect(probes("-Pn -sS -sU -p T:22,U:53,161 10.0.0.1")).toBe(6);
    expect(probes("-Pn -sS -sU --max-retries 0 -p T:22,U:53,161 10.0.0.1")).toBe(3);
    expect(probes("-p- 10.0.0.0/8")).toBe(2 ** 24 * (65_535 + 2) + 2);
  });

  it("stays a number that JSON holds, for any set", () => {
    const { estimate } = planOf("-6 -p 1-65535 2001:db8::/32");
    expect(estimate).toEqual({ probes: Number.MAX_SAFE_INTEGER, seconds: expect.any(Number) as number });
    expect(Number.isSafeInteger(estimate.seconds)).toBe(true);
  });

  it("gives a slower plan more time, never less than the rates allow", () => {
    const line = "-Pn -p 1-1000 10.0.0.0/28";
    expect(seconds(`${line} --max-rate 100`)).toBe(160);
    expect(seconds(`-T2 ${line}`)).toBeGreaterThan(seconds(`-T3 ${line}`));
    expect(seconds(`-T1 ${line}`)).toBeGreaterThan(seconds(`-T2 ${line}`));
    expect(seconds(`-T5 ${line}`)).toBeLessThan(seconds(`-T3 ${line}`));
    expect(seconds(`--scan-delay 1s ${line}`)).toBe(1000);
    expect(seconds(`--min-rate 16000 ${line}`)).toBe(1);
    expect(seconds(`-sV ${line}`)).toBeGreaterThan(seconds(line));
    expect(seconds(`--host-timeout 2s ${line}`)).toBe(2);
    // One host after the other: what is waited for at each adds up.
    expect(seconds(`--scan-delay 500ms --max-hostgroup 1 -Pn -p 9 10.0.0.1-90`)).toBe(45);
    expect(seconds(`--host-timeout 2s --max-hostgroup 4 ${line}`)).toBe(8);
  });
});
