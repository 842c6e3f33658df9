// Reading and comparing files piece by piece: a policy may stand on lists of millions of networks, and to find that
// they have not changed, their bytes need not be in memory.
import { fstatSync, readSync } from "node:fs";

const pieceBytes = 1 << 18;

/** Exactly so many bytes. @throws when the file ends before. */
export function readFully(file: number, at: number, length: number): Buffer<ArrayBuffer> {
  const bytes = Buffer.allocUnsafeSlow(length);
  fill(bytes, file, at);
  return bytes;
}

function fill(bytes: Buffer, file: number, at: number): void {
  for (let done = 0; done < bytes.length;) {
    const count = readSync(file, bytes, done, bytes.length - done, at + done);
    if (count === 0) throw new Error("a file ends before its time");
    done += count;
  }
}

/** A part of a file, piece by piece; a piece is overwritten by the next. @throws when the file ends before. */
export function* pieces(file: number, at: number, length: number): Generator<Buffer> {
  const memory = Buffer.allocUnsafeSlow(Math.min(pieceBytes, length));
  for (let done = 0; done < length; done += pieceBytes) {
    const piece = memory.subarray(0, Math.min(pieceBytes, length - done));
    fill(piece, file, at + done);
    yield piece;
  }
}

/** Whether these bytes are what a file has from there on. @throws when the file ends before. */
export function isPart(file: number, at: number, bytes: Buffer): boolean {
  let done = 0;
  for (const piece of pieces(file, at, bytes.length)) {
    if (!piece.equals(bytes.subarray(done, done + piece.length))) return false;
    done += piece.length;
  }
  return true;
}

/** Whether another file is, from its first byte to its last, this part of a file. */
export function isPartOf(file: number, at: number, length: number, other: number): boolean {
  if (fstatSync(other).size !== length) return false;
  const theirs = pieces(other, 0, length);
  for (const piece of pieces(file, at, length)) {
    const theirPiece = theirs.next();
    if (theirPiece.done === true || !piece.equals(theirPiece.value)) return false;
  }
  return readSync(other, Buffer.allocUnsafe(1), 0, 1, length) === 0;
}
