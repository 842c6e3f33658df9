// Who may import whom, as data (architecture: deciding is pure, doing is at the edge). A broken rule names file and import.
import { readdirSync, readFileSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import ts from "typescript";
import { describe, expect, it } from "vitest";

const root = join(import.meta.dirname, "..");

interface Import {
  readonly file: string;
  /** Path from the root for our own files, else the bare specifier. */
  readonly target: string;
  readonly typeOnly: boolean;
  /** `import()` inside a function: loaded when needed. */
  readonly dynamic: boolean;
}

function sources(folder: string): string[] {
  return readdirSync(join(root, folder), { recursive: true, encoding: "utf8" })
    .filter((name) => name.endsWith(".ts"))
    .map((name) => join(folder, name))
    .sort();
}

function importsOf(file: string): Import[] {
  const found: Import[] = [];
  const add = (specifier: string, typeOnly: boolean, dynamic: boolean): void => {
    const target = specifier.startsWith(".") ? relative(root, join(root, dirname(file), specifier)) : specifier;
    found.push({ file, target, typeOnly, dynamic });
  };
  const visit = (node: ts.Node): void => {
    if (ts.isImportDeclaration(node) && ts.isStringLiteral(node.moduleSpecifier)) {
      const bindings = node.importClause?.namedBindings;
      const everyNameIsType =
        node.importClause?.name === undefined &&
        bindings !== undefined &&
        ts.isNamedImports(bindings) &&
        bindings.elements.length > 0 &&
        bindings.elements.every((element) => element.isTypeOnly);
      const typeOnly = node.importClause?.phaseModifier === ts.SyntaxKind.TypeKeyword || everyNameIsType;
      add(node.moduleSpecifier.text, typeOnly, false);
    } else if (ts.isExportDeclaration(node) && node.moduleSpecifier && ts.isStringLiteral(node.moduleSpecifier)) {
      add(node.moduleSpecifier.text, node.isTypeOnly, false);
    } else if (ts.isCallExpression(node) && node.expression.kind === ts.SyntaxKind.ImportKeyword) {
      const [argument] = node.arguments;
      add(argument && ts.isStringLiteral(argument) ? argument.text : "(computed)", false, true);
    } else if (
      ts.isImportTypeNode(node) &&
      ts.isLiteralTypeNode(node.argument) &&
      ts.isStringLiteral(node.argument.literal)
    ) {
      add(node.argument.literal.text, true, false);
    }
    ts.forEachChild(node, visit);
  };
  visit(ts.createSourceFile(file, readFileSync(join(root, file), "utf8"), ts.ScriptTarget.Latest, true));
  return found;
}

interface Rule {
  /** Files the rule is about: the longest prefix wins. */
  readonly zone: string;
  /** Prefixes (ours) or package names that may be imported, besides the zone itself. */
  readonly may: readonly string[];
  /** Of these only types. */
  readonly types?: readonly string[];
}

const anyCore = "src/core/";
const story = ["src/pipeline.ts", "src/messages.ts", "src/effects.ts", "src/front.ts", "src/front/", "src/broker/"];
const coreRoot = ["src/core/result.ts", "src/core/time.ts", "src/core/canonical-json.ts", "src/core/escape.ts"];
const hashing = "node:crypto";

const rules: readonly Rule[] = [
  { zone: "src/core/", may: [] },
  { zone: "src/core/sets/", may: coreRoot },
  { zone: "src/core/plan/", may: [...coreRoot, "src/core/sets/", hashing] },
  { zone: "src/core/policy/", may: [...coreRoot, "src/core/sets/", "src/core/plan/", hashing] },
  // What reads YAML, zones and calendars, and nothing else there, loads the libraries for it.
  ...["parse", "read-yaml", "schema", "cases"].map((name) => ({
    zone: `src/core/policy/${name}`,
    may: [...coreRoot, "src/core/sets/", "src/core/plan/", "src/core/policy/", hashing, "yaml", "zod"],
  })),
  { zone: "src/core/policy/zone-table", may: ["temporal-polyfill"], types: ["src/core/policy/"] },
  { zone: "src/core/policy/calendar-file", may: ["ical.js", "src/core/policy/", ...coreRoot] },
  {
    zone: "src/core/policy/point-in-time",
    may: ["src/core/time.ts", "temporal-polyfill"],
  },
  // config.yaml is read with what reads policies, so that mistakes in it look the same.
  { zone: "src/core/configuration/", may: [...coreRoot, "src/core/sets/"], types: ["src/core/policy/"] },
  ...["parse", "schema"].map((name) => ({
    zone: `src/core/configuration/${name}`,
    may: [
      ...[...coreRoot, "src/core/sets/", "src/core/configuration/", "zod"],
      ...["read-yaml", "schema-blocks", "schema-problems", "source-text"].map((part) => `src/core/policy/${part}.ts`),
    ],
  })),
  {
    zone: "src/core/analytics/",
    may: [...coreRoot, "src/core/policy/", "src/core/plan/", "src/core/audit/"],
    types: [anyCore],
  },
  {
    zone: "src/core/approval/",
    may: [...coreRoot, "src/core/sets/", "src/core/grant/", hashing],
    types: ["src/core/plan/", "src/core/policy/", "src/core/audit/"],
  },
  // The only ones there that read a plan's document: to show it.
  ...["card-of-request", "message-text"].map((name) => ({
    zone: `src/core/approval/${name}`,
    may: [...coreRoot, "src/core/plan/", "src/core/approval/"],
  })),
  {
    zone: "src/core/grant/",
    may: [...coreRoot, "src/core/sets/", "src/core/approval/"],
    types: ["src/core/plan/", "src/core/policy/", "src/core/audit/", "src/core/results/"],
  },
  // Text and bytes for the kernel, out of the plan: the runner's program loads it.
  {
    zone: "src/core/confinement/",
    may: [...coreRoot, "src/core/sets/", "src/core/plan/probe-ports.ts"],
    types: ["src/core/plan/"],
  },
  { zone: "src/core/results/", may: [...coreRoot, "src/core/sets/", "saxes"] },
  { zone: "src/core/audit/", may: [...coreRoot, hashing], types: [anyCore] },
  { zone: "src/pipeline.ts", may: [anyCore, ...story] },
  { zone: "src/front.ts", may: [anyCore, "src/broker/", "src/front/"], types: story },
  { zone: "src/front/", may: [anyCore, "src/broker/"], types: story },
  { zone: "src/broker/", may: [anyCore, hashing], types: story },
  // The runner will hold privileges: it never sees policy.
  {
    zone: "src/runner.ts",
    may: ["src/core/plan/", "src/core/confinement/", "src/core/results/output-name.ts", ...coreRoot],
    types: ["src/effects.ts", "src/messages.ts", "src/core/"],
  },
  // Too long for one file; others import what it gives from effects.ts.
  { zone: "src/effects.ts", may: [], types: [anyCore, "src/effects/"] },
  { zone: "src/effects/", may: [], types: [anyCore, "src/effects.ts", "src/messages.ts"] },
  { zone: "src/messages.ts", may: [], types: [anyCore, "src/effects.ts"] },
  { zone: "src/facts/", may: [anyCore, "node:", "execa"], types: ["src/effects.ts"] },
  {
    zone: "src/approvers/",
    may: [anyCore, "node:", "inquirer", "@inquirer/", "chalk", "nodemailer"],
    types: ["src/effects.ts"],
  },
  { zone: "src/session/", may: [anyCore, "node:", "execa"], types: ["src/effects.ts"] },
  // The runner as a program of its own, and the wire to it: what it loads is pinned below.
  {
    zone: "src/apart/",
    may: [anyCore, "node:", "src/runner.ts", "src/session/", "src/facts/behind-root.ts", "src/facts/data-copy.ts"],
    types: ["src/effects.ts", "src/messages.ts"],
  },
  { zone: "src/store/", may: [anyCore, "node:", "better-sqlite3"], types: ["src/effects.ts"] },
  {
    zone: "src/web/",
    may: [anyCore, "src/broker/", "node:", "hono", "hono/", "@hono/node-server", "@simplewebauthn/server"],
    types: ["src/effects.ts", "src/messages.ts"],
  },
  { zone: "src/admin/", may: [anyCore, "node:"], types: ["src/effects.ts"] },
  { zone: "src/monitor/", may: [anyCore], types: ["src/effects.ts"] },
  // The one command that opens the page.
  {
    zone: "src/cli/commands/serve.ts",
    may: [anyCore, "src/cli/", "src/broker/", "src/web/"],
    types: ["src/effects.ts"],
  },
  {
    zone: "src/cli/",
    may: [
      "src/cli/commands/serve.ts",
      anyCore,
      "src/pipeline.ts",
      "src/broker/",
      "src/monitor/",
      "src/admin/",
      "node:",
      "commander",
      "inquirer",
      "@inquirer/",
      "chalk",
    ],
    types: ["src/effects.ts", "src/messages.ts"],
  },
  {
    zone: "src/live.ts",
    may: [
      ...[anyCore, "src/facts/", "src/approvers/", "src/session/", "src/store/", "src/cli/terminal.ts"],
      ...["src/apart/", "node:"],
    ],
    types: ["src/effects.ts"],
  },
  { zone: "bin/", may: ["src/live.ts", "src/cli/main.ts", "node:"] },
  { zone: "bin/runner.ts", may: ["src/apart/program.ts", "node:"] },
];

function ruleFor(file: string): Rule {
  const fitting = rules.filter((rule) => file.startsWith(rule.zone));
  const longest = fitting.reduce<Rule | undefined>(
    (best, rule) => (best === undefined || rule.zone.length > best.zone.length ? rule : best),
    undefined,
  );
  if (longest === undefined) throw new Error(`${file}: no rule of the architecture covers this file`);
  return longest;
}

function broken(one: Import): boolean {
  const rule = ruleFor(one.file);
  const matches = (prefixes: readonly string[]): boolean =>
    prefixes.some((prefix) => one.target === prefix || (/[/:]$/.test(prefix) && one.target.startsWith(prefix)));
  const sameZone = one.target.startsWith("src/") && one.target.startsWith(rule.zone) && ruleFor(one.target) === rule;
  if (sameZone || matches(rule.may)) return false;
  // The parser of a policy is its own zone for its libraries, not a wall inside the folder.
  if (rule.zone === "src/core/policy/" && one.target.startsWith("src/core/policy/")) return false;
  if (rule.zone === "src/core/configuration/" && one.target.startsWith("src/core/configuration/")) return false;
  return !(one.typeOnly && matches(rule.types ?? []));
}

/** Whoever makes this list longer gives more code root's rights: the program apart, at once or later. */
const runnerLoads: readonly string[] = [
  "bin/runner.ts",
  "node:child_process",
  "node:crypto",
  "node:fs",
  "node:net",
  "node:os",
  "node:path",
  "src/apart/build-id.ts",
  "src/apart/caller.ts",
  "src/apart/own-data.ts",
  "src/apart/plan-shape.ts",
  "src/apart/program.ts",
  "src/apart/said.ts",
  "src/apart/serve.ts",
  "src/apart/shape.ts",
  "src/apart/wire.ts",
  "src/core/canonical-json.ts",
  "src/core/confinement/ceiling.ts",
  "src/core/confinement/confinement.ts",
  "src/core/confinement/doors.ts",
  "src/core/confinement/egress-rules.ts",
  "src/core/confinement/kernel-sets.ts",
  "src/core/confinement/launch-chain.ts",
  "src/core/confinement/nft-json.ts",
  "src/core/confinement/reach.ts",
  "src/core/confinement/refused.ts",
  "src/core/confinement/seccomp.ts",
  "src/core/confinement/session-uids.ts",
  "src/core/confinement/solicited-nodes.ts",
  "src/core/confinement/standing-rules.ts",
  "src/core/confinement/tunnels.ts",
  "src/core/escape.ts",
  "src/core/plan/data-manifest.ts",
  "src/core/plan/digest.ts",
  "src/core/plan/document.ts",
  "src/core/plan/parse-error.ts",
  "src/core/plan/port-members.ts",
  "src/core/plan/ports-read.ts",
  "src/core/plan/ports-services.ts",
  "src/core/plan/ports.ts",
  "src/core/plan/probe-ports.ts",
  "src/core/plan/render.ts",
  "src/core/plan/scripts-expression.ts",
  "src/core/plan/scripts.ts",
  "src/core/plan/target-grammar.ts",
  "src/core/plan/target-list.ts",
  "src/core/plan/target-refusal.ts",
  "src/core/plan/target-render.ts",
  "src/core/plan/target-words.ts",
  "src/core/plan/targets.ts",
  "src/core/result.ts",
  "src/core/results/output-name.ts",
  "src/core/results/progress.ts",
  "src/core/sets/address-set.ts",
  "src/core/sets/address-text.ts",
  "src/core/sets/block-runs.ts",
  "src/core/sets/ipv4-runs.ts",
  "src/core/sets/ipv4-union.ts",
  "src/core/sets/ipv6-runs.ts",
  "src/core/sets/octet-product.ts",
  "src/core/sets/port-set.ts",
  "src/facts/behind-root.ts",
  "src/facts/data-copy.ts",
  "src/facts/own-file.ts",
  "src/runner.ts",
  "src/session/ceiling-file.ts",
  "src/session/confined/account.ts",
  "src/session/confined/cage.ts",
  "src/session/confined/callers.ts",
  "src/session/confined/connections.ts",
  "src/session/confined/control-group.ts",
  "src/session/confined/egress.ts",
  "src/session/confined/facilities.ts",
  "src/session/confined/hands.ts",
  "src/session/confined/host.ts",
  "src/session/confined/lease.ts",
  "src/session/confined/network.ts",
  "src/session/confined/nft.ts",
  "src/session/confined/open-session.ts",
  "src/session/confined/place.ts",
  "src/session/confined/remains.ts",
  "src/session/confined/sweep.ts",
  "src/session/confined/watch.ts",
  "src/session/confined/ways.ts",
  "src/session/data-directory.ts",
  "src/session/executable.ts",
  "src/session/guard.ts",
  "src/session/launch.ts",
  "src/session/lease.ts",
  "src/session/own-scripts-refused.ts",
  "src/session/own-scripts.ts",
  "src/session/plain-file.ts",
  "src/session/processes.ts",
  "src/session/progress.ts",
  "src/session/root-owned.ts",
  "src/session/run-folder.ts",
  "src/session/running.ts",
  "src/session/session-id.ts",
  "src/session/tee.ts",
];

const files = [...sources("src"), ...sources("bin")];
const imports = files.flatMap(importsOf);

/** Everything that is loaded when `file` is: static imports that are more than types, all the way down; `and later` also what is loaded when needed. */
function closure(file: string, and: "at once" | "and later" = "at once"): ReadonlySet<string> {
  const seen = new Set<string>([file]);
  for (const at of seen)
    for (const one of imports)
      if (one.file === at && !one.typeOnly && (and === "and later" || !one.dynamic)) seen.add(one.target);
  return seen;
}

describe("architecture", () => {
  it("reads the imports of every source file", () => {
    expect(files.length).toBeGreaterThan(20);
    expect(imports.length).toBeGreaterThan(files.length);
  });

  it("lets nobody import what the table does not allow", () => {
    expect(imports.filter(broken).map((one) => `${one.file} imports ${one.target}`)).toEqual([]);
  });

  it("has no computed import", () => {
    expect(imports.filter((one) => one.target === "(computed)").map((one) => one.file)).toEqual([]);
  });

  it("keeps core pure: no clock, no randomness, no process, no network, no timer", () => {
    const impure =
      /\bDate\.now\b|\bnew Date\(\)|\bMath\.random\b|\bprocess\.|\bfetch\(|\bset(Timeout|Interval|Immediate)\b|\bconsole\./;
    const guilty = sources("src/core").flatMap((file) =>
      readFileSync(join(root, file), "utf8")
        .split("\n")
        .flatMap((line, index) =>
          impure.test(line.replace(/\/\/.*|^\s*\*.*/, "")) ? [`${file}:${index + 1}: ${line.trim()}`] : [],
        ),
    );
    expect(guilty).toEqual([]);
  });

  it("loads nothing heavy on the path of an allowed scan", () => {
    const heavy = ["yaml", "zod", "commander", "inquirer", "execa", "chalk", "nodemailer"];
    expect([...closure("bin/main.ts")].filter((target) => heavy.includes(target))).toEqual([]);
  });

  it("pins what the runner's program loads", () => {
    expect([...closure("bin/runner.ts", "and later")].sort()).toEqual(runnerLoads);
  });

  it("lets neither that program nor the sessions it starts load policy, store, YAML or HTTP", () => {
    const foreign =
      /^src\/(core\/(policy|approval|grant|analytics|configuration)|store|web|approvers|broker|front|cli|admin|monitor)\//;
    expect(runnerLoads.filter((target) => foreign.test(target))).toEqual([]);
    const libraries = runnerLoads.filter((target) => !/^(src\/|bin\/|node:)/.test(target));
    expect(libraries).toEqual([]);
    expect(runnerLoads.filter((target) => /^node:(http|https|http2|tls|dns|dgram|sqlite|vm)/.test(target))).toEqual([]);
  });

  it("keeps every source file small enough to hold in the head", () => {
    const long = files.filter((file) => readFileSync(join(root, file), "utf8").split("\n").length > 320);
    expect(long).toEqual([]);
  });
});
