// nmap's standard output when that is the XML (`-oX -`): shown to the requester and kept as the result, byte for byte.
import { closeSync, constants, createWriteStream, fstatSync, openSync, writeSync } from "node:fs";
import type { Readable, Writable } from "node:stream";

export interface Teed {
  /** Resolves when the source ended and both copies are done. A full disk rejects. */
  readonly drained: Promise<void>;
  /** Waits no longer for who should read: the rest is in the file alone. */
  letGo(): void;
}

/**
 * Copies `source` to a new private file and to `shown`, at the pace of the slower one. Somebody who stops reading
 * (`| head`) does not cost the result: nmap goes on, as it would alone.
 */
export function tee(source: Readable, file: string, shown: Writable = standardOutput()): Teed {
  const reader = { gone: false };
  let wake: (() => void) | undefined;
  const letGo = (): void => {
    reader.gone = true;
    wake?.();
  };
  const drained = (): void => {
    wake?.();
  };
  const copy = async (): Promise<void> => {
    const kept = openSync(
      file,
      constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL | constants.O_NOFOLLOW,
      0o600,
    );
    shown.on("error", letGo);
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
  };
  return { drained: copy(), letGo };
}

/**
 * A terminal that somebody stopped (Ctrl-S) keeps whoever writes to it waiting, and Node's own stream writes to terminals
 * in the one thread that has to hear that the session was revoked: here another one does.
 */
function standardOutput(): Writable {
  return fstatSync(1).isCharacterDevice() ? createWriteStream("", { fd: 1, autoClose: false }) : process.stdout;
}
