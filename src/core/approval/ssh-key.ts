// One spelling for an OpenSSH public key: the policy, an agent and a `.pub` file each put another comment behind it.
import { hash } from "node:crypto";

/** `ssh-ed25519 AAAA…`, without comment; what is no key comes out as something that equals none. */
export const bareKey = (line: string): string => line.trim().split(/\s+/).slice(0, 2).join(" ");

/** `SHA256:…`, as `ssh-keygen -l` shows it. */
export function keyFingerprint(line: string): string {
  const blob = Buffer.from(bareKey(line).split(" ")[1] ?? "", "base64");
  return `SHA256:${hash("sha256", blob, "base64").replace(/=+$/, "")}`;
}
