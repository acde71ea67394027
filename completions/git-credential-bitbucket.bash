# Bash completion for git-credential-bitbucket, and through git's own for `git credential-bitbucket`.
# The words come from the program itself; `git-credential-bitbucket completions bash` prints this file.

# CWORD END WORD…: fills COMPREPLY with what may stand in the place of the word with that number, and END behind each.
__git_credential_bitbucket_fill() {
    local cword=$1 end=$2 word typed="" breaks=${COMP_WORDBREAKS//[^:=]/}
    shift 2
    # quotes are the shell's
    local -a words=("${@//[\\\"\']/}")
    # readline replaces only what follows the last of its word breaks
    if [[ $breaks ]]; then
        word=${words[cword]}
        typed=${word%"${word##*["$breaks"]}"}
    fi
    COMPREPLY=()
    while IFS=$'\t' read -r word _; do
        printf -v word %q "${word#"$typed"}"
        COMPREPLY+=("$word$end")
    done < <(git-credential-bitbucket complete-words "$cword" -- "${words[@]}" 2>/dev/null)
}

# Behind `--` stands a command of somebody else; succeeds if it took over.
__git_credential_bitbucket_command() {
    local i
    for ((i = 1; i < COMP_CWORD; i++)); do
        if [[ ${COMP_WORDS[i]} == -- ]]; then
            declare -F _command_offset >/dev/null && _command_offset $((i + 1))
            return 0
        fi
    done
    return 1
}

_git_credential_bitbucket_main() {
    __git_credential_bitbucket_command && return
    local -a words=()
    local i word glued=""
    # bash takes `https://h:1` and `--username=al` apart at each break
    for ((i = 0; i <= COMP_CWORD; i++)); do
        word=${COMP_WORDS[i]}
        if [[ $i -gt 0 && ($glued || $word == [:=]*) ]]; then
            words[${#words[@]} - 1]+=$word
        else
            words+=("$word")
        fi
        [[ $word == [:=]* ]] && glued=yes || glued=
    done
    __git_credential_bitbucket_fill $((${#words[@]} - 1)) '' "${words[@]}"
}

# git's completion calls this with its own `words` and `cword`, and leaves the space behind a word to us.
_git_credential_bitbucket() {
    __git_credential_bitbucket_command && return
    local first=${__git_cmd_idx:-1}
    __git_credential_bitbucket_fill $((cword - first)) ' ' git-credential-bitbucket "${words[@]:first+1:cword-first}"
}

complete -o bashdefault -o default -F _git_credential_bitbucket_main git-credential-bitbucket
