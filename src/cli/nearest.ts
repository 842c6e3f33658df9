// "Did you mean": the known word that a mistyped one is closest to.

/**
 * The known word with the smallest edit distance, or undefined when none is near: at most a third of the typed
 * letters (but at least two) may differ. The first wins among equals.
 */
export function nearestWord(typed: string, known: Iterable<string>): string | undefined {
  // A word longer than any of ours by far is no typing mistake; the bound keeps hostile input cheap.
  if (typed.length > 64) return undefined;
  let best: string | undefined;
  let bestDistance = Math.max(2, Math.floor(typed.length / 3)) + 1;
  for (const word of known) {
    const distance = editDistance(typed, word);
    if (distance < bestDistance) {
      best = word;
      bestDistance = distance;
    }
  }
  return best;
}

function editDistance(a: string, b: string): number {
  let previous = Array.from({ length: b.length + 1 }, (_, index) => index);
  for (let i = 1; i <= a.length; i += 1) {
    const current = [i];
    for (let j = 1; j <= b.length; j += 1) {
      const substitute = (previous[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1);
      current.push(Math.min(substitute, (previous[j] ?? 0) + 1, (current[j - 1] ?? 0) + 1));
    }
    previous = current;
  }
  return previous[b.length] ?? 0;
}
