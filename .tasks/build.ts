// Builds dist/: a small entry for the path of an allowed scan, and chunks that load when needed (performance.md,
// technique 2). CommonJS, because Node starts it sooner than modules. The database's native part lies beside it.
import { copyFileSync, mkdirSync, rmSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { rolldown } from "rolldown";

const root = join(import.meta.dirname, "..");
const dist = join(root, "dist");

// On a Node that can't load the store the program says so before anything else runs: 78, never a crash.
const banner = `"use strict";
if (!(Number(process.versions.napi) >= 10)) {
  process.stderr.write("jit-nmap: error: Node " + process.versions.node + " is too old; Node 22.14 or later is needed (24 is best)\\n" +
    "jit-nmap: hint: run npm ci in jit-nmap's folder: it brings a Node of its own\\n");
  process.exit(78);
}`;

rmSync(dist, { recursive: true, force: true });
mkdirSync(dist);
const bundle = await rolldown({
  input: { "jit-nmap": join(root, "bin/main.ts") },
  platform: "node",
  tsconfig: join(root, "tsconfig.json"),
});
await bundle.write({
  dir: dist,
  format: "cjs",
  entryFileNames: "[name].cjs",
  chunkFileNames: "[name]-[hash].cjs",
  banner: (chunk) => (chunk.isEntry ? banner : ""),
  minify: { compress: true, mangle: false, codegen: { removeWhitespace: false } },
});
await bundle.close();

const prebuilds = join(dirname(createRequire(import.meta.url).resolve("better-sqlite3/package.json")), "prebuilds");
for (const platform of ["linux-x64", "linux-arm64", "linuxmusl-x64", "linuxmusl-arm64", "darwin-x64", "darwin-arm64"]) {
  copyFileSync(join(prebuilds, `${platform}.node`), join(dist, `better-sqlite3-${platform}.node`));
}
