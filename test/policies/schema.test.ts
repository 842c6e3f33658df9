// The shipped JSON Schema: made from the parser's own definition, current, explained key by key, and of use in an editor.
// The editor's side is Red Hat's yaml-language-server, which VS Code, Neovim and others run, spoken to as they speak.
import { spawn, type ChildProcessWithoutNullStreams } from "node:child_process";
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { pathToFileURL } from "node:url";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { policySchemaText } from "../../src/core/policy/schema-json.ts";
import { keySentences, sentenceOf } from "../../src/core/policy/schema-sentences.ts";

const shipped = join(import.meta.dirname, "../../policies/policy.schema.json");

test("the shipped schema is what the parser's definition gives (jit-nmap policy schema >policies/policy.schema.json)", () => {
  expect(readFileSync(shipped, "utf8")).toBe(policySchemaText());
});

function* keysOf(node: unknown, parent = ""): Generator<readonly [parent: string, key: string]> {
  if (typeof node !== "object" || node === null) return;
  for (const [name, value] of Object.entries(node)) {
    if (name !== "properties") yield* keysOf(value, parent);
    else
      for (const [key, inner] of Object.entries(value as object)) {
        yield [parent, key];
        yield* keysOf(inner, key);
      }
  }
}

test("every key has its sentence, and no sentence is for a key that is gone", () => {
  const keys = [...keysOf(JSON.parse(policySchemaText()))];
  expect(keys.length).toBeGreaterThan(100);
  expect(keys.filter(([parent, key]) => sentenceOf(parent, key) === undefined)).toEqual([]);
  const used = new Set(keys.map(([parent, key]) => sentenceOf(parent, key)));
  expect([...keySentences].filter(([, sentence]) => !used.has(sentence)).map(([key]) => key)).toEqual([]);
});

/** One running language server; messages as the Language Server Protocol frames them. */
class Editor {
  readonly #server: ChildProcessWithoutNullStreams;
  readonly #waiting = new Map<string, (value: never) => void>();
  #input = Buffer.alloc(0);
  #last = 0;

  constructor() {
    const manifest = createRequire(import.meta.url).resolve("yaml-language-server/package.json");
    const server = join(dirname(manifest), "bin/yaml-language-server");
    this.#server = spawn(process.execPath, [server, "--stdio"]);
    this.#server.stdout.on("data", (bytes: Buffer) => {
      this.#input = Buffer.concat([this.#input, bytes]);
      this.#read();
    });
  }

  #read(): void {
    for (;;) {
      const end = this.#input.indexOf("\r\n\r\n");
      if (end < 0) return;
      const length = Number(/Content-Length: (\d+)/i.exec(this.#input.toString("utf8", 0, end))?.[1]);
      if (this.#input.length < end + 4 + length) return;
      const text = this.#input.toString("utf8", end + 4, end + 4 + length);
      this.#input = this.#input.subarray(end + 4 + length);
      this.#take(JSON.parse(text) as { id?: number; method?: string; result?: never; params?: never });
    }
  }

  #take(message: { id?: number; method?: string; result?: never; params?: { uri?: string; items?: unknown[] } }): void {
    if (message.method === undefined) this.#waiting.get(String(message.id))?.(message.result as never);
    else if (message.method === "textDocument/publishDiagnostics") {
      this.#waiting.get(message.params?.uri ?? "")?.(message.params as never);
    } else if (message.id !== undefined) {
      // It asks for settings: there are none.
      const result =
        message.method === "workspace/configuration" ? (message.params?.items ?? []).map(() => null) : null;
      this.#send({ id: message.id, result });
    }
  }

  #send(message: object): void {
    const text = JSON.stringify({ jsonrpc: "2.0", ...message });
    this.#server.stdin.write(`Content-Length: ${Buffer.byteLength(text)}\r\n\r\n${text}`);
  }

  notify(method: string, params: object): void {
    this.#send({ method, params });
  }

  request<T>(method: string, params: object): Promise<T> {
    const id = (this.#last += 1);
    return new Promise((resolve) => {
      this.#waiting.set(String(id), resolve);
      this.#send({ id, method, params });
    });
  }

  /** Opens a policy as its author has it before them, with the line that names the schema. */
  open(
    name: string,
    text: string,
  ): { readonly uri: string; readonly diagnostics: Promise<{ diagnostics: { message: string }[] }> } {
    const uri = pathToFileURL(join(dirname(shipped), name)).href;
    const diagnostics = new Promise<{ diagnostics: { message: string }[] }>((resolve) => {
      this.#waiting.set(uri, resolve);
    });
    const whole = `# yaml-language-server: $schema=./policy.schema.json\n${text}`;
    this.notify("textDocument/didOpen", { textDocument: { uri, languageId: "yaml", version: 1, text: whole } });
    return { uri, diagnostics };
  }

  async complete(name: string, text: string): Promise<readonly string[]> {
    const { uri } = this.open(name, text);
    const lines = text.split("\n");
    const position = { line: lines.length, character: (lines.at(-1) ?? "").length };
    const list = await this.request<{ items: { label: string }[] }>("textDocument/completion", {
      textDocument: { uri },
      position,
    });
    return list.items.map(({ label }) => label);
  }

  close(): void {
    this.#server.kill();
  }
}

describe("an editor with this schema", () => {
  let editor: Editor;
  beforeAll(async () => {
    editor = new Editor();
    await editor.request("initialize", { processId: process.pid, rootUri: null, capabilities: {} });
    editor.notify("initialized", {});
  });
  afterAll(() => {
    editor.close();
  });

  test("offers the keys of a policy, of a rule by its effect, and the values of a key", async () => {
    expect(await editor.complete("a.yaml", "version: 1\nti")).toContain("timezone");
    const rule = await editor.complete("b.yaml", "version: 1\nrules:\n  - name: a\n    effect: ask\n    tar");
    expect(rule).toEqual(expect.arrayContaining(["targets"]));
    const effects = await editor.complete("c.yaml", "version: 1\nrules:\n  - name: a\n    effect: ");
    expect(effects).toEqual(expect.arrayContaining(["allow", "confirm", "ask", "deny"]));
  });

  test("finds nothing wrong with the shipped policy, and underlines a key that is none", async () => {
    const sound = editor.open("d.yaml", readFileSync(join(dirname(shipped), "default.yaml"), "utf8"));
    expect((await sound.diagnostics).diagnostics).toEqual([]);
    const slip = editor.open("e.yaml", "version: 1\nnetwroks: { lab: [10.0.0.0/8] }\n");
    expect((await slip.diagnostics).diagnostics).toEqual([
      expect.objectContaining({ message: "Property netwroks is not allowed." }),
    ]);
  });
});
