// The shipped JSON Schema: made from the parser's own definition, current, explained key by key, and of use in an editor.
// The editor's side is Red Hat's yaml-language-server, which VS Code, Neovim and others run, spoken to as they speak.
import { hash } from "node:crypto";
import { spawn, type ChildProcessWithoutNullStreams } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { pathToFileURL } from "node:url";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { parsePolicy } from "../../src/core/policy/parse.ts";
import { policySchemaText } from "../../src/core/policy/schema-json.ts";
import { keySentences, sentenceOf } from "../../src/core/policy/schema-sentences.ts";
import { AddressSet } from "../../src/core/sets/address-set.ts";

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

interface Diagnostic {
  readonly message: string;
  readonly range: { readonly start: { readonly line: number } };
}

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
  ): { readonly uri: string; readonly diagnostics: Promise<{ diagnostics: Diagnostic[] }> } {
    const uri = pathToFileURL(join(dirname(shipped), name)).href;
    const diagnostics = new Promise<{ diagnostics: Diagnostic[] }>((resolve) => {
      this.#waiting.set(uri, resolve);
    });
    const whole = `# yaml-language-server: $schema=./policy.schema.json\n${text}`;
    this.notify("textDocument/didOpen", { textDocument: { uri, languageId: "yaml", version: 1, text: whole } });
    return { uri, diagnostics };
  }

  /** What it underlines: "line: message", the policy's lines counting from 1. */
  async errors(name: string, text: string): Promise<readonly string[]> {
    const { diagnostics } = await this.open(name, text).diagnostics;
    return diagnostics.map(({ message, range }) => `${range.start.line}: ${message}`);
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

  const rule = (effect: string, more: string): string =>
    `version: 1\nrules:\n  - name: a\n    effect: ${effect}\n    ${more}\n`;
  const ask = "ask: { votes: { leads: 1 } }";

  const wrong: readonly (readonly [text: string, line: number, words: string])[] = [
    ["version: 2\n", 1, "1"],
    ["rules: []\n", 1, "version"],
    ["version: 1\nrules:\n", 2, "array"],
    ["version: 1\ncontact: ~\n", 2, "string"],
    [rule("alow", "ttl: 5m"), 4, "allow"],
    [rule("allow", "targts: [10.0.0.1]"), 5, "targts"],
    [rule("allow", "targets: []"), 5, "too few items"],
    [rule("allow", "targets: 10.0.0.1"), 5, "array"],
    [rule("allow", "targets: [1.10]"), 5, "string"],
    [rule("allow", "ports: [tpc/22]"), 5, "a port such as 22"],
    [rule("allow", "ports: [70000]"), 5, "Incorrect type"],
    [rule("allow", "ports: [-1]"), 5, "Incorrect type"],
    [rule("allow", "ports: [80..90]"), 5, "a port such as 22"],
    [rule("allow", "ttl: 10"), 5, "string"],
    [rule("allow", "ttl: ten minutes"), 5, "90s, 15m, 1h30m"],
    [rule("allow", "ttl: -5m"), 5, "90s, 15m, 1h30m"],
    [rule("allow", "may: evrything"), 5, "anything"],
    [rule("allow", "may: {}"), 5, "ordinary"],
    [rule("allow", "may: { techniques: [sin] }"), 5, "syn"],
    [rule("allow", "limits: {}"), 5, "fewer properties"],
    [rule("allow", "limits: { hosts: 0 }"), 5, "minimum of 1"],
    [rule("allow", "limits: { hosts: -1 }"), 5, "minimum of 1"],
    [rule("allow", "limits: { runs: 0/hour }"), 5, "10/hour"],
    [rule("allow", "enforce: { maxrate: 5 }"), 5, "maxrate"],
    [rule("allow", "timing: { max-template: 6 }"), 5, "maximum of 5"],
    [rule("allow", "other-ports: yes"), 5, "boolean"],
    [rule("allow", "message: no"), 5, "message"],
    [rule("deny", "ttl: 5m"), 5, "ttl"],
    [rule("deny", "unless: {}"), 5, "fewer properties"],
    [rule("ask", "ttl: 5m"), 3, "ask"],
    [rule("ask", "ask: { votes: {} }"), 5, "fewer properties"],
    [rule("ask", "ask: { votes: { leads: 0 } }"), 5, "minimum of 1"],
    [rule("ask", `${ask}\n    strength: strong`), 6, "signed"],
    [rule("ask", `${ask}\n    break-glass: { ttl: 5m }`), 6, "alert"],
    ["version: 1\nrules: [{ name: my rule, effect: deny }]\n", 2, "the name of a rule is letters"],
    ['version: 1\nwindows: { w: { days: mon-fri, hours: "25:00" } }\n', 2, "09:00-18:00"],
    ["version: 1\nwindows: { w: { days: mo-fr } }\n", 2, "mon-fri"],
    ['version: 1\nwindows: { w: { from: "2026-12-20", to: "2027-01-04T00:00" } }\n', 2, "2026-12-20T00:00"],
    ['version: 1\nwindows: { w: { from: "2026-12-20T00:00" } }\n', 2, "to"],
    ["version: 1\npeople: { a: [1001] }\n", 2, "string"],
    ["version: 1\npeople: { leads: { carol: { mail: carol } } }\n", 2, "pattern"],
    ["version: 1\nnetworks: { hq: { file: ../hq.txt } }\n", 2, "in the folder of the policy"],
    ["version: 1\napprovers: { desk: { type: promt } }\n", 2, "prompt"],
    ["version: 1\napprovers: { soc: { type: webhook } }\n", 2, "service"],
    ["version: 1\ndelegates: { carol: { to: dave, until: 01.12.2026 } }\n", 2, "2026-12-01"],
    ["version: 1\ncheckpoints: { to: [fle] }\n", 2, "syslog"],
    ["version: 1\nversion: 1\n", 2, "unique"],
    ["version: 1\nrules: [{ name: a\n", 3, "}"],
  ];

  test("underlines what is wrong, where the schema can see it", async () => {
    const missed = await Promise.all(
      wrong.map(async ([text, line, words]) => {
        const errors = await editor.errors(`wrong-${hash("sha256", text)}.yaml`, text);
        const found = errors.some((error) => error.startsWith(`${line}: `) && error.includes(words));
        return found ? [] : [[text, `${line}: ${words}`, ...errors]];
      }),
    );
    expect(missed.flat()).toEqual([]);
  });

  test("has nothing against what the parser takes, however it is written", async () => {
    const text = `version: 1
timezone: Europe/Berlin
people: { leads: [carol, "group:netops", "service:ci"] }
networks: { lab: [10.20.0.0/16, "::1", 10.0.0.1-10.0.0.9] }
windows:
  a: { days: "Mon-fri, SUN", hours: "09:00-12:00, 13:00-24:00" }
  b: { days: sat-mon, hours: "22:00-06:00" }
  c: { from: "2026-12-20T00:00:30", to: 2027-01-04T00:00 }
approvers: { desk: { type: prompt } }
rules:
  - { name: a, effect: allow, ports: [0, 65535, "0-65535", tcp/22, "udp/53,161-162", "80,443"], ttl: 1d2h3m4s }
  - { name: b, effect: ask, ask: { votes: { "group:netops": 2 }, answer-within: 90m }, limits: { probes: 1M/day, hosts: 1 } }
  - { name: c, effect: deny, unless: { requesters: [carol] }, may: { scripts: { names: ["*"] } } }
delegates: { carol: { to: dave, until: 2026-12-01 } }
`;
    const given = { origin: "p", networkFiles: new Map<string, string>(), attached: AddressSet.empty };
    const parsed = parsePolicy([{ name: "p.yaml", text }], given);
    expect(parsed.ok ? [] : parsed.error).toEqual([]);
    expect(await editor.errors("odd.yaml", text)).toEqual([]);
    const examples = readdirSync(join(dirname(shipped), "examples")).filter((name) => !/cases/.test(name));
    for (const name of examples) {
      expect(await editor.errors(`of-${name}`, readFileSync(join(dirname(shipped), "examples", name), "utf8"))).toEqual(
        [],
      );
    }
  });

  const places: readonly (readonly [inside: string, text: string])[] = [
    ["", "version: 1\n"],
    ...(["deny", "ask", "confirm", "allow"] as const).map((effect) => [`rules ${effect}`, rule(effect, "")] as const),
    ["ask", rule("ask", "ask:\n      ")],
    ["limits", rule("allow", "limits:\n      ")],
    ["enforce", rule("allow", "enforce:\n      ")],
    ["timing", rule("allow", "timing:\n      ")],
    ["may", rule("allow", "may:\n      ")],
    ["scripts", rule("allow", "may:\n      scripts:\n        ")],
    ["reason", rule("ask", `${ask}\n    reason:\n      `)],
    ["break-glass", rule("ask", `${ask}\n    break-glass:\n      `)],
    ["notify", rule("deny", "notify:\n      ")],
    ["unless", rule("deny", "unless:\n      ")],
    ["defaults", "version: 1\ndefaults:\n  "],
    ["readers", "version: 1\nreaders:\n  "],
    ["checkpoints", "version: 1\ncheckpoints:\n  "],
    ["calendars", "version: 1\ncalendars:\n  freeze:\n    "],
    ["delegates", "version: 1\ndelegates:\n  carol:\n    "],
  ];

  test("offers every key wherever keys can stand, those of a rule by its effect", async () => {
    const missed = await Promise.all(
      places.map(async ([inside, text]) => {
        const [place = "", effect] = inside.split(" ");
        const name = `keys-${inside.replace(" ", "-")}.yaml`;
        const offered = await editor.complete(name, text.replace(/( {4})\n$/, "$1"));
        const expected = keysThatStandIn(place, effect);
        expect(expected.length, inside).toBeGreaterThan(0);
        return expected.filter((key) => !offered.includes(key)).map((key) => `${inside}: ${key}`);
      }),
    );
    expect(missed.flat()).toEqual([]);
  });
});

/** The keys of the schema below a key, those of a rule by its effect; what the author has typed already is not offered. */
function keysThatStandIn(place: string, effect?: string): readonly string[] {
  const typed = new Set(["name", "effect", "version", "votes"]);
  const found = new Set<string>();
  const walk = (node: unknown, parent: string): void => {
    if (typeof node !== "object" || node === null) return;
    const { properties } = node as { properties?: Record<string, { const?: string }> };
    if (properties !== undefined && parent === place) {
      const own = properties["effect"]?.const;
      if (effect === undefined || own === effect) for (const key of Object.keys(properties)) found.add(key);
    }
    for (const [key, value] of Object.entries(node)) {
      if (key === "properties") for (const [name, inner] of Object.entries(value as object)) walk(inner, name);
      else walk(value, parent);
    }
  };
  walk(JSON.parse(policySchemaText()), "");
  return [...found].filter((key) => !typed.has(key));
}
