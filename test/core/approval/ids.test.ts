import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { codeFrom } from "../../../src/core/approval/confirm-code-digest.ts";
import {
  grantIdFrom,
  idBytes,
  requestIdFrom,
  requestIdPrefixes,
  sessionIdFrom,
} from "../../../src/core/approval/ids.ts";

const bytes = fc.uint8Array({ minLength: idBytes, maxLength: idBytes });

describe("ids", () => {
  it("are a letter and ten characters of Crockford base 32", () => {
    fc.assert(
      fc.property(bytes, (random) => {
        expect(requestIdFrom(random)).toMatch(/^r[0-9a-hjkmnp-tv-z]{10}$/);
        expect(grantIdFrom(random).slice(1)).toBe(requestIdFrom(random).slice(1));
        expect(sessionIdFrom(random)).toMatch(/^s/);
      }),
    );
  });

  it("keep fifty bits of what they are made of", () => {
    expect(requestIdFrom(new Uint8Array(7))).toBe("r0000000000");
    expect(requestIdFrom(new Uint8Array(7).fill(255))).toBe("rzzzzzzzzzz");
    fc.assert(
      fc.property(bytes, bytes, (a, b) => {
        const top = (random: Uint8Array): string =>
          Buffer.from(random).toString("hex").slice(0, 12) + String((random[6] ?? 0) >> 6);
        expect(requestIdFrom(a) === requestIdFrom(b)).toBe(top(a) === top(b));
      }),
    );
    expect(() => requestIdFrom(new Uint8Array(6))).toThrow(RangeError);
  });

  it("are found by any prefix, in any case, with o for 0 and i or l for 1", () => {
    fc.assert(
      fc.property(bytes, fc.integer({ min: 1, max: 11 }), (random, length) => {
        const id = requestIdFrom(random);
        const sloppy = id.slice(0, length).toUpperCase().replaceAll("0", "O").replaceAll("1", "l");
        expect(requestIdPrefixes(sloppy)).toContain(id.slice(0, length));
        const bare = id.slice(1, length);
        if (bare !== "") expect(requestIdPrefixes(bare)).toContain(`r${bare}`);
      }),
    );
  });

  it.each(["", "%", "r_", "r*", "u", "r00000000000", "r\u0000", "ｒ", "../x"])("can't be %j", (text) => {
    expect(requestIdPrefixes(text)).toEqual([]);
  });
});

describe("confirm codes", () => {
  it("are six digits of even likelihood", () => {
    expect(codeFrom(new Uint8Array(8))).toBe("000000");
    const leading = new Array<number>(10).fill(0);
    for (let seed = 0; seed < 20_000; seed += 1) {
      const random = new Uint8Array(8);
      new DataView(random.buffer).setBigUint64(0, BigInt.asUintN(64, BigInt(seed) * 0x9e3779b97f4a7c15n));
      const code = codeFrom(random);
      expect(code).toMatch(/^\d{6}$/);
      leading[Number(code[0])] = (leading[Number(code[0])] ?? 0) + 1;
    }
    for (const times of leading) expect(Math.abs(times - 2000)).toBeLessThan(200);
  });
});
