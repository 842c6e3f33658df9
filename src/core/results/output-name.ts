// nmap's own way with `%` in the name of an output file, both directions: the requester's names are expanded by us,
// since nmap writes to private files; and the private path, which nmap would expand, is protected from it.

const two = (number: number): string => String(number % 100).padStart(2, "0");

const conversions: ReadonlyMap<string, (at: Date) => string> = new Map([
  ["H", (at) => two(at.getHours())],
  ["M", (at) => two(at.getMinutes())],
  ["S", (at) => two(at.getSeconds())],
  ["T", (at) => two(at.getHours()) + two(at.getMinutes()) + two(at.getSeconds())],
  ["R", (at) => two(at.getHours()) + two(at.getMinutes())],
  ["m", (at) => two(at.getMonth() + 1)],
  ["d", (at) => two(at.getDate())],
  ["y", (at) => two(at.getFullYear())],
  ["Y", (at) => String(at.getFullYear())],
  ["D", (at) => two(at.getMonth() + 1) + two(at.getDate()) + two(at.getFullYear())],
  ["F", (at) => `${at.getFullYear()}-${two(at.getMonth() + 1)}-${two(at.getDate())}`],
]);

/**
 * The file name that nmap would use: `%H` and the like replaced, `%` before any other character dropped, `%` at the
 * end dropped. Total. `at` is read in the time zone of the process, as nmap does.
 *
 * Source: nmap 7.93's behaviour, recorded by running it (test/core/results/output-name.test.ts).
 */
export function expandOutputName(name: string, at: Date): string {
  return name.replace(/%([^]?)/gu, (_, letter: string) => conversions.get(letter)?.(at) ?? letter);
}

/** A name that nmap expands to exactly `path`. */
export function literalOutputName(path: string): string {
  return path.replaceAll("%", "%%");
}
