// The accounts that sessions are given: numbers that nobody else gives away by himself, and root's choice among them.
import { err, ok, type Result } from "../result.ts";

/** `count` numbers from `first` on. */
export interface UidRange {
  readonly first: number;
  readonly count: number;
}

/** Above every range that distributions, systemd and containers give away by themselves; below 2^31. */
export const SESSION_UIDS: UidRange = { first: 1_900_000_000, count: 1000 };

const MOST = 10_000;

/**
 * What systemd's UIDS-GIDS leaves free: between 16 bits (with DynamicUser, 61184–65519) and its containers
 * (524288–1879048191), and above those up to where numbers turn negative for some.
 */
const FREE: readonly UidRange[] = [
  { first: 65_536, count: 524_288 - 65_536 },
  { first: 1_879_048_192, count: 2 ** 31 - 1 - 1_879_048_192 },
];

const includes = (all: UidRange, { first, count }: UidRange): boolean =>
  first >= all.first && first + count <= all.first + all.count;

/** Whether the number can be a session's at all: never root's, and no service's or container's. */
export const isSessionUid = (uid: number): boolean =>
  Number.isSafeInteger(uid) && FREE.some((range) => includes(range, { first: uid, count: 1 }));

/** `uids` of the ceiling's file: `{ "first": 1900000000, "count": 1000 }`. */
export function parseUids(value: unknown): Result<UidRange, string> {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return err("uids is not an object");
  const { first, count, ...others } = value as Record<string, unknown>;
  const [unknown] = Object.keys(others);
  if (unknown !== undefined) return err(`uids has the unknown key ${JSON.stringify(unknown)}`);
  if (!Number.isSafeInteger(first) || !Number.isSafeInteger(count)) {
    return err("uids has not the whole numbers first and count");
  }
  const range: UidRange = { first: Number(first), count: Number(count) };
  if (range.count < 1 || range.count > MOST) return err(`uids has a count outside 1 to ${MOST}`);
  if (FREE.some((free) => includes(free, range))) return ok(range);
  const ranges = FREE.map((free) => `${free.first} to ${free.first + free.count - 1}`).join(" or ");
  return err(`uids is not within ${ranges}: the others are given away by systemd`);
}
