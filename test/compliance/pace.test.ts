// What we believe the timing templates to be, against what the installed nmap reports when it is asked with -d.
import { expect, it } from "vitest";
import { TEMPLATES } from "../../src/core/plan/pace.ts";
import { nmapInNamespace, runNmap } from "./installed-nmap.ts";

it.skipIf(!nmapInNamespace)("every template's times are those that nmap reports", () => {
  const runs = runNmap([0, 1, 2, 3, 4, 5].map((template) => ["nmap", "-d", "-sn", "-n", `-T${template}`]));
  const reported = runs.map(({ stdout }) => {
    const [, initial, min, max] = /rtt-timeouts: init (\d+), min (\d+), max (\d+)/.exec(stdout) ?? [];
    const [, delay] = /max-scan-delay: TCP (\d+)/.exec(stdout) ?? [];
    const [, parallel] = /parallelism: min 0, max (\d+)/.exec(stdout) ?? [];
    return [min, initial, max, delay, parallel].map(Number);
  });
  const believed = [0, 1, 2, 3, 4, 5].map((template) => [
    TEMPLATES.minRttTimeoutMs[template],
    TEMPLATES.initialRttTimeoutMs[template],
    TEMPLATES.maxRttTimeoutMs[template],
    TEMPLATES.maxScanDelayMs[template],
    template < 3 ? 1 : 0,
  ]);
  expect(believed).toEqual(reported);
});
