// Votes signed with an SSH key: made and checked by OpenSSH's own `ssh-keygen -Y`, so that a hardware key works as a
// file does, and anybody can check a vote again without this program.
import { constants } from "node:fs";
import { access, readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import type { SshProof } from "../../core/approval/proof.ts";
import { bareKey } from "../../core/approval/ssh-key.ts";
import { voteNamespace, voteText } from "../../core/approval/vote-text.ts";
import type { VoteStrength } from "../../core/policy/decision.ts";
import { err, ok, type Problem, type Result } from "../../core/result.ts";
import type { Claim } from "../../effects.ts";
import { findProgram, run, withFiles } from "./ssh-keygen.ts";

/** Where the private halves are looked for. */
export interface SshOptions {
  /** Environment of the person: `SSH_AUTH_SOCK` names the agent. */
  readonly environment: NodeJS.ProcessEnv;
  /** The person's home folder; undefined where no key of theirs may be touched (under sudo). */
  readonly home: string | undefined;
  /** A private key to use in place of those. */
  readonly file?: string;
}

/** Longer than any signature or key of OpenSSH by far. */
const longestProof = 20_000;
const armoured =
  /^-----BEGIN SSH SIGNATURE-----\n(?:[A-Za-z0-9+/]+\n)*[A-Za-z0-9+/]+={0,2}\n-----END SSH SIGNATURE-----\n$/;

/** Whether the signature is over this vote's text, by a key that the policy in force gives to its voter. */
export async function checkSsh(
  { key, signature }: SshProof,
  { request, vote, policy }: Claim,
): Promise<Result<VoteStrength, Problem<"proof-wrong" | "proof-unchecked">>> {
  const keys = (policy.contacts.get(vote.voter)?.keys ?? []).map(bareKey);
  if (!keys.includes(key)) {
    return wrong(`the policy has no such key of ${vote.voter}`);
  }
  if (key.length > longestProof || signature.length > longestProof || !armoured.test(signature)) {
    return wrong("it is no SSH signature");
  }
  if (key.startsWith("sk-") && !wasTouched(signature)) return wrong("nobody touched the hardware key");
  const keygen = findProgram("ssh-keygen");
  if (keygen === undefined) {
    return err({ code: "proof-unchecked", message: "ssh-keygen is missing, which checks signed votes" });
  }
  const files = { allowed: `voter namespaces="${voteNamespace}" ${key}\n`, signature };
  const ran = await withFiles(files, (folder) => {
    const from = ["-f", join(folder, "allowed"), "-s", join(folder, "signature")];
    const args = ["-Y", "verify", "-I", "voter", "-n", voteNamespace, ...from];
    return run(keygen, args, { input: voteText(request, vote) });
  });
  // Both, so that neither a program that does nothing nor one that only talks is a yes.
  return ran.code === 0 && ran.stdout.startsWith('Good "jit-nmap-vote@v1" signature for voter with ')
    ? ok("signed")
    : wrong("the signature is not over this vote");
}

/**
 * Whether a person was there when the hardware key signed: ssh-keygen says yes without. The signature ends with the
 * authenticator's flags and its counter of four bytes (PROTOCOL.u2f of OpenSSH).
 */
function wasTouched(signature: string): boolean {
  const bytes = Buffer.from(signature.split("\n").slice(1, -2).join(""), "base64");
  return ((bytes.at(-5) ?? 0) & 1) === 1;
}

const wrong = (message: string): Result<never, Problem<"proof-wrong">> => err({ code: "proof-wrong", message });

/** Why this file would not sign for one of these keys: what can be seen without its passphrase. */
export async function keyProblem(keys: readonly string[], file: string): Promise<Problem<"not-signed"> | undefined> {
  const not = (message: string): Problem<"not-signed"> => ({ code: "not-signed", message });
  if (keys.length === 0) return not("the policy has no key of yours, so no signature would count");
  const isThere = await access(file, constants.R_OK).then(
    () => true,
    () => false,
  );
  if (!isThere) return not(`there is no key ${file} that you may read`);
  const half = bareKey(await readFile(`${file}.pub`, "utf8").catch(() => ""));
  return half === "" || keys.map(bareKey).includes(half) ? undefined : not("the policy has no such key of yours");
}

/** Signs with the private half of one of these public keys; undefined when none of them is at hand. */
export async function signSsh(
  text: string,
  keys: readonly string[],
  { environment, home, file }: SshOptions,
): Promise<Result<SshProof | undefined, Problem<"not-signed">>> {
  const wanted = keys.map(bareKey);
  const keygen = findProgram("ssh-keygen");
  if (wanted.length === 0) {
    return file === undefined
      ? ok(undefined)
      : notSigned("the policy has no key of yours, so no signature would count");
  }
  if (keygen === undefined) return notSigned("ssh-keygen is missing, which signs votes");
  const sign = async (key: string, from: string): Promise<Result<SshProof, Problem<"not-signed">>> => {
    const args = ["-q", "-Y", "sign", "-n", voteNamespace, "-f", from];
    const { code, stdout } = await run(keygen, args, { input: text, env: environment, asks: true });
    if (code !== 0 || !armoured.test(stdout)) return notSigned("ssh-keygen made no signature");
    return ok({ kind: "sshsig", key, signature: stdout });
  };
  if (file !== undefined) {
    const { code, stdout } = await run(keygen, ["-y", "-f", file], { env: environment, asks: true });
    const key = bareKey(stdout);
    if (code !== 0) return notSigned("that is no private key of OpenSSH");
    return wanted.includes(key) ? sign(key, file) : notSigned("the policy has no such key of yours");
  }
  if (home === undefined) return ok(undefined);
  const held = (await agentKeys(environment)).find((key) => wanted.includes(key));
  // A public key alone: ssh-keygen then asks the agent for the signature.
  if (held !== undefined) return withFiles({ "key.pub": `${held}\n` }, (folder) => sign(held, join(folder, "key.pub")));
  for (const [key, path] of await keyFiles(join(home, ".ssh"))) if (wanted.includes(key)) return sign(key, path);
  return ok(undefined);
}

const notSigned = (message: string): Result<never, Problem<"not-signed">> => err({ code: "not-signed", message });

async function agentKeys(environment: NodeJS.ProcessEnv): Promise<readonly string[]> {
  const program = findProgram("ssh-add");
  if (program === undefined || environment["SSH_AUTH_SOCK"] === undefined) return [];
  const { code, stdout } = await run(program, ["-L"], { env: environment });
  return code === 0 ? stdout.split("\n").map(bareKey) : [];
}

/** Public keys in the folder, each with the file of its private half. */
async function keyFiles(folder: string): Promise<readonly (readonly [key: string, path: string])[]> {
  const names = await readdir(folder).catch((): string[] => []);
  const found: (readonly [string, string])[] = [];
  for (const name of names.filter((each) => each.endsWith(".pub")).sort()) {
    const path = join(folder, name.slice(0, -".pub".length));
    const text = await readFile(`${path}.pub`, "utf8").catch(() => "");
    if (names.includes(name.slice(0, -".pub".length))) found.push([bareKey(text), path]);
  }
  return found;
}
