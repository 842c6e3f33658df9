// config.yaml and the secrets that it names, on disk. Loaded when something is sent or served, never before: what
// others could change or read is refused, and said so.
import { closeSync, constants, fstatSync, openSync, readFileSync } from "node:fs";
import { dirname, isAbsolute, join } from "node:path";
import { unconfigured } from "../core/configuration/configuration.ts";
import type { Configuration } from "../core/configuration/configuration.ts";
import { parseConfiguration } from "../core/configuration/parse.ts";
import { escapeText } from "../core/escape.ts";
import { err, ok } from "../core/result.ts";
import type { Problem } from "../core/result.ts";
import type { ConfigSource } from "../effects.ts";

const mostBytes = 1 << 20;
const mostSecretBytes = 1 << 16;

/** @param asOwner  does synchronous work with the rights of the one whose file it is. */
export function configFile(path: string, asOwner: <T>(work: () => T) => T): ConfigSource {
  let last: { readonly text: string; readonly configuration: Configuration } | undefined;
  return {
    load() {
      const read = asOwner(() => readGuarded(path, "config", mostBytes));
      if (read === "absent") return Promise.resolve(ok(unconfigured(path)));
      if (typeof read === "string") return Promise.resolve(err([problem("config-unusable", read)]));
      let text: string;
      try {
        text = new TextDecoder("utf-8", { fatal: true }).decode(read);
      } catch {
        return Promise.resolve(err([problem("config-unusable", `${path} is not UTF-8 text`)]));
      }
      if (last?.text === text) return Promise.resolve(ok(last.configuration));
      const resolve = (written: string): string => (isAbsolute(written) ? written : join(dirname(path), written));
      const configuration = parseConfiguration({ name: path, text, resolve });
      if (configuration.ok) last = { text, configuration: configuration.value };
      return Promise.resolve(configuration);
    },
    secret(file) {
      const read = asOwner(() => readGuarded(file, "secret", mostSecretBytes));
      const because = read === "absent" ? `the secret ${file} is not there` : read;
      return Promise.resolve(
        typeof because === "string" ? err(problem("secret-unusable", because)) : ok(new Uint8Array(because)),
      );
    },
  };
}

function problem<Code extends string>(code: Code, because: string): Problem<Code> {
  const [message = because, hint] = escapeText(because, { keep: "newline" }).split("\n");
  return { code, message, ...(hint !== undefined && { hint }) };
}

/**
 * The bytes of a file whose rights are in order, checked on what was opened; else why not, its hint on a second line.
 * A secret may be read by a group that shares the installation, but by nobody else; neither is written by others.
 */
function readGuarded(path: string, what: "config" | "secret", most: number): Buffer | string {
  let descriptor: number;
  try {
    // A pipe would keep us waiting for its writer.
    descriptor = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ENOENT") return "absent";
    return `${path} can't be read: ${error instanceof Error ? error.message : String(error)}`;
  }
  try {
    const stat = fstatSync(descriptor);
    if (!stat.isFile()) return `${path} is not a file`;
    if (stat.size > most) return `${path} is too large: ${stat.size} bytes, at most ${most}`;
    const { geteuid } = process;
    if (geteuid !== undefined && stat.uid !== 0 && stat.uid !== geteuid() && !isFolderOwners(path, stat.uid))
      return `${path} belongs to another account\nit has to be root's, your own, or its folder's owner's`;
    if ((stat.mode & 0o022) !== 0) return `${path} can be changed by others\nchmod go-w ${path}`;
    if (what === "secret" && (stat.mode & 0o007) !== 0)
      return `the secret ${path} can be read by everybody\nchmod 600 ${path} (640 where a group shares it)`;
    return readFileSync(descriptor);
  } finally {
    closeSync(descriptor);
  }
}

/** In a folder that several accounts share, its owner keeps these files. */
function isFolderOwners(path: string, uid: number): boolean {
  try {
    const folder = openSync(dirname(path), constants.O_RDONLY | constants.O_DIRECTORY);
    try {
      return fstatSync(folder).uid === uid;
    } finally {
      closeSync(folder);
    }
  } catch {
    return false;
  }
}
