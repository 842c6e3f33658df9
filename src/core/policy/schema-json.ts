// The JSON Schema of a policy file, for editors: made from the definition that the parser uses, with a sentence for
// every key. Loads zod: for `policy schema` and the shipped policies/policy.schema.json only.
import * as z from "zod";
import { policyFile } from "./schema.ts";
import { sentenceOf } from "./schema-sentences.ts";

/** A JSON Schema as far as this file looks into it. */
interface Schema {
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly [key: string]: unknown;
}

/**
 * Draft 7, which is what editors' YAML servers know: as JSON text that ends with a line feed. It describes what is
 * typed, so that a duration is text; names, addresses and zones are for `policy check`.
 */
export function policySchemaText(): string {
  const schema = z.toJSONSchema(policyFile, { target: "draft-7", io: "input", unrepresentable: "any" });
  const { $schema, ...rest } = schema as Schema;
  const titled = { $schema, title: "jit-nmap policy", ...(described(rest, "") as Schema) };
  return `${JSON.stringify(titled, undefined, 2)}\n`;
}

/** The same schema with a description at every key that has a sentence. */
function described(value: unknown, parent: string): unknown {
  if (Array.isArray(value)) return value.map((each) => described(each, parent));
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, inner]: [string, unknown]) => [
      key,
      key === "properties"
        ? withSentences(inner as Readonly<Record<string, object>>, parent)
        : described(inner, parent),
    ]),
  );
}

function withSentences(properties: Readonly<Record<string, object>>, parent: string): object {
  return Object.fromEntries(
    Object.entries(properties).map(([key, schema]) => {
      const description = sentenceOf(parent, key);
      const inner = described(schema, key) as object;
      return [key, description === undefined ? inner : { description, ...inner }];
    }),
  );
}
