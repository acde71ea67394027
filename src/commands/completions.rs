//! `completions`: prints what makes a shell complete our commands. The files ask `complete-words` for each word, so that they
//! never lag behind it.

use crate::error::{Exit, Result};
use crate::world::World;
use clap::{Args, ValueEnum};

#[derive(Debug, Args)]
#[command(after_help = PLACES)]
pub struct Arguments {
    /// For which shell
    shell: Shell,
}

const PLACES: &str = "\
Packages install them. By hand, where the shell looks for them by itself:
  bash        ~/.local/share/bash-completion/completions/git-credential-bitbucket
  zsh         _git-credential-bitbucket in a folder of $fpath
  fish        ~/.config/fish/completions/git-credential-bitbucket.fish
  powershell  a file that $PROFILE runs";

#[derive(Debug, Clone, Copy, ValueEnum)]
enum Shell {
    Bash,
    Zsh,
    Fish,
    Powershell,
}

pub fn run(world: &World, arguments: &Arguments) -> Result<Exit> {
    let script = match arguments.shell {
        Shell::Bash => include_str!("../../completions/git-credential-bitbucket.bash"),
        Shell::Zsh => include_str!("../../completions/_git-credential-bitbucket"),
        Shell::Fish => include_str!("../../completions/git-credential-bitbucket.fish"),
        Shell::Powershell => include_str!("../../completions/git-credential-bitbucket.ps1"),
    };
    world.write(script.as_bytes()).map(|()| Exit::Done)
}
