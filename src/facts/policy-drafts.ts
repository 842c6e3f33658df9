// Policies that somebody writes, tries and compares, none of them in force: read from wherever the author names, with
// the cases beside them. Apart from policy-files.ts because nothing here can ever decide a scan.
import { lstatSync, readdirSync, readFileSync, statSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import type { PolicyText } from "../core/policy/digest.ts";
import { err, ok } from "../core/result.ts";
import type { Problem, Result } from "../core/result.ts";
import type { PolicyDrafts } from "../effects.ts";
import { policyFiles } from "./policy-files.ts";

type As = <T>(work: () => T) => T;

/** @param asRequester  does synchronous work with the requester's rights. */
export function createPolicyDrafts(asRequester: As): PolicyDrafts {
  return {
    load(path, attached) {
      const places = { candidates: [path], program: "draft", asOwner: asRequester };
      const source = attached === undefined ? policyFiles(places) : policyFiles(places, () => attached);
      return source.load();
    },
    cases: (path) => Promise.resolve(asRequester(() => cases(path))),
  };
}

function cases(path: string): Result<readonly PolicyText[], Problem> {
  try {
    return ok(caseFiles(path).map((file) => ({ name: basename(file), text: textOf(file) })));
  } catch (error) {
    const because = error instanceof Error ? error.message : String(error);
    return err({ code: "cases-unreadable", message: `the cases of ${path} can't be read: ${because}` });
  }
}

/** Every `*.cases.yaml` of a folder; of a single file the one that bears its name. */
function caseFiles(path: string): readonly string[] {
  if (statSync(path).isDirectory()) {
    const names = readdirSync(path).filter((name) => /\.cases\.ya?ml$/.test(name) && !name.startsWith("."));
    return names.sort().map((name) => join(path, name));
  }
  const stem = basename(path).replace(/\.ya?ml$/, "");
  const beside = [`${stem}.cases.yaml`, `${stem}.cases.yml`].map((name) => join(dirname(path), name));
  return beside.filter((file) => lstatSync(file, { throwIfNoEntry: false }) !== undefined);
}

function textOf(file: string): string {
  if (!statSync(file).isFile()) throw new Error(`${file} is not a file`);
  return new TextDecoder("utf-8", { fatal: true }).decode(readFileSync(file));
}
