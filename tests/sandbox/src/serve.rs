//! The sandbox, up for experiments: prints how to get into it, who is who, then each request as it comes.

use crate::guide;
use crate::tour::build_helper;
use crate::{Sandbox, seeds};
use std::error::Error;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

/// Runs until Ctrl-C.
pub fn run() -> Result<(), Box<dyn Error>> {
    let helper = build_helper()?;
    let sandbox = Sandbox::try_start()?;
    let shell = write_files(&sandbox, &helper)?;
    print!("{}{}", way_in(&sandbox, &shell), guide::of(&sandbox));
    println!("\nRequests, as they come; Ctrl-C ends it all:\n");
    for seen in sandbox.watch() {
        println!("{seen}");
    }
    Ok(())
}

/// How to get in: for whoever has a shell, and for whoever has a git config of their own.
fn way_in(sandbox: &Sandbox, shell: &Path) -> String {
    let config = sandbox.folder().join("gitconfig");
    format!(
        "\nA Bitbucket is up. In another terminal, make that shell play in it; your own settings, keyring and accounts\n\
         stay as they are:\n\n    . {}\n    git clone https://bitbucket.org/{}.git\n\n\
         The clone asks for a token: paste one from below, with the e-mail that stands beside it. Then look around with\n\
         `git credential-bitbucket accounts`, `status`, `login`, `logout`.\n\n\
         Or include this in a git config; it is in {}:\n\n{}",
        shell.display(),
        seeds::APP,
        config.display(),
        indented(&sandbox.git_config())
    )
}

/// The git config to include, one for a whole play shell, and what such a shell sources; gives the last one's place.
fn write_files(sandbox: &Sandbox, helper: &Path) -> io::Result<PathBuf> {
    let folder = sandbox.folder();
    fs::write(folder.join("gitconfig"), sandbox.git_config())?;
    fs::write(folder.join("play.gitconfig"), play_config(folder))?;
    let shell = folder.join("shell");
    fs::write(&shell, play_shell(folder, helper.parent().unwrap_or(Path::new("."))))?;
    Ok(shell)
}

fn play_config(folder: &Path) -> String {
    format!(
        "[include]\n\tpath = {}\n[credential]\n\thelper = bitbucket\n[bitbucket]\n\tstorage = file\n\
         [user]\n\tname = Alice\n\temail = {}\n",
        folder.join("gitconfig").display(),
        seeds::ALICE_EMAIL
    )
}

/// What would beat git config is taken out of the way (git, "ENVIRONMENT VARIABLES"; CURLOPT_NOPROXY).
fn play_shell(folder: &Path, programs: &Path) -> String {
    let (folder, programs) = (folder.display(), programs.display());
    format!(
        "unset GIT_SSL_CAINFO GIT_SSL_CAPATH GIT_SSL_NO_VERIFY no_proxy NO_PROXY\n\
         export GIT_CONFIG_NOSYSTEM=1 GIT_CONFIG_GLOBAL='{folder}/play.gitconfig'\n\
         export GIT_CREDENTIAL_BITBUCKET_HOME='{folder}/data'\n\
         export PATH='{programs}':\"$PATH\"\n"
    )
}

fn indented(text: &str) -> String {
    text.lines().map(|line| format!("    {line}\n")).collect()
}
