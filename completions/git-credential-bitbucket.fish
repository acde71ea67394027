# Fish completion for git-credential-bitbucket; a fish newer than 3.6 asks it for `git credential-bitbucket` too.
# The words come from the program itself; `git-credential-bitbucket completions fish` prints this file.

function __git_credential_bitbucket_words
    set -l before (commandline -opc)
    git-credential-bitbucket complete-words (count $before) -- $before (commandline -ct) 2>/dev/null
end

function __git_credential_bitbucket_has_command
    contains -- -- (commandline -opc)
end

complete -c git-credential-bitbucket -f -n 'not __git_credential_bitbucket_has_command' -a '(__git_credential_bitbucket_words)'
# behind `--` stands a command of somebody else
complete -c git-credential-bitbucket -f -n __git_credential_bitbucket_has_command -a '(__fish_complete_subcommand)'
