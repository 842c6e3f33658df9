// Reads what a running nmap has added to its XML. Loaded when somebody asks how far a scan is.
import { closeSync, constants, fstatSync, openSync, readSync } from "node:fs";
import type { SessionId } from "../core/audit/event.ts";
import { readOn, unread, type Progress, type Reading } from "../core/results/progress.ts";

/** Bytes that are read in one go: a result may be large, and the first look at it begins at its beginning. */
const PIECE = 1 << 20;
/** Pieces of one look: a script can make the file as long as a file may be, and whoever looks has more to do. */
const MOST_PIECES = 64;

const seen = new Map<SessionId, { readonly reading: Reading; readonly offset: number }>();

/** How far the session is whose XML grows in `file`; undefined when there is none, or none that may be read. */
export function progressOf(session: SessionId, file: string): Progress | undefined {
  let descriptor: number;
  try {
    // As when the result is read: no links, and nothing that waits for a writer.
    descriptor = openSync(file, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
  } catch {
    seen.delete(session);
    return undefined;
  }
  try {
    const stat = fstatSync(descriptor);
    if (!stat.isFile() || stat.nlink !== 1) return undefined;
    let { reading, offset } = seen.get(session) ?? { reading: unread, offset: 0 };
    const piece = Buffer.alloc(PIECE);
    for (let pieces = 0; pieces < MOST_PIECES; pieces++) {
      const count = readSync(descriptor, piece, 0, PIECE, offset);
      if (count === 0) break;
      reading = readOn(reading, piece.toString("latin1", 0, count));
      offset += count;
    }
    seen.set(session, { reading, offset });
    return reading.progress;
  } finally {
    closeSync(descriptor);
  }
}
