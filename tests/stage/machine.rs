//! The real parts of this machine that stories need: what is there, and what happens where it is not. A part that is missing
//! is a line, and a failure where `REQUIRE_REAL` asks for the real thing.

use std::path::{Path, PathBuf};
use std::process::Command;

/// The gits that are on the machine: Debian's and a newer one, where there are two.
pub fn gits() -> Vec<PathBuf> {
    let found: Vec<PathBuf> =
        ["/usr/bin/git", "/usr/local/bin/git"].map(PathBuf::from).into_iter().filter(|git| git.exists()).collect();
    if std::env::var_os("REQUIRE_REAL").is_some() {
        assert!(!found.is_empty(), "no git to test with");
    }
    if found.is_empty() { vec![PathBuf::from("git")] } else { found }
}

/// Whether a part that a test needs is there; if not, says so, or fails where `REQUIRE_REAL` asks for the real thing.
pub fn is_there(what: &str, found: bool) -> bool {
    if !found {
        assert!(std::env::var_os("REQUIRE_REAL").is_none(), "{what} is missing");
        eprintln!("skipped: {what} is missing");
    }
    found
}

/// The gits that are 2.`minor` or newer; an older one lacks the part of the protocol that a story is about.
pub fn gits_since(minor: u32) -> Vec<PathBuf> {
    let found: Vec<PathBuf> = gits().into_iter().filter(|git| version(git) >= (2, minor)).collect();
    is_there(&format!("git 2.{minor} or newer"), !found.is_empty());
    found
}

/// A git that is older than 2.`minor`.
pub fn git_before(minor: u32) -> Option<PathBuf> {
    let found = gits().into_iter().find(|git| version(git) < (2, minor));
    is_there(&format!("a git older than 2.{minor}"), found.is_some());
    found
}

fn version(git: &Path) -> (u32, u32) {
    let said = Command::new(git).arg("--version").output().expect("git runs").stdout;
    let said = String::from_utf8_lossy(&said).into_owned();
    let mut numbers = said.split_whitespace().nth(2).unwrap_or_default().split('.').map(|part| part.parse().ok());
    numbers.next().flatten().zip(numbers.next().flatten()).expect("two numbers")
}

/// A number in the environment, by which somebody wants more of a story than there is by default.
pub fn wanted(name: &str) -> Option<u32> {
    std::env::var(name).ok().map(|text| text.parse().expect("a number"))
}

/// The same for programs of the machine.
pub fn are_installed(programs: &[&str]) -> bool {
    programs.iter().all(|name| is_there(name, Path::new("/usr/bin").join(name).exists()))
}
