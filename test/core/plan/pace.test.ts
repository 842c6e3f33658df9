import { expect, it } from "vitest";
import { paceOf } from "../../../src/core/plan/pace.ts";
import { planOf } from "./plans.ts";

it.each<[string, number, string?]>([
  ["", 3],
  ["-T0", 0],
  ["-T5", 5],
  // Slower than the template, or nothing that hastens.
  ["-T4 --max-rtt-timeout 2s", 4],
  ["-T3 --scan-delay 1s", 3],
  ["-T3 --max-retries 0", 3],
  ["-T3 --host-timeout 1m", 3],
  ["-T3 --max-rate 100", 3],
  ["-T2 --max-parallelism 1", 2],
  // As fast as a faster template.
  ["-T0 --scan-delay 15s", 1, "--scan-delay"],
  ["-T2 --scan-delay 0", 3, "--scan-delay"],
  ["-T2 --max-parallelism 10", 3, "--max-parallelism"],
  ["-T3 --max-rtt-timeout 1250ms", 4, "--max-rtt-timeout"],
  ["-T3 --initial-rtt-timeout 400ms", 5, "--initial-rtt-timeout"],
  ["-T3 --max-scan-delay 10ms", 4, "--max-scan-delay"],
  // In no template.
  ["-T1 --min-rate 1", 5, "--min-rate"],
  ["-T3 --min-parallelism 2", 5, "--min-parallelism"],
  ["--nogcc", 5, "--nogcc"],
  ["-sS --defeat-rst-ratelimit", 5, "--defeat-rst-ratelimit"],
  ["-sU --defeat-icmp-ratelimit", 5, "--defeat-icmp-ratelimit"],
])("%s is as fast as template %i", (line, template, by) => {
  const { timing } = planOf(`${line === "" ? "" : `${line} `}-p 1 10.0.0.1`);
  expect(paceOf(timing)).toEqual({ template, ...(by === undefined ? {} : { by }) });
});

it("a minimum rate that a rule lowers to its own maximum hastens nothing", () => {
  expect(paceOf({ template: 3, minRate: 10_000 }, true)).toEqual({ template: 3 });
});
