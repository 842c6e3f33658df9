// Words as one line that a POSIX shell reads back as the same words: for commands that a person pastes.

// What no POSIX shell, nor zsh or fish in their defaults, treats specially anywhere in a word.
const bare = /^[A-Za-z0-9_./:,@%+-][A-Za-z0-9_./:,@%+=-]*$/;

export function quoteWords(words: readonly string[]): string {
  return words.map((word) => (bare.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`)).join(" ");
}
