// Looking again and again, and what is different from one look to the next.
import type { Request } from "../core/approval/request.ts";
import { snapshot, type Looked, type Row, type Snapshot } from "./snapshot.ts";

const LOOK_EVERY_MS = 1000;

/** A snapshot at once and then one a second, until the signal aborts. */
export async function* watch(outside: Looked, signal: AbortSignal): AsyncGenerator<Snapshot> {
  let before: Snapshot | undefined;
  while (!signal.aborted) {
    before = await snapshot(outside, before);
    yield before;
    await pause(signal);
  }
}

function pause(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(done, LOOK_EVERY_MS);
    function done(): void {
      clearTimeout(timer);
      signal.removeEventListener("abort", done);
      resolve();
    }
    if (signal.aborted) done();
    else signal.addEventListener("abort", done);
  });
}

export type Difference =
  | { readonly kind: "row"; readonly row: Row }
  /** It is no longer among those that are shown: nobody answered or started it in time. */
  | { readonly kind: "over"; readonly request: Request }
  | { readonly kind: "freeze"; readonly frozen?: string };

/** What is new or moved. Time that passes is no difference. */
export function differences(before: Snapshot | undefined, now: Snapshot): readonly Difference[] {
  const known = new Map(before?.rows.map((row) => [row.request.id, row]));
  const moved = now.rows.filter((row) => !isSame(known.get(row.request.id), row));
  const shown = new Set(now.rows.map((row) => row.request.id));
  const over = [...known.values()].filter(({ request }) => !shown.has(request.id) && !("endedAt" in request));
  return [
    ...(before?.frozen === now.frozen
      ? []
      : [{ kind: "freeze", ...(now.frozen !== undefined && { frozen: now.frozen }) } as const]),
    ...moved.map((row) => ({ kind: "row", row }) as const),
    ...over.map(({ request }) => ({ kind: "over", request }) as const),
  ];
}

function isSame(one: Row | undefined, other: Row): boolean {
  return (
    one !== undefined &&
    one.request.state === other.request.state &&
    one.request.version === other.request.version &&
    one.until === other.until &&
    one.violations === other.violations &&
    one.progress?.hosts === other.progress?.hosts &&
    one.progress?.up === other.progress?.up &&
    one.progress?.task?.name === other.progress?.task?.name &&
    one.progress?.task?.percent === other.progress?.task?.percent
  );
}
