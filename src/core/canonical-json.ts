// RFC 8785, the JSON Canonicalization Scheme: one text per value, so that a digest over it means the value itself.
// Separate because plans, requests, votes and the trail all hash the same way.

/**
 * The canonical text of a JSON value: no white space, keys in the order of their UTF-16 code units, numbers as
 * ECMAScript prints them.
 *
 * Throws a TypeError for what is no JSON value: undefined (also as a property), functions, symbols, bigints, numbers
 * that are not finite, unpaired surrogates, holes in arrays, objects with a prototype of their own (Map, Date…), and
 * cycles (as a RangeError). Nothing is dropped or converted silently, because a digest would then cover less than was
 * meant; `toJSON` is not called.
 *
 * Source: RFC 8785, section 3.2.
 */
export function canonicalJson(value: unknown): string {
  switch (typeof value) {
    case "string":
      return canonicalString(value);
    case "number":
      if (!Number.isFinite(value)) throw new TypeError(`not a JSON number: ${value}`);
      return JSON.stringify(value);
    case "boolean":
      return value ? "true" : "false";
    case "object":
      if (value === null) return "null";
      return Array.isArray(value) ? canonicalArray(value) : canonicalObject(value);
    case "undefined":
    case "function":
    case "symbol":
    case "bigint":
      throw new TypeError(`not a JSON value: ${typeof value}`);
  }
}

// RFC 8785 takes its string form from ECMAScript's; only lone surrogates (escaped by JSON.stringify, an error there) differ.
function canonicalString(text: string): string {
  if (!text.isWellFormed()) throw new TypeError("not a JSON string: unpaired surrogate");
  return JSON.stringify(text);
}

/** Strings without unpaired surrogates, and no holes. */
function areTexts(values: readonly unknown[]): boolean {
  for (let index = 0; index < values.length; index++) {
    const value = values[index];
    if (typeof value !== "string" || !value.isWellFormed()) return false;
  }
  return true;
}

function canonicalArray(values: readonly unknown[]): string {
  // A plan may have a million target words: one text made at once, instead of a million small ones that are joined.
  if (areTexts(values)) return JSON.stringify(values);
  let text = "[";
  for (let index = 0; index < values.length; index++) {
    if (index > 0) text += ",";
    text += canonicalJson(values[index]);
  }
  return text + "]";
}

function canonicalObject(value: object): string {
  const prototype: unknown = Object.getPrototypeOf(value);
  if (prototype !== Object.prototype && prototype !== null) throw new TypeError("not a plain JSON object");
  // Array.prototype.sort without a comparator compares UTF-16 code units, which is the order that the RFC asks for.
  const entries = Object.keys(value).sort();
  let text = "{";
  for (const [index, key] of entries.entries()) {
    if (index > 0) text += ",";
    text += canonicalString(key) + ":" + canonicalJson((value as Record<string, unknown>)[key]);
  }
  return text + "}";
}
