// Reading and comparing files piece by piece: a policy may stand on lists of millions of networks, and to find that
// they have not changed, their bytes need not be in memory.
import { fstatSync, readSync } from "node:fs";

const pieceBytes = 1 << 18;

/** Exactly so many bytes. @throws when the file ends before. */
export function readFully(file: number, at: number, length: number): Buffer<ArrayBuffer> {
  const bytes = Buffer.allocUnsafeSlow(length);
  for (let done = 0; done < length;) {
    const count = readSync(file, bytes, done, length - done, at + done);
    if (count === 0) throw new Error("a file ends before its time");
    done += count;
  }
  return bytes;
}

/** A part of a file, piece by piece; a piece is overwritten by the next. @throws when the file ends before. */
export function* pieces(file: number, at: number, length: number): Generator<Buffer> {
  const piece = Buffer.allocUnsafeSlow(Math.min(pieceBytes, length));
  for (let done = 0; done < length;) {
    const count = readSync(file, piece, 0, Math.min(piece.length, length - done), at + done);
    if (count === 0) throw new Error("a file ends before its time");
    yield piece.subarray(0, count);
    done += count;
  }
}

/** Whether another file is, from its first byte to its last, this part of a file. */
export function isPartOf(file: number, at: number, length: number, other: number): boolean {
  if (fstatSync(other).size !== length) return false;
  let done = 0;
  for (const piece of pieces(other, 0, length)) {
    if (!readFully(file, at + done, piece.length).equals(piece)) return false;
    done += piece.length;
  }
  return readSync(other, Buffer.allocUnsafe(1), 0, 1, length) === 0;
}
