//! The real `pass` with a GnuPG key of its own.

use super::Call::{Accounts, Doctor, Erase, Get, Login, Logout, Rebuild, Refresh, Status, Switch};
use super::Outcome::{Says, Works};
use super::{ALL, Keeper, State, in_time};
use crate::import::passwords::Passwords;
use crate::stage::{Desk, HELPER, write_program};
use bitbucket_sandbox::{Sandbox, seeds};
use std::fs;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};

fn keeper() -> Option<Keeper> {
    let sandbox = Sandbox::start();
    let desk = Desk::at(&sandbox);
    let passwords = Passwords::new(&desk)?;
    let desk = passwords.used_by(desk).with("GIT_CREDENTIAL_BITBUCKET_STORAGE", "pass");
    fs::create_dir(desk.home().join("bin")).expect("a folder");
    symlink("/usr/bin/git", desk.home().join("bin/git")).expect("a git");
    Some(Keeper { passwords: Some(passwords), ..Keeper::of(sandbox, desk) })
}

fn store(desk: &Desk) -> PathBuf {
    desk.home().join(".password-store")
}

fn entries(folder: &Path) -> Vec<PathBuf> {
    let found = fs::read_dir(folder).expect("a folder").map(|entry| entry.expect("one").path());
    found
        .flat_map(|path| if path.is_dir() { entries(&path) } else { vec![path] })
        .filter(|path| path.extension().is_some_and(|end| end == "gpg"))
        .collect()
}

const ABSENT: State = State {
    enter: |_| {},
    run: |desk, arguments, stdin| {
        let path = desk.home().join("bin");
        Some(desk.in_time_with(("PATH", path.to_str().expect("text")), arguments, stdin))
    },
    leave: |_| {},
    calls: &ALL,
    mostly: Says("`pass` is not installed"),
    but: &[(&[Accounts, Switch, Rebuild], Works)],
};

#[test]
fn a_pass_that_is_absent() {
    let Some(keeper) = keeper() else { return };
    ABSENT.loses_nothing(keeper);
}

#[test]
fn a_pass_whose_key_is_locked() {
    const STATE: State = State {
        run: |desk, arguments, stdin| {
            let nothing = desk.home().join("bin");
            Some(desk.in_time_with(("GNUPGHOME", nothing.to_str().expect("text")), arguments, stdin))
        },
        mostly: Says("`pass` could not "),
        // what is not opened can be removed
        but: &[(&[Accounts, Switch, Rebuild, Logout], Works)],
        ..ABSENT
    };
    let Some(keeper) = keeper() else { return };
    STATE.loses_nothing(keeper);
}

#[test]
fn a_pass_that_is_silent() {
    const STATE: State = State {
        enter: |keeper| write_program(&keeper.desk.home().join("bin/pass"), "#!/bin/sh\nexec /bin/sleep 600\n"),
        leave: |keeper| fs::remove_file(keeper.desk.home().join("bin/pass")).expect("ours"),
        // each waits for three seconds
        calls: &[Get, Erase, Refresh, Login, Logout],
        mostly: Says("`pass` did not answer in time"),
        ..ABSENT
    };
    let Some(keeper) = keeper() else { return };
    STATE.loses_nothing(keeper);
}

/// A store of 64 KiB, filled up; what was asked for, and then what is left.
#[test]
fn a_pass_whose_store_is_full() {
    let Some(keeper) = keeper() else { return };
    keeper.signs_in();
    let (desk, store) = (&keeper.desk, store(&keeper.desk));
    let place = desk.home().join("secret");
    let name = place.to_str().expect("text");
    fs::write(&place, format!("{}password={}\n", super::ALICE, "canary-too-long".repeat(600))).expect("written");
    let script = format!(
        "cp -a '{0}' '{0}.whole'; mount -t tmpfs -o size=64k,mode=700 none '{0}'; cp -a '{0}.whole/.' '{0}'\n\
         cat /dev/zero >'{0}/fill' 2>/dev/null || '{HELPER}' store <'{name}' 1>&2 || true; printf '{1}' | '{HELPER}' get",
        store.display(),
        super::ALICE.replace('\n', "\\n"),
    );
    let Some(done) = desk.among_mounts_of_its_own(&script) else { return };
    assert_eq!(done.value("password"), Some(seeds::API_TOKEN), "{}", done.err);
    assert!(done.err.contains("`pass` could not write its entry") && done.err.contains("hint: "), "{}", done.err);
}

#[test]
fn a_pass_whose_store_is_read_only() {
    const STATE: State = State {
        run: |desk, arguments, stdin| desk.on_a_read_only_disk(&store(desk), arguments, stdin),
        mostly: Says("`pass` could not "),
        but: &[(&[Get, Status, Accounts, Switch, Rebuild, Doctor], Works)],
        ..ABSENT
    };
    let Some(keeper) = keeper() else { return };
    STATE.loses_nothing(keeper);
}

#[test]
fn a_pass_whose_entries_are_torn() {
    const STATE: State = State {
        enter: |keeper| {
            let store = store(&keeper.desk);
            for entry in entries(&store) {
                let whole = fs::read(&entry).expect("an entry");
                fs::write(entry.with_extension("whole"), &whole).expect("kept");
                fs::write(&entry, &whole[..whole.len() / 2]).expect("torn");
            }
        },
        run: in_time,
        leave: |keeper| {
            let store = store(&keeper.desk);
            for entry in entries(&store) {
                let whole = entry.with_extension("whole");
                if whole.exists() {
                    fs::rename(whole, entry).expect("as it was");
                }
            }
        },
        mostly: Says("`pass` could not "),
        but: &[(&[Accounts, Switch, Rebuild, Login, Logout], Works)],
        ..ABSENT
    };
    let Some(keeper) = keeper() else { return };
    STATE.loses_nothing(keeper);
}
