// The ways in which the trail fails, and how one is known when it is thrown: by its code, whoever threw it. Apart from the
// store, because the command line, the page and the outbox have to tell it from a defect.

/** Closed; each means that nothing was written (74). */
export type TrailFailureCode =
  | "store-read-only"
  | "store-locked"
  | "store-full"
  | "store-newer-version"
  | "store-corrupt"
  | "store-io"
  | "trail-broken";

const codes: Readonly<Record<TrailFailureCode, true>> = {
  "store-read-only": true,
  "store-locked": true,
  "store-full": true,
  "store-newer-version": true,
  "store-corrupt": true,
  "store-io": true,
  "trail-broken": true,
};

/** Whether something thrown is the trail failing (74) and not a defect (70). */
export function isTrailFailure(
  thrown: unknown,
): thrown is Error & { readonly code: TrailFailureCode; readonly hint?: string } {
  const code = thrown instanceof Error && "code" in thrown ? thrown.code : undefined;
  return typeof code === "string" && Object.hasOwn(codes, code);
}
