//! Git's own memory cache, whose daemon may be silent.

use super::Call::{Accounts, Get, Login, Logout, Store};
use super::Outcome::{Says, Works};
use super::{Keeper, State, in_time};
use crate::stage::Desk;
use bitbucket_sandbox::Sandbox;
use std::fs;
use std::os::unix::net::UnixListener;
use std::path::PathBuf;

fn keeper() -> Keeper {
    let sandbox = Sandbox::start();
    let desk = Desk::at(&sandbox).with("GIT_CREDENTIAL_BITBUCKET_STORAGE", "cache");
    Keeper::of(sandbox, desk)
}

fn socket(desk: &Desk) -> PathBuf {
    desk.home().join(".cache/git/credential/socket")
}

#[test]
fn a_cache_that_is_silent() {
    const STATE: State = State {
        enter: |keeper| {
            let socket = socket(&keeper.desk);
            fs::rename(&socket, socket.with_extension("true")).expect("a daemon");
        },
        run: |desk, arguments, stdin| {
            // it listens, and says nothing
            let _listener = UnixListener::bind(socket(desk)).expect("a socket");
            in_time(desk, arguments, stdin)
        },
        leave: |keeper| {
            let socket = socket(&keeper.desk);
            fs::rename(socket.with_extension("true"), socket).expect("as it was");
        },
        // each waits for three seconds
        calls: &[Get, Accounts, Store, Login, Logout],
        mostly: Says("`git credential-cache` did not answer in time"),
        but: &[(&[Accounts], Works)],
    };
    let keeper = keeper();
    STATE.loses_nothing(keeper);
}
