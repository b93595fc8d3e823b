/** The shells that a script can be printed for. */
export const shells = ['bash', 'zsh', 'fish'] as const;

/** The script with which a shell completes the words of `token-injector`, by asking the program itself. */
export function completion(shell: (typeof shells)[number]): string {
  return scripts[shell];
}

// What the program prints is never evaluated, only compared and offered.
const bash = `# bash completion for token-injector
_token_injector() {
  local current=\${COMP_WORDS[COMP_CWORD]} directive=4 line
  [[ $current == = ]] && current=
  COMPREPLY=()
  while IFS= read -r line; do
    case $line in
      :*) directive=\${line#:} ;;
      *) COMPREPLY+=("\${line%%$'\\t'*}") ;;
    esac
  done < <("\${COMP_WORDS[0]}" __complete "\${COMP_WORDS[@]:1:COMP_CWORD}" 2>/dev/null)
  if [[ $directive == 0 ]]; then
    compopt -o filenames 2>/dev/null
    while IFS= read -r line; do
      COMPREPLY+=("$line")
    done < <(compgen -f -- "$current")
  fi
}
complete -F _token_injector token-injector
`;

const zsh = `#compdef token-injector
# zsh completion for token-injector
_token_injector() {
  local directive=4 line
  local -a candidates
  for line in "\${(@f)$("\${words[1]}" __complete "\${(@)words[2,CURRENT]}" 2>/dev/null)}"; do
    case $line in
      '') ;;
      :*) directive=\${line#:} ;;
      *) candidates+=("\${\${line%%$'\\t'*}//:/\\\\:}:\${line#*$'\\t'}") ;;
    esac
  done
  if [[ $directive == 0 ]]; then
    compset -P '--*='
    _files
  else
    _describe -t token-injector token-injector candidates
  fi
}
if [[ \${funcstack[1]} == _token_injector ]]; then
  _token_injector "$@"
else
  compdef _token_injector token-injector
fi
`;

const fish = `# fish completion for token-injector
function __token_injector_complete
    set -l words (commandline -opc)
    set -l current (commandline -ct)
    set -l lines (token-injector __complete $words[2..-1] "$current" 2>/dev/null)
    if test "$lines[-1]" = :0
        set -l flag (string match -r -- '^--[^=]+=' "$current")
        string replace -r -- '^' "$flag" (__fish_complete_path (string replace -- "$flag" '' "$current"))
    else
        string match -v -- ':*' $lines
    end
end
complete -c token-injector -f -a '(__token_injector_complete)'
`;

const scripts = { bash, zsh, fish };
