// A posted form, or the JSON that the page's script sends, as text by name. Separate because what comes in is nobody's
// friend: only the names that a route asks for, only text, only so long.
import type { PageContext } from "./serving.ts";

export type Fields = ReadonlyMap<string, string>;

/** Longest value that is looked at. */
const longest = 8192;

export async function fieldsOf(c: PageContext, names: readonly string[]): Promise<Fields> {
  const isJson = (c.req.header("content-type") ?? "").startsWith("application/json");
  const body: unknown = isJson
    ? await c.req.json().catch(() => undefined)
    : await c.req.parseBody().catch(() => undefined);
  const fields = new Map<string, string>();
  if (typeof body !== "object" || body === null) return fields;
  for (const name of names) {
    const value = Object.hasOwn(body, name) ? (body as Record<string, unknown>)[name] : undefined;
    if (typeof value === "string" && value.length <= longest) fields.set(name, value);
  }
  return fields;
}

/** A text that was typed, without the space around it; undefined when there is none. */
export function typed(fields: Fields, name: string): string | undefined {
  const text = fields.get(name)?.trim();
  return text === undefined || text === "" ? undefined : text;
}
