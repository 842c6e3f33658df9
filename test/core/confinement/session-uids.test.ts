import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { isSessionUid, parseUids, SESSION_UIDS } from "../../../src/core/confinement/session-uids.ts";
import { parseCeiling } from "../../../src/core/confinement/ceiling.ts";

/** Ranges of systemd's UIDS-GIDS.md that are somebody's already: system, DynamicUser, containers; and what is no uid. */
const OTHERS = [
  [0, 65_535],
  [524_288, 1_879_048_191],
  [2_147_483_647, Infinity],
] as const;

describe("the accounts of sessions", () => {
  it("are never root's, nor of a range that systemd gives away, whatever range is asked for", () => {
    const count = fc.integer({ min: 1, max: 10_000 });
    const first = fc.oneof(
      fc.integer({ min: 0, max: 2 ** 31 }),
      ...OTHERS.flat()
        .filter(Number.isFinite)
        .map((edge) => fc.integer({ min: Math.max(0, edge - 10_001), max: edge + 10 })),
    );
    fc.assert(
      fc.property(first, count, (from, many) => {
        const overlaps = OTHERS.some(([low, high]) => from <= high && from + many - 1 >= low);
        expect(parseUids({ first: from, count: many }).ok).toBe(!overlaps);
        expect(isSessionUid(from)).toBe(!OTHERS.some(([low, high]) => from >= low && from <= high));
      }),
    );
  });

  it("are the usual ones where root's file says nothing, and root's where it does", () => {
    expect(parseUids(SESSION_UIDS)).toEqual({ ok: true, value: SESSION_UIDS });
    const said = parseCeiling('{ "uids": { "first": 2000000000, "count": 50 } }');
    expect(said).toMatchObject({ ok: true, value: { uids: { first: 2_000_000_000, count: 50 } } });
  });

  it.each([
    ['{ "uids": [1900000000, 10] }', "uids is not an object"],
    ['{ "uids": { "first": 1900000000 } }', "uids has not the whole numbers first and count"],
    ['{ "uids": { "first": 1900000000, "count": 10, "last": 5 } }', 'uids has the unknown key "last"'],
    ['{ "uids": { "first": 1900000000, "count": 20000 } }', "uids has a count outside 1 to 10000"],
    ['{ "uids": { "first": 61184, "count": 10 } }', "given away by systemd"],
  ])("are refused in root's file where it says %s", (text, because) => {
    const parsed = parseCeiling(text);
    expect(parsed.ok ? "" : parsed.error).toContain(because);
  });
});
