// What a shell needs to complete our lines, as a script for each of the three. From the tables that parse, so that
// nothing can be forgotten, and pure, so that a shell in a test can be asked.
import { unreachable } from "../core/result.ts";

export const shells = ["bash", "zsh", "fish"] as const;
export type Shell = (typeof shells)[number];

/** A word, and what it is for in one line. */
export interface Completed {
  readonly word: string;
  readonly help: string;
}

export interface Completions {
  readonly commands: readonly (Completed & { readonly takesId: boolean })[];
  /** Of a scan line: nmap's that are not refused, and ours. */
  readonly options: readonly Completed[];
}

/** The script; to be loaded by the shell's own means. */
export function completionText(shell: Shell, completions: Completions): string {
  switch (shell) {
    case "bash":
      return bash(completions);
    case "zsh":
      return zsh(completions);
    case "fish":
      return fish(completions);
    default:
      return unreachable(shell);
  }
}

/** Ids of requests, the newest first: where a command wants one. */
const IDS = "jit-nmap requests --limit 20 2>/dev/null | cut -f1";

const wordsOf = (all: readonly Completed[]): string => all.map(({ word }) => word).join(" ");
const withIds = ({ commands }: Completions): readonly string[] =>
  commands.flatMap(({ word, takesId }) => (takesId ? [word] : []));

// The tables hold names and sentences of ours; a quote in one must not end the script's string all the same.
const quoted = (text: string): string => `'${text.replaceAll("'", `'\\''`)}'`;

function bash(completions: Completions): string {
  return `# jit-nmap completion for bash: source <(jit-nmap completion bash)
_jit_nmap() {
  local word=\${COMP_WORDS[COMP_CWORD]} first=\${COMP_WORDS[1]}
  local commands=${quoted(wordsOf(completions.commands))}
  COMPREPLY=()
  if [[ $word == -* && ( $COMP_CWORD -eq 1 || $first == scan || $first == check || $first == request || " $commands " != *" $first "* ) ]]; then
    COMPREPLY=($(compgen -W ${quoted(wordsOf(completions.options))} -- "$word"))
  elif [[ $COMP_CWORD -eq 1 ]]; then
    COMPREPLY=($(compgen -W "$commands" -- "$word"))
  else
    case $first in
      ${withIds(completions).join("|")}) COMPREPLY=($(compgen -W "$(${IDS})" -- "$word")) ;;
    esac
  fi
}
complete -o default -F _jit_nmap jit-nmap
`;
}

function zsh(completions: Completions): string {
  const described = (all: readonly Completed[]): string =>
    all.map(({ word, help }) => `    ${quoted(`${word.replaceAll(":", "\\:")}:${help}`)}`).join("\n");
  return `#compdef jit-nmap
# jit-nmap completion for zsh: source <(jit-nmap completion zsh), after compinit
_jit_nmap() {
  local -a commands options ids
  commands=(
${described(completions.commands)}
  )
  options=(
${described(completions.options)}
  )
  local first=\${words[2]}
  if [[ $PREFIX == -* ]] && { (( CURRENT == 2 )) || [[ $first == (scan|check|request) ]] || (( ! \${commands[(I)$first:*]} )); }; then
    _describe -o option options
  elif (( CURRENT == 2 )); then
    _describe command commands
  elif [[ $first == (${withIds(completions).join("|")}) ]]; then
    ids=(\${(f)"$(${IDS})"})
    compadd -a ids
  else
    _default
  fi
}
compdef _jit_nmap jit-nmap
`;
}

function fish(completions: Completions): string {
  const escaped = (text: string): string => `'${text.replaceAll("\\", "\\\\").replaceAll("'", "\\'")}'`;
  const scans = `not __fish_seen_subcommand_from ${completions.commands
    .map(({ word }) => word)
    .filter((word) => !["scan", "check", "request"].includes(word))
    .join(" ")}`;
  return [
    "# jit-nmap completion for fish: jit-nmap completion fish | source",
    ...completions.commands.map(
      ({ word, help }) => `complete -c jit-nmap -n __fish_use_subcommand -a ${word} -d ${escaped(help)}`,
    ),
    `complete -c jit-nmap -f -n '__fish_seen_subcommand_from ${withIds(completions).join(" ")}' -a '(${IDS})'`,
    ...completions.options.map(({ word, help }) => {
      const name = word.startsWith("--") ? `-l ${word.slice(2)}` : `-${word.length === 2 ? "s" : "o"} ${word.slice(1)}`;
      return `complete -c jit-nmap -n '${scans}' ${name} -d ${escaped(help)}`;
    }),
    "",
  ].join("\n");
}
