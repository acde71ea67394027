//! The manual page: the copy that packages install is the one that the program prints, `man` and `git help` show it, and nothing
//! of the command line is missing in it.

use crate::stage::{Desk, are_installed, gits};
use std::fs;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};

fn copy() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("packaging/man/git-credential-bitbucket.1")
}

#[test]
fn the_copy_that_packages_install_is_what_the_program_prints() {
    let printed = Desk::alone().helper(&["man"], "").succeeds().out;
    let kept = fs::read_to_string(copy()).expect("a copy");
    assert!(kept == printed, "make it anew: cargo run -- man >packaging/man/git-credential-bitbucket.1");
}

#[test]
fn mandoc_has_nothing_to_say() {
    if !are_installed(&["mandoc"]) {
        return;
    }
    let copy = copy();
    let done = Desk::alone().run(Path::new("/usr/bin/mandoc"), &["-Tlint", copy.to_str().expect("text")]).succeeds();
    assert_eq!((done.out.as_str(), done.err.as_str()), ("", ""));
}

#[test]
fn git_help_shows_it() {
    if !are_installed(&["man"]) {
        return;
    }
    for git in gits() {
        let desk = Desk::alone().with_git(&git);
        let pages = desk.home().join("man/man1");
        fs::create_dir_all(&pages).expect("a folder");
        symlink(copy(), pages.join("git-credential-bitbucket.1")).expect("installed");
        let shown = desk.types("MANPATH=~/man MANPAGER=cat git help credential-bitbucket").succeeds().out;
        let shown = shown.split_whitespace().collect::<Vec<_>>().join(" ");
        for word in ["git-credential-bitbucket - Git credential helper", "EXIT STATUS", "--recurse-submodules"] {
            assert!(shown.contains(word), "{word} in {shown}");
        }
    }
}

#[test]
fn every_option_of_every_command_is_in_it() {
    let desk = Desk::alone();
    let page = fs::read_to_string(copy()).expect("a copy").replace("\\-", "-").replace("\\fB", "").replace("\\fR", "");
    let help = desk.helper(&["--help"], "").succeeds().out;
    let list = help.split_once("Commands:\n").and_then(|(_, rest)| rest.split_once("\n\n")).expect("a list").0;
    let commands = list.lines().filter_map(|line| line.strip_prefix("  ")?.split(' ').next());
    for command in commands.filter(|name| !name.is_empty()) {
        let section = page.split_once(&format!(".SS {command}\n")).or(page.split_once(&format!(".SS {command} ")));
        let section = section.unwrap_or_else(|| panic!("{command} is missing")).1;
        let section = section.split("\n.S").next().unwrap_or_default();
        let help = desk.helper(&[command, "--help"], "").succeeds().out;
        let options =
            help.split_whitespace().map(|word| word.trim_matches(|c: char| !c.is_ascii_alphanumeric() && c != '-'));
        for option in options.filter(|word| word.starts_with("--") && word.len() > 2 && *word != "--help") {
            assert!(section.contains(option), "{option} of {command}");
        }
    }
}
