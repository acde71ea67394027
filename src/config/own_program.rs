//! Under which `credential.helper` Git finds this very program. Links are not resolved: behind a package manager's link
//! stands a version that the next update removes.

use super::Environment;
use crate::error::{Error, Result};
use std::path::{Path, PathBuf};

/// What the word `bitbucket` in `credential.helper` makes Git look for.
const NAME: &str = "git-credential-bitbucket";

/// A value for `credential.helper`, and the program that it runs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Helper {
    pub value: String,
    pub program: PathBuf,
    /// Whether that is another file than the one that is running, as far as links tell.
    pub is_another: bool,
}

/// `bitbucket` where Git's search path leads to a program of our name, else our own path, quoted for the shell.
pub fn helper(environment: &Environment) -> Result<Helper> {
    let own = own_path().ok_or(Error::NoPathToSelf)?;
    if let Some(program) = environment.program(NAME) {
        let is_another = real(&program) != real(&own);
        return Ok(Helper { value: "bitbucket".into(), program, is_another });
    }
    let text = own.to_str().filter(|text| !text.chars().any(char::is_control)).ok_or(Error::NoPathToSelf)?;
    Ok(Helper { value: quoted(text), program: own, is_another: false })
}

/// Whether a `credential.helper` means us, wherever we stand.
pub fn is_ours(value: &str) -> bool {
    let plain = value.replace('\\', "");
    let name = plain.rsplit('/').next().unwrap_or_default().trim_end_matches(".exe");
    value == "bitbucket" || value.contains('/') && name == NAME
}

/// The path that we were called by, or the one that the system knows where the call was by name alone.
fn own_path() -> Option<PathBuf> {
    let called = std::env::args_os().next().map(PathBuf::from);
    let by_path = called.filter(|path| path.components().count() > 1 && path.is_file());
    by_path.and_then(|path| std::path::absolute(path).ok()).or_else(|| std::env::current_exe().ok())
}

fn real(path: &Path) -> Option<PathBuf> {
    path.canonicalize().ok()
}

/// Git hands an absolute path to the shell as it stands (credential.c); a backslash keeps what the shell would read.
fn quoted(path: &str) -> String {
    let path = if cfg!(windows) { path.replace('\\', "/") } else { path.to_owned() };
    let plain = |c: char| c.is_alphanumeric() || !c.is_ascii() || "/._-+:@%,".contains(c);
    path.chars().flat_map(|c| (!plain(c)).then_some('\\').into_iter().chain([c])).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_is_quoted_for_the_shell_that_git_starts() {
        assert_eq!(quoted("/usr/bin/git-credential-bitbucket"), "/usr/bin/git-credential-bitbucket");
        assert_eq!(quoted("/home/Zoë & co/it's"), r"/home/Zoë\ \&\ co/it\'s");
    }

    #[test]
    fn a_helper_is_ours_by_its_name_wherever_it_stands() {
        let ours = ["bitbucket", "/opt/a/git-credential-bitbucket", r"C:/Program\ Files/git-credential-bitbucket.exe"];
        assert!(ours.into_iter().all(is_ours));
        let others = ["", "store", "manager", "/opt/git-credential-bitbucket-old", "!git-credential-bitbucket", "bb"];
        assert!(!others.into_iter().any(is_ours));
    }
}
