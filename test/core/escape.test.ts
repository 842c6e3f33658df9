import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { escapeText } from "../../src/core/escape.ts";

describe("escaping", () => {
  it.each([
    ["printable text", "plain, grün, 日本 ☃ 😀", "plain, grün, 日本 ☃ 😀"],
    ["terminal control sequences", "\u001b]0;owned\u0007\u009b2J", "\\u{1b}]0;owned\\u{7}\\u{9b}2J"],
    ["carriage return and backspace", "ok\rno\b", "ok\\u{d}no\\u{8}"],
    ["text direction", "a\u202eb\u2066c", "a\\u{202e}b\\u{2066}c"],
    ["what can't be seen", "a\u200bb\ufeffc\u00ad", "a\\u{200b}b\\u{feff}c\\u{ad}"],
    ["line and paragraph separators", "a\u2028b\u2029c", "a\\u{2028}b\\u{2029}c"],
    ["lone surrogates", "a\ud800b", "a\\u{d800}b"],
    ["private and unassigned characters", "\ue000\u0378\u{10ffff}", "\\u{e000}\\u{378}\\u{10ffff}"],
    ["NUL, tab and newline", "a\0b\tc\n", "a\\u{0}b\\u{9}c\\u{a}"],
  ])("treats %s", (_, text, escaped) => {
    expect(escapeText(text)).toBe(escaped);
  });

  it("keeps tab and newline where asked, and nothing else", () => {
    expect(escapeText("a\tb\nc\r", { keep: "tab" })).toBe("a\tb\\u{a}c\\u{d}");
    expect(escapeText("a\tb\nc\r", { keep: "newline" })).toBe("a\\u{9}b\nc\\u{d}");
    expect(escapeText("a\tb\nc\r", { keep: "tab-and-newline" })).toBe("a\tb\nc\\u{d}");
  });

  it("leaves nothing in any text that a display would obey, and changes nothing twice", () => {
    fc.assert(
      fc.property(
        fc.string({ unit: fc.integer({ min: 0, max: 0x10ffff }).map((point) => String.fromCodePoint(point)) }),
        (text) => {
          const escaped = escapeText(text);
          expect(escaped).not.toMatch(/[\p{C}\p{Zl}\p{Zp}]/u);
          expect(escapeText(escaped)).toBe(escaped);
        },
      ),
    );
  });
});
