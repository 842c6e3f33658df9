// The plan's fingerprint: what a grant is bound to, what an approver reads aloud. Hashing is here and nowhere else in
// the plan's folder.
import { hash } from "node:crypto";
import { canonicalJson } from "../canonical-json.ts";
import { toDocument, type PlanDocument } from "./document.ts";
import type { PlanDigest, ScanPlan } from "./scan-plan.ts";

/** SHA-256 over the RFC 8785 form of the plan's document, so that anybody can compute it again from the stored plan. */
export function digestOf(plan: ScanPlan): PlanDigest {
  return digestOfDocument(toDocument(plan));
}

/** The same for a plan that is a document already. Throws a TypeError when it is not plain JSON. */
export function digestOfDocument(document: PlanDocument): PlanDigest {
  return `sha256:${hash("sha256", canonicalJson(document), "hex")}` as PlanDigest;
}

/** Of a file's bytes, in the form of a plan's digest. */
export function digestOfBytes(bytes: Uint8Array): string {
  return `sha256:${hash("sha256", bytes, "hex")}`;
}

// Crockford's base 32: no I, L, O or U, so that it survives being read over a telephone.
const CROCKFORD = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";

/** The first 30 bits of a digest for people to compare, `K7P-2QX`. Not a proof: for that there is the whole digest. */
export function fingerprintOf(digest: string): string {
  const bits = Number.parseInt(digest.slice("sha256:".length, "sha256:".length + 8), 16);
  if (!/^sha256:[0-9a-f]{64}$/.test(digest)) throw new TypeError("not a digest");
  // The first 8 digits hold 32 bits: six groups of five from the top, the last two bits unused.
  const letters = [27, 22, 17, 12, 7, 2].map((shift) => CROCKFORD.charAt((bits >>> shift) & 31)).join("");
  return `${letters.slice(0, 3)}-${letters.slice(3)}`;
}
