// What identifies a policy: a digest over the files it was made from.
import { hash } from "node:crypto";

export interface PolicyText {
  /** As shown to people; unique within the policy. */
  readonly name: string;
  readonly text: string;
}

/**
 * `sha256:` and 64 hexadecimal digits over the canonical list of names and contents, sorted by name: no way of cutting
 * the same bytes into other files gives the same digest.
 */
export function policyDigest(files: readonly PolicyText[]): string {
  const sorted = [...files].sort((left, right) => (left.name < right.name ? -1 : 1));
  return `sha256:${hash("sha256", `jit-nmap/policy/v1\0${JSON.stringify(sorted.map(({ name, text }) => [name, text]))}`)}`;
}
