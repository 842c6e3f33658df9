// One spelling for an OpenSSH public key: the policy, an agent and a `.pub` file each put another comment behind it.

/** `ssh-ed25519 AAAA…`, without comment; what is no key comes out as something that equals none. */
export const bareKey = (line: string): string => line.trim().split(/\s+/).slice(0, 2).join(" ");
