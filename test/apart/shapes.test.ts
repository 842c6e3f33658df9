// What goes over the wire is checked field by field: everything that people scan passes, and nothing that has a field
// more, less, or of another kind.
import { readFileSync } from "node:fs";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { planDocument } from "../../src/apart/plan-shape.ts";
import { wordOf } from "../../src/apart/shape.ts";
import { toDocument, type PlanDocument } from "../../src/core/plan/document.ts";
import { plan } from "../core/plan/plans.ts";

const lines = readFileSync(new URL("../compliance/ordinary-lines.txt", import.meta.url), "utf8")
  .split("\n")
  .filter((line) => line !== "" && !/^#|["']|-iL|--exclude-?file|--script-args-file/.test(line));

const documents = lines.flatMap((line): PlanDocument[] => {
  const built = plan(line.split(/\s+/), { anyName: { 4: "192.0.2.80", 6: "2001:db8::80" } });
  return built.ok ? [JSON.parse(JSON.stringify(toDocument(built.value))) as PlanDocument] : [];
});

/** Every place in a value: the objects and lists in it, with their keys. */
function places(value: unknown): readonly (readonly [Record<string, unknown>, string])[] {
  if (typeof value !== "object" || value === null) return [];
  const here = value as Record<string, unknown>;
  return Object.keys(here).flatMap((key) => [[here, key] as const, ...places(here[key])]);
}

describe("a closed list of words", () => {
  it("does not compile without all of them, and has no others", () => {
    // @ts-expect-error: a word that the type has is missing
    expect(wordOf<"here" | "there">({ here: true })("there")).toBe(false);
    const both = wordOf<"here" | "there">({ here: true, there: true });
    expect(["here", "there", "toString", "", 1].map(both)).toEqual([true, true, false, false, false]);
  });
});

describe("the shape of a plan", () => {
  it("fits what people ordinarily scan", () => {
    expect(documents.length).toBeGreaterThan(300);
    expect(documents.filter((document) => !planDocument(document))).toEqual([]);
  });

  it("fits nothing with a field that it does not know, at any depth", () => {
    fc.assert(
      fc.property(fc.constantFrom(...documents), fc.nat(), (document, at) => {
        const copy = structuredClone(document);
        const objects = [copy, ...places(copy).map(([of, key]) => of[key])].filter(
          (one): one is Record<string, unknown> => typeof one === "object" && one !== null && !Array.isArray(one),
        );
        const one = objects[at % objects.length];
        // The environment is held against our own as a whole (hasOurEnvironment).
        fc.pre(one !== undefined && one !== (copy.environment as unknown));
        one["unknownField"] = 1;
        return !planDocument(copy);
      }),
    );
  });

  it("fits nothing in which a value is of another kind", () => {
    fc.assert(
      fc.property(fc.constantFrom(...documents), fc.nat(), (document, at) => {
        const copy = structuredClone(document);
        const all = places(copy).filter(([of]) => of !== (copy.environment as unknown));
        const [of, key] = all[at % all.length] ?? [{}, ""];
        const value = of[key];
        of[key] = typeof value === "object" ? 7 : typeof value === "number" ? "7" : { other: 7 };
        return !planDocument(copy);
      }),
    );
  });

  it.each<[string, (document: Record<string, unknown>) => void]>([
    [
      "a name that begins another line of the hosts file",
      (one) => (one["names"] = [{ typed: "a\n10.0.0.1 b", addresses: ["10.0.0.1"] }]),
    ],
    ["an address that is none", (one) => (one["names"] = [{ typed: "a", addresses: ["10.0.0.1 b"] }])],
    ["an nmap that is no path", (one) => ((one["nmap"] as { path: string }).path = "nmap")],
    [
      "a script whose name is a path",
      (one) => (one["ownScripts"] = [{ name: "../x", digest: `sha256:${"0".repeat(64)}`, text: "" }]),
    ],
  ])("does not fit %s", (_, change) => {
    const copy = structuredClone(documents[0]) as unknown as Record<string, unknown>;
    change(copy);
    expect(planDocument(copy)).toBe(false);
  });
});
