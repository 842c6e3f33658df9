// Builds dist/: the program and, apart from it, the runner. Of the program one file with all that an allowed scan needs,
// chunks that load when they are needed, and V8's compiled form of the first beside it (performance: parsing is what a
// Node program's start costs). CommonJS, because Node starts it sooner than modules. The database's native part lies
// there too.
import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import {
  chmodSync,
  copyFileSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { rolldown, type Plugin } from "rolldown";

const root = join(import.meta.dirname, "..");
// Built beside and moved into place whole: a scan that starts meanwhile sees the old program or the new one.
const dist = mkdtempSync(join(root, ".dist-"));

// Which build this is, over all that goes into it: the program and the runner tell each other.
const sources = ["bin", "src"].flatMap((folder) =>
  readdirSync(join(root, folder), { recursive: true, encoding: "utf8" }).map((name) => join(folder, name)),
);
const hash = createHash("sha256");
for (const name of ["package-lock.json", ...sources.filter((one) => one.endsWith(".ts")).sort()]) {
  hash.update(`${name}\0`).update(readFileSync(join(root, name)));
}
const transform = { define: { JIT_NMAP_BUILD: JSON.stringify(hash.digest("hex")) } };

// Modules of Node that cost milliseconds and that not every start needs: loaded by the first call of what they export.
const slowParts = /^node:(child_process|crypto|net|tty)$/;
const slowPartsWhenCalled: Plugin = {
  name: "slow parts of Node when called",
  resolveId: (id, importer) =>
    slowParts.test(id) && importer?.startsWith(join(root, "src/")) ? `\0when-called:${id}` : null,
  load(id) {
    if (!id.startsWith("\0when-called:")) return null;
    const name = id.slice(id.indexOf(":") + 1);
    const called = Object.entries(process.getBuiltinModule(name) ?? {}).filter(
      ([, value]) => typeof value === "function",
    );
    const forward = ([key]: readonly [string, unknown]): string =>
      `export function ${key}(...args) { return new.target ? new (part().${key})(...args) : part().${key}(...args); }`;
    return [
      `let loaded; const part = () => (loaded ??= process.getBuiltinModule("${name}"));`,
      ...called.map(forward),
    ].join("\n");
  },
};

// What an allowed scan needs: the entry with all that it imports, and what such a scan imports on its way. Everything
// else is loaded when it is used.
const importedOnTheWay =
  /\/better-sqlite3\/lib\/index\.js$|\/src\/session\/(?!confined\/|progress\.)|\/src\/facts\/(data-copy|nmap-data)\.ts$/;
const imports = new Map<string, readonly string[]>();
const noteImports: Plugin = {
  name: "note imports",
  moduleParsed: ({ id, importedIds }) => void imports.set(id, importedIds),
};
function reached(): ReadonlySet<string> {
  const seen = new Set<string>();
  const open = [...imports.keys()].filter((id) => id.endsWith("/bin/main.ts") || importedOnTheWay.test(id));
  for (let id = open.pop(); id !== undefined; id = open.pop()) {
    if (seen.has(id)) continue;
    seen.add(id);
    open.push(...(imports.get(id) ?? []));
  }
  return seen;
}
let ofScan: ReadonlySet<string> | undefined;

const bundle = await rolldown({
  input: { entry: join(root, "bin/main.ts") },
  platform: "node",
  plugins: [slowPartsWhenCalled, noteImports],
  tsconfig: join(root, "tsconfig.json"),
  transform,
  checks: { ineffectiveDynamicImport: false },
});
const { output } = await bundle.write({
  dir: dist,
  format: "cjs",
  // A real import() has no meaning in a compiled script of node:vm; require loads Node's own modules as well.
  dynamicImportInCjs: false,
  entryFileNames: "[name]-[hash].cjs",
  chunkFileNames: "[name]-[hash].cjs",
  minify: true,
  codeSplitting: {
    groups: [
      {
        name: "main",
        test: (id) => (ofScan ??= reached()).has(id),
      },
    ],
  },
});
await bundle.close();
// Its name holds a hash of what is in it: a compiled form can't be taken for another build's.
const entry = output.find((chunk) => chunk.type === "chunk" && chunk.isEntry)?.fileName ?? "";
for (const chunk of output) {
  const file = join(dist, chunk.fileName);
  const escaped = inAscii(readFileSync(file, "utf8"));
  // The bundler keeps its own few functions in a file apart, which the entry takes in: finding a file costs as much.
  const whole = escaped.replace(
    /require\("\.\/(rolldown-runtime-[^"]+)"\)/,
    (_, runtime: string) => `((exports) => {${readFileSync(join(dist, runtime), "utf8")}\nreturn exports;})({})`,
  );
  if (chunk.fileName === entry) wrap(entry, whole);
  else writeFileSync(file, escaped);
}

