// Whether to colour. By ourselves, because chalk does not know NO_COLOR; apart from chalk, because the path of an
// allowed scan asks too and must not load it.

/** The environment as a plain look-up, so that tests need no process. */
export type Environment = Readonly<Record<string, string | undefined>>;

/**
 * True when text for this stream may be coloured.
 *
 * `NO_COLOR` (not empty) wins, then `FORCE_COLOR` (`0` and `false` mean no), then: only a terminal that is not dumb.
 *
 * Source: no-color.org; force-color.org.
 */
export function wantsColour(environment: Environment, isTerminal: boolean): boolean {
  const { NO_COLOR, FORCE_COLOR, TERM } = environment;
  if (NO_COLOR !== undefined && NO_COLOR !== "") return false;
  if (FORCE_COLOR !== undefined && FORCE_COLOR !== "") return FORCE_COLOR !== "0" && FORCE_COLOR !== "false";
  return isTerminal && TERM !== "dumb";
}

/** True when the person's locale says that the terminal shows UTF-8; without a locale, ASCII is the safe reading. */
export function showsUnicode(environment: Environment): boolean {
  const locale = [environment["LC_ALL"], environment["LC_CTYPE"], environment["LANG"]].find(
    (value) => value !== undefined && value !== "",
  );
  return locale !== undefined && /utf-?8/i.test(locale);
}
