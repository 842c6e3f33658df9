// Lists and numbers in sentences, nothing cut: for what is signed off (words.ts is for what has to stay short).

/** "a", "a and b", "a, b and c"; all of them, however many. */
export function andList(items: readonly string[], conjunction = "and"): string {
  const last = items.at(-1);
  if (last === undefined) return "nothing";
  return items.length === 1 ? last : `${items.slice(0, -1).join(", ")} ${conjunction} ${last}`;
}

/** "1 host", "2 hosts". */
export const plural = (count: number, noun: string): string => `${count} ${noun}${count === 1 ? "" : "s"}`;
