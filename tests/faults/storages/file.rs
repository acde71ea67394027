//! The file storage, whose records are files beside the list of accounts.

use super::Call::{Accounts, Doctor, Get, Login, Logout, Rebuild, Status, Switch};
use super::Outcome::{Says, Works};
use super::{ALL, Keeper, State, in_time};
use crate::stage::Desk;
use bitbucket_sandbox::Sandbox;
use rustix::fs::{CWD, FileType, mknodat};
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

fn keeper() -> Keeper {
    let sandbox = Sandbox::start();
    let desk = Desk::at(&sandbox);
    Keeper::of(sandbox, desk)
}

fn list(keeper: &Keeper) -> PathBuf {
    keeper.desk.data().join("accounts.json")
}

/// Puts something in the place of a file, which is kept elsewhere meanwhile.
fn spoils(keeper: &Keeper, path: &Path, spoil: impl Fn(&[u8]) -> Vec<u8>) {
    let whole = fs::read(path).expect("a file");
    fs::create_dir_all(aside(keeper)).expect("a folder");
    fs::write(aside(keeper).join(path.file_name().expect("a name")), &whole).expect("kept");
    fs::write(path, spoil(&whole)).expect("spoilt");
}

fn aside(keeper: &Keeper) -> PathBuf {
    keeper.desk.home().join("secrets")
}

/// What a write leaves that was cut off.
fn half(whole: &[u8]) -> Vec<u8> {
    whole[..whole.len() / 2].to_vec()
}

/// The true ones come back, over whatever stands there now.
fn mends(keeper: &Keeper, folder: &Path) {
    for kept in fs::read_dir(aside(keeper)).expect("a folder") {
        let kept = kept.expect("one");
        let place = folder.join(kept.file_name());
        fs::copy(kept.path(), &place).expect("as it was");
        fs::set_permissions(&place, PermissionsExt::from_mode(0o600)).expect("as it was");
        fs::remove_file(kept.path()).expect("moved");
    }
}

fn spoils_records(keeper: &Keeper, spoil: impl Fn(&[u8]) -> Vec<u8> + Copy) {
    for entry in fs::read_dir(keeper.desk.data().join("records")).expect("records") {
        spoils(keeper, &entry.expect("one").path(), spoil);
    }
}

const FULL: State = State {
    enter: |_| {},
    run: |desk, arguments, stdin| Some(desk.on_a_full_disk(arguments, stdin)),
    leave: |_| {},
    calls: &ALL,
    mostly: Says("cannot write "),
    but: &[(&[Get, Status, Accounts, Doctor], Works)],
};

#[test]
fn a_full_disk() {
    FULL.loses_nothing(keeper());
}

#[test]
fn a_disk_that_is_read_only() {
    const STATE: State = State {
        run: |desk, arguments, stdin| desk.on_a_read_only_disk(&desk.data(), arguments, stdin),
        mostly: Says("cannot lock "),
        but: &[(&[Get, Status, Accounts, Doctor], Works)],
        ..FULL
    };
    STATE.loses_nothing(keeper());
}

const UNREADABLE: &str = " cannot be read";

const GARBAGE: State = State {
    enter: |keeper| spoils_records(keeper, |_| b"no record at all".to_vec()),
    run: in_time,
    leave: |keeper| mends(keeper, &keeper.desk.data().join("records")),
    calls: &ALL,
    mostly: Says(UNREADABLE),
    but: &[(&[Accounts, Switch, Rebuild, Login, Logout], Works)],
};

#[test]
fn records_that_are_none() {
    GARBAGE.loses_nothing(keeper());
}

#[test]
fn records_that_are_torn() {
    const STATE: State = State { enter: |keeper| spoils_records(keeper, half), ..GARBAGE };
    STATE.loses_nothing(keeper());
}

#[test]
fn a_list_of_accounts_that_is_torn() {
    const STATE: State = State {
        enter: |keeper| spoils(keeper, &list(keeper), half),
        leave: |keeper| mends(keeper, &keeper.desk.data()),
        mostly: Says("the list of accounts in "),
        // from the records
        but: &[(&[Rebuild], Works)],
        ..GARBAGE
    };
    STATE.loses_nothing(keeper());
}

/// A pipe that nobody writes to is not waited for.
#[test]
fn records_that_are_silent() {
    const STATE: State = State {
        enter: |keeper| {
            spoils_records(keeper, half);
            for entry in fs::read_dir(keeper.desk.data().join("records")).expect("records") {
                let path = entry.expect("one").path();
                fs::remove_file(&path).expect("aside already");
                mknodat(CWD, &path, FileType::Fifo, 0o600.into(), 0).expect("a pipe");
            }
        },
        leave: |keeper| {
            let records = keeper.desk.data().join("records");
            fs::remove_dir_all(&records).and_then(|()| fs::create_dir(&records)).expect("empty");
            fs::set_permissions(&records, PermissionsExt::from_mode(0o700)).expect("private");
            mends(keeper, &records);
        },
        mostly: Says(" is not safe to use: it is not a plain file"),
        ..GARBAGE
    };
    STATE.loses_nothing(keeper());
}

/// Somebody stopped another helper in the middle of a change.
#[test]
fn a_list_of_accounts_that_another_process_does_not_let_go() {
    const STATE: State = State {
        run: |desk, arguments, stdin| {
            let held = fs::File::open(desk.data().join("locks/accounts")).expect("a lock");
            held.lock().expect("free");
            Some(desk.in_time(arguments, stdin))
        },
        // a writer waits for ten seconds
        calls: &[Get, Switch],
        mostly: Says("another process does not finish changing the list of accounts"),
        but: &[(&[Get], Works)],
        ..FULL
    };
    STATE.loses_nothing(keeper());
}
