// nmap's standard output when that is the XML (`-oX -`): shown to the requester and kept as the result, byte for byte.
import { closeSync, constants, openSync, writeSync } from "node:fs";
import type { Readable, Writable } from "node:stream";

/**
 * Copies `source` to a new private file and to `shown`, at the pace of the slower one. Resolves when the source ended
 * and both are done. Somebody who stops reading (`| head`) does not cost the result: nmap goes on, as it would alone.
 * A full disk rejects.
 */
export async function tee(source: Readable, file: string, shown: Writable): Promise<void> {
  const kept = openSync(file, constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL | constants.O_NOFOLLOW, 0o600);
  const reader = { gone: false };
  let wake: (() => void) | undefined;
  const gone = (): void => {
    reader.gone = true;
    wake?.();
  };
  const drained = (): void => {
    wake?.();
  };
  shown.on("error", gone);
  shown.on("drain", drained);
  try {
    for await (const chunk of source as AsyncIterable<Uint8Array>) {
      for (let written = 0; written < chunk.length;) written += writeSync(kept, chunk, written);
      if (reader.gone || shown.write(chunk)) continue;
      await new Promise<void>((resolve) => {
        wake = resolve;
      });
    }
  } finally {
    closeSync(kept);
    shown.off("drain", drained);
    // The error listener stays: a reader that leaves now must not end the program either.
  }
}
