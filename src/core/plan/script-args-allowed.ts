// Which arguments of scripts may be given. An argument can name a file to read or write, or a host to speak to, in any
// script's own way; so only those that are known to do neither are let through.
import type { ScriptArgument } from "./script-args.ts";
import { quoted, type OptionProblem } from "./parse-error.ts";

/**
 * The last part of an argument's name (`username` in `mysql-audit.username`): what is sent to the target, or how often,
 * how long, how much is said about it. None names a file or host in the scripts of nmap 7.93, but for those in NAMES_FILES.
 */
const HARMLESS: ReadonlySet<string> = new Set([
  // what is asked of the target
  ...["path", "uri", "url", "url-path", "basepath", "root", "useget", "method", "methods", "retest", "test-all"],
  ...["useragent", "header", "cookie", "sessioncookies", "origin", "servername", "server_name", "alt_server_name"],
  ...["category", "displayall", "match", "pattern", "builtins", "breakonmatch", "share", "base", "attrib", "qfilter"],
  ...["protocol", "protocols", "version", "mode", "type", "sid", "realm", "database"],
  // who it is asked as
  ...["user", "username", "usernames", "pass", "password", "passphrase", "community", "snmpcommunity"],
  ...["smbuser", "smbusername", "smbpass", "smbpassword", "smbhash", "smbdomain", "smbtype", "smbsign"],
  ...["mysqluser", "mysqlpass", "emptypass", "useraspass", "passonly", "firstonly", "guesses"],
  // how much, how long
  ...["timeout", "recv-timeout", "socket_timeout", "probe-timeout", "delay", "time", "timelimit", "threads", "tries"],
  ...["iterations", "retries", "max-retries", "maxdepth", "maxpagecount", "maxlist", "maxfiles", "maxobjects", "limit"],
  ...["search-limit", "userlimit", "passlimit", "count", "size", "bytes", "num_probes", "length", "pipeline"],
  ...["max-pipeline", "max-cache-size", "max-body-size", "truncated-ok"],
  // what is shown
  ...["ssh_hostkey", "mincvss", "showall", "short", "human", "checksum", "rapid", "nodns", "singlepages"],
]);

/** Harmless only by their full name. */
const HARMLESS_IN_FULL: ReadonlySet<string> = new Set(["http.host", "vulners.mincvss", "tls.servername"]);

/** Of these names a file is made, in these scripts. */
const NAMES_FILES: ReadonlySet<string> = new Set([
  "cics-enum.path",
  "vtam-enum.path",
  "lu-enum.path",
  "domino-enum-users.path",
]);

/** Names of places on the target: a whole URL there can lead to another host. */
const PLACES: ReadonlySet<string> = new Set(["path", "uri", "url", "url-path", "basepath", "root"]);

/**
 * The first argument that must not be given, with what to do instead; undefined when all may.
 *
 * @param scripts  names of the selected scripts: each reads `path` for its own `NAME.path`.
 */
export function refuseScriptArgs(
  fields: readonly ScriptArgument[],
  scripts: readonly string[],
): OptionProblem | undefined {
  for (const { key, value } of fields) {
    const name = key ?? (typeof value === "string" ? value : undefined);
    if (name === undefined) return refusal("a table without a name is no argument that a script reads.");
    const problem = refuseName(name, scripts) ?? refuseValue(name, value, scripts);
    if (problem !== undefined) return problem;
  }
  return undefined;
}

function refuseName(name: string, scripts: readonly string[]): OptionProblem | undefined {
  const last = name.slice(name.lastIndexOf(".") + 1);
  if (/^(?:max-)?newtargets$/i.test(last)) {
    return refusal(`${quoted(name)} lets scripts add targets that nobody judged.`, "name the targets on the line");
  }
  const meant = name.includes(".") ? [name] : scripts.map((script) => `${script}.${name}`);
  const file = meant.find((full) => NAMES_FILES.has(full));
  if (file !== undefined) return refusal(`${quoted(name)} names a file of this host for ${file.split(".")[0] ?? ""}.`);
  if (HARMLESS.has(last) || HARMLESS_IN_FULL.has(name)) return undefined;
  return refusal(
    `${quoted(name)} is not among the arguments that are known to name no file and no other host.`,
    "leave it out, or ask whoever keeps this program to add it",
  );
}

function refuseValue(
  name: string,
  value: ScriptArgument["value"],
  scripts: readonly string[],
): OptionProblem | undefined {
  if (typeof value !== "string") {
    // Without a key: one of a list of values.
    for (const field of value) {
      const problem =
        field.key === undefined
          ? refuseValue(name, field.value, scripts)
          : (refuseName(`${name}.${field.key}`, scripts) ?? refuseValue(field.key, field.value, scripts));
      if (problem !== undefined) return problem;
    }
    return undefined;
  }
  const last = name.slice(name.lastIndexOf(".") + 1);
  if (PLACES.has(last) && /:\/\/|^\s*[/\\]{2}/.test(value)) {
    return refusal(`${quoted(name)} holds a whole URL, which can lead to another host.`, "write the path alone");
  }
  return undefined;
}

function refusal(message: string, hint?: string): OptionProblem {
  return { code: "script-argument", message: `Script argument ${message}`, ...(hint === undefined ? {} : { hint }) };
}
