// Found by the soak: the slow templates allow one probe at a time, and nmap refuses a larger minimum beside them.
import { expect, it } from "vitest";
import { readOptions } from "../../src/core/plan/read-options.ts";

const accepts = (line: string): boolean => readOptions([...line.split(" "), "127.0.0.1"]).ok;

it.each([0, 1, 2])("refuses --min-parallelism above one beside -T%i alone, as nmap does", (template) => {
  expect(accepts(`-sL -T${template} --min-parallelism 2`)).toBe(false);
  expect(accepts(`-sL -T${template} --min-parallelism 1`)).toBe(true);
  expect(accepts(`-sL -T${template} --min-parallelism 2 --max-parallelism 5`)).toBe(true);
});

it("accepts it beside the faster templates", () => {
  expect(accepts("-sL -T3 --min-parallelism 2")).toBe(true);
  expect(accepts("-sL --min-parallelism 2")).toBe(true);
});
