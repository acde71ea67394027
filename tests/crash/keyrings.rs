//! The same on a real gnome-keyring: the secret there is the old or the new, and where list and keyring disagree, the next command
//! still knows what to say.

use super::{lines, old_or_new_from, patiently, with_bob};
use crate::stage::{Bus, Desk, are_installed};

const OLD: &str = "canary-old";
const NEW: &str = "canary-new";

fn desk() -> Option<(Bus, Desk)> {
    let bus = are_installed(&["strace"]).then(Bus::start)??.with_keyring();
    let desk = with_bob(bus.desk());
    Some((bus, desk))
}

/// Alice with her old secret, active, whatever was before.
fn alice(desk: &Desk) {
    patiently(desk, &["store"], &lines("alice", OLD)).misses_in_silence();
    patiently(desk, &["switch", "alice"], "").succeeds();
}

fn nobody(desk: &Desk) {
    patiently(desk, &["erase"], &lines("alice", NEW)).misses_in_silence();
    // what the list does not know is only in the keyring
    if patiently(desk, &["accounts"], "").succeeds().out.contains("alice") {
        patiently(desk, &["logout", "--username", "alice"], "").succeeds();
    }
}

#[test]
fn a_store_of_another_account() {
    let Some((_bus, desk)) = desk() else { return };
    let deaths = old_or_new_from(&desk, || nobody(&desk), &["store"], &lines("alice", NEW), &[None, Some(NEW)]);
    assert!(deaths >= 35, "{deaths}");
}

#[test]
fn a_store_over_an_old_secret() {
    let Some((_bus, desk)) = desk() else { return };
    let deaths = old_or_new_from(&desk, || alice(&desk), &["store"], &lines("alice", NEW), &[Some(OLD), Some(NEW)]);
    assert!(deaths >= 35, "{deaths}");
}

#[test]
fn an_erase() {
    let Some((_bus, desk)) = desk() else { return };
    let deaths = old_or_new_from(&desk, || alice(&desk), &["erase"], &lines("alice", OLD), &[Some(OLD), None]);
    assert!(deaths >= 45, "{deaths}");
}

#[test]
fn a_logout() {
    let Some((_bus, desk)) = desk() else { return };
    let logout = ["logout", "--username", "alice"];
    let deaths = old_or_new_from(&desk, || alice(&desk), &logout, "", &[Some(OLD), None]);
    assert!(deaths >= 30, "{deaths}");
}

#[test]
fn what_a_dead_store_left_in_the_keyring_alone_is_found_by_a_rebuild() {
    let Some((_bus, desk)) = desk() else { return };
    alice(&desk);
    // the list as it was before alice
    let mut list = super::list(&desk).expect("a list");
    list["sites"]["https://bitbucket.org"]["accounts"]
        .as_array_mut()
        .expect("accounts")
        .retain(|one| one["name"] == "bob");
    std::fs::write(desk.data().join("accounts.json"), list.to_string()).expect("written");
    patiently(&desk, &["accounts", "--rebuild"], "").succeeds();
    assert_eq!(super::alices(&desk).as_deref(), Some(OLD));
}