/** Text in ASCII alone is read and compiled sooner; whatever else stands in strings and patterns is escaped. */
function inAscii(code: string): string {
  return code.replace(/[^\x00-\x7f]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`);
}

/** As the function that `require` would make of it. */
function wrap(fileName: string, code: string): void {
  const wrapped = `(function (exports, require, module, __filename, __dirname) {${inAscii(code)}\n})`;
  writeFileSync(join(dist, fileName), wrapped);
}

// The runner in one file: it loads nothing later that it could not have looked at before.
const apart = await rolldown({
  input: { runner: join(root, "bin/runner.ts") },
  platform: "node",
  plugins: [slowPartsWhenCalled],
  tsconfig: join(root, "tsconfig.json"),
  transform,
  checks: { ineffectiveDynamicImport: false },
});
const runner = (
  await apart.write({
    dir: dist,
    format: "cjs",
    dynamicImportInCjs: false,
    codeSplitting: false,
    entryFileNames: "[name]-[hash].cjs",
    minify: true,
  })
).output[0].fileName;
await apart.close();
wrap(runner, readFileSync(join(dist, runner), "utf8"));

// Runs the entry as `require` would, but with V8's compiled form at hand, which V8 refuses when it is another version's.
// The other chunks find the entry where `require` keeps what it has loaded.
const running = `
const Module = module.constructor;
const { readFileSync } = require("node:fs");
const { dirname } = require("node:path");
const { Script } = require("node:vm");
function start(filename, cachedData) {
  const script = new Script(readFileSync(filename, "latin1"), { filename, cachedData });
  const entry = new Module(filename);
  entry.filename = filename;
  require.cache[filename] = entry;
  script.runInThisContext()(entry.exports, Module.createRequire(filename), entry, filename, dirname(filename));
  return script;
}
`;

// On a Node that can't load the store the program says so before anything else runs: 78, never a crash.
const tooOld = `
if (!(Number(process.versions.napi) >= 10)) {
  process.stderr.write("jit-nmap: error: Node " + process.versions.node + " is too old; Node 22.14 or later is needed (24 is best)\\n" +
    "jit-nmap: hint: run npm ci in jit-nmap's folder: it brings a Node of its own\\n");
  process.exit(78);
}
`;

// What nobody caught, here or at any later time, is a defect: one line and 70, never Node's page of code and its 1,
// which would look like nmap's own. Where nmap runs, its guard ends it.
const defects = `
process.on("uncaughtException", (thrown) => {
  const text = String((thrown && (process.env.JIT_NMAP_DEBUG ? thrown.stack : thrown.message)) || thrown);
  const shown = text.replace(/[^\\x20-\\x7e]/g, (unit) => "\\\\u" + unit.charCodeAt(0).toString(16).padStart(4, "0"));
  try {
    require("node:fs").writeSync(2, "jit-nmap: error: a defect in jit-nmap: " + shown + "\\n");
  } catch {
    // Nowhere left to say it.
  }
  process.exit(70);
});
`;

/** Starts the file with V8's compiled form of it, where that was taken. */
function starterOf(fileName: string): string {
  return `"use strict";
${tooOld}${defects}${running}
let compiled;
try {
  compiled = readFileSync(__dirname + "/${fileName}.compiled");
} catch {
  // Built where it could not be run: it starts a little later.
}
start(__dirname + "/${fileName}", compiled);
`;
}

/** Starts the file, and takes V8's compiled form when the process ends: it then holds the functions that were called. */
function compilerOf(fileName: string): string {
  const file = JSON.stringify(join(dist, fileName));
  return `"use strict";
${running}
const script = start(${file});
process.on("exit", () => require("node:fs").writeFileSync(${file} + ".compiled", script.createCachedData()));
`;
}

writeFileSync(join(dist, "jit-nmap.cjs"), starterOf(entry));

const prebuilds = join(dirname(createRequire(import.meta.url).resolve("better-sqlite3/package.json")), "prebuilds");
for (const platform of ["linux-x64", "linux-arm64"]) {
  copyFileSync(join(prebuilds, `${platform}.node`), join(dist, `better-sqlite3-${platform}.node`));
}

// The compiled forms are taken where an allowed scan has run. Twice: only the second scan finds the policy compiled and
// takes the short way. Where there is no nmap yet, or no root for the runner's, they hold less, and that is all.
const home = mkdtempSync(join(tmpdir(), "jit-nmap-build-"));
const env = { PATH: "/usr/sbin:/usr/bin:/sbin:/bin", JIT_NMAP_HOME: home };
const scan = ["-sL", "-n", "127.0.0.1"];
for (let round = 0; round < 2; round++) {
  const compiling = `process.argv.splice(1, 0, "jit-nmap");${compilerOf(entry)}`;
  spawnSync(process.execPath, ["-e", compiling, "--", ...scan], { env, stdio: "ignore" });
}
// In namespaces of its own: a build leaves no rules in the machine's network. The runner ends a moment after the scan.
const starter = join(dist, "jit-nmap-runner.cjs");
writeFileSync(starter, compilerOf(runner));
const confined = `mount -t tmpfs none /run && mount -t tmpfs none /sys/fs/cgroup && ip link set lo up && "$@"
i=0; while [ ! -s '${join(dist, runner)}.compiled' ] && [ $i -lt 100 ]; do i=$((i + 1)); sleep 0.02; done`;
const program = [process.execPath, join(dist, "jit-nmap.cjs"), ...scan];
const apartFrom = ["-n", "-m", "-p", "--fork", "--kill-child", "--mount-proc", "sh", "-c", confined, "sh"];
const tried = spawnSync("unshare", [...apartFrom, ...program], {
  env: { ...env, JIT_NMAP_SESSIONS: "enforced" },
  stdio: "ignore",
});
if (tried.status !== 0) spawnSync(process.execPath, [starter], { env: {}, stdio: "ignore" });
writeFileSync(starter, starterOf(runner));
rmSync(home, { recursive: true, force: true });

const place = join(root, "dist");
const old = `${dist}-old`;
try {
  renameSync(place, old);
} catch {
  // The first build: there is none yet.
}
chmodSync(dist, 0o755);
renameSync(dist, place);
rmSync(old, { recursive: true, force: true });
