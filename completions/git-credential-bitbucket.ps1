# PowerShell completion for git-credential-bitbucket.
# The words come from the program itself; `git-credential-bitbucket completions powershell` prints this file.

Register-ArgumentCompleter -Native -CommandName 'git-credential-bitbucket', 'git-credential-bitbucket.exe' -ScriptBlock {
    param($wordToComplete, $commandAst, $cursorPosition)

    $before = @($commandAst.CommandElements |
            Where-Object { $_.Extent.EndOffset -lt $cursorPosition -or ($_.Extent.EndOffset -eq $cursorPosition -and -not $wordToComplete) } |
            ForEach-Object { $_.Extent.Text })
    # behind `--` stands a command of somebody else
    if ($before -contains '--') { return }
    $words = $before + @($wordToComplete | Where-Object { $_ })
    & git-credential-bitbucket complete-words $before.Count '--' @words 2>$null | ForEach-Object {
        $value, $meaning = $_ -split "`t", 2
        if (-not $meaning) { $meaning = $value }
        [System.Management.Automation.CompletionResult]::new($value, $value, 'ParameterValue', $meaning)
    }
}
