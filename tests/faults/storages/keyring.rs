//! The real gnome-keyring: locked, frozen, and not there.

use super::Call::{Accounts, Erase, Get, Login, Logout, Rebuild, Refresh, Status, Switch};
use super::Outcome::{Says, Works};
use super::{ALL, Keeper, State, in_time};
use crate::stage::{Bus, Desk};
use bitbucket_sandbox::Sandbox;

fn keeper() -> Option<Keeper> {
    let bus = Bus::start()?.with_keyring();
    let sandbox = Sandbox::start();
    let desk = bus.reached_from(Desk::at(&sandbox)).with("GIT_CREDENTIAL_BITBUCKET_STORAGE", "keyring");
    Some(Keeper { bus: Some(bus), ..Keeper::of(sandbox, desk) })
}

const LOCKED: State = State {
    enter: |keeper| keeper.bus.as_ref().expect("one").lock(),
    run: in_time,
    leave: |keeper| keeper.bus.as_mut().expect("one").restarts_keyring(),
    calls: &ALL,
    mostly: Says("the keyring is locked"),
    but: &[(&[Accounts, Switch], Works)],
};

#[test]
fn a_keyring_that_is_locked() {
    let Some(keeper) = keeper() else { return };
    LOCKED.loses_nothing(keeper);
}

#[test]
fn a_keyring_that_is_silent() {
    const STATE: State = State {
        enter: |keeper| keeper.bus.as_ref().expect("one").freeze_keyring(),
        leave: |keeper| keeper.bus.as_ref().expect("one").thaw_keyring(),
        // each waits for three seconds
        calls: &[Get, Status, Erase, Refresh, Login, Logout],
        mostly: Says("the keyring did not answer within 3 s"),
        ..LOCKED
    };
    let Some(keeper) = keeper() else { return };
    STATE.loses_nothing(keeper);
}

#[test]
fn a_keyring_that_is_absent() {
    const STATE: State = State {
        enter: |_| {},
        run: |desk, arguments, stdin| Some(desk.in_time_with(("DBUS_SESSION_BUS_ADDRESS", ""), arguments, stdin)),
        leave: |_| {},
        mostly: Says("no keyring is running here"),
        but: &[(&[Accounts, Switch, Rebuild], Works)],
        ..LOCKED
    };
    let Some(keeper) = keeper() else { return };
    STATE.loses_nothing(keeper);
}
