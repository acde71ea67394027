//! The real keyring: a private bus and gnome-keyring on it, unlocked, locked, missing and silent. Each state has its own
//! words, and none hangs.

use crate::stage::{Bus, Desk, Done};
use std::os::unix::net::UnixListener;

const CLOUD: &str = "protocol=https\nhost=bitbucket.org\n";
const ALICE: &str = "protocol=https\nhost=bitbucket.org\nusername=alice\npassword=canary-kept\n";

fn silent(done: Done) {
    assert_eq!((done.code, done.out.as_str(), done.err.as_str()), (0, "", ""));
}

#[test]
fn what_git_stores_comes_back_is_replaced_and_goes() {
    let Some(bus) = Bus::start().map(Bus::with_keyring) else { return };
    let desk = bus.desk();
    silent(desk.helper(&["store"], ALICE));
    assert_eq!(desk.get(CLOUD).value("password"), Some("canary-kept"));
    silent(desk.helper(&["store"], ALICE.replace("kept", "second")));
    silent(desk.helper(&["store"], ALICE.replace("alice", "bob").replace("kept", "bobs")));
    assert_eq!(desk.get(format!("{CLOUD}username=alice\n")).value("password"), Some("canary-second"));
    assert_eq!(desk.get(format!("{CLOUD}username=bob\n")).value("password"), Some("canary-bobs"));
    silent(desk.helper(&["erase"], ALICE.replace("kept", "second")));
    desk.get(format!("{CLOUD}username=alice\n")).misses_saying("alice");
    assert_eq!(desk.get(CLOUD).value("password"), Some("canary-bobs"));
}

#[test]
fn eight_kilobytes_and_every_byte_come_back() {
    let Some(bus) = Bus::start().map(Bus::with_keyring) else { return };
    let desk = bus.desk();
    let long = "x=\u{e9}\" ".repeat(1200);
    silent(desk.helper(&["store"], format!("{CLOUD}username=alice\npassword={long}\n")));
    assert_eq!(desk.get(CLOUD).value("password"), Some(long.as_str()));
}

#[test]
fn a_burst_of_sixteen_times_twenty_leaves_the_keyring_alive() {
    let Some(bus) = Bus::start().map(Bus::with_keyring) else { return };
    let desk = bus.desk();
    silent(desk.helper(&["store"], ALICE));
    std::thread::scope(|scope| {
        for _ in 0..16 {
            scope.spawn(|| (0..20).for_each(|_| assert_eq!(desk.get(CLOUD).value("password"), Some("canary-kept"))));
        }
    });
}

#[test]
fn a_locked_keyring_is_called_locked_and_nothing_is_lost() {
    let Some(bus) = Bus::start().map(Bus::with_keyring) else { return };
    let desk = bus.desk().with("GIT_TERMINAL_PROMPT", "0");
    silent(desk.helper(&["store"], ALICE));
    bus.lock();
    desk.get(CLOUD).misses_saying("the keyring is locked");
    let accounts = desk.helper(&["accounts"], "").succeeds();
    assert!(accounts.out.contains("alice"), "{}", accounts.out);
}

#[test]
fn a_lost_list_of_accounts_is_made_anew_from_the_keyrings_entries() {
    let Some(bus) = Bus::start().map(Bus::with_keyring) else { return };
    let desk = bus.desk();
    silent(desk.helper(&["store"], ALICE));
    silent(desk.helper(&["store"], ALICE.replace("alice", "bob").replace("kept", "bobs")));
    let bound = ALICE.replace("alice", "x-token-auth").replace("canary-kept", "ATCTT-canary") + "path=acme/app.git\n";
    silent(desk.helper(&["store"], bound));
    for damage in [&b"{\"sites\": {\"https://bit"[..], b""] {
        std::fs::write(desk.data().join("accounts.json"), damage).expect("damaged");
        let broken = desk.helper(&["accounts"], "").fails();
        assert!(broken.err.contains("accounts --rebuild"), "{}", broken.err);
        let rebuilt = desk.helper(&["accounts", "--rebuild"], "").succeeds().out;
        for name in ["alice", "bob", "x-token-auth:acme/app"] {
            assert!(rebuilt.contains(&format!("{name} ")), "{name} in {rebuilt}");
        }
        assert_eq!(desk.get(format!("{CLOUD}username=bob\n")).value("password"), Some("canary-bobs"));
        assert_eq!(desk.get(format!("{CLOUD}path=acme/app.git\n")).value("password"), Some("ATCTT-canary"));
    }
}

#[test]
fn a_bus_without_a_keyring_is_no_keyring() {
    let Some(bus) = Bus::start() else { return };
    // a bus that may start no service
    let desk = bus.desk().with("XDG_DATA_DIRS", "/nowhere");
    let stored = desk.helper(&["store"], ALICE);
    assert!(stored.out.is_empty());
}

#[test]
fn no_bus_at_all_is_said_at_once() {
    let desk = Desk::alone().with("GIT_CREDENTIAL_BITBUCKET_STORAGE", "keyring");
    let status = desk.signs_in("bitbucket.org", &[], "ATATT-x");
    assert!(status.err.contains("no keyring is running here"), "{}", status.err);
}

#[test]
fn a_service_that_never_answers_is_given_up_and_called_silent() {
    let place = tempfile::tempdir().expect("a folder");
    let socket = place.path().join("bus");
    // it listens, and says nothing
    let _listener = UnixListener::bind(&socket).expect("a socket");
    let address = format!("unix:path={}", socket.display());
    let desk = Desk::alone()
        .with("GIT_CREDENTIAL_BITBUCKET_STORAGE", "keyring")
        .with("DBUS_SESSION_BUS_ADDRESS", &address)
        .with("GIT_TERMINAL_PROMPT", "0");
    let login = desk.signs_in("bitbucket.org", &[], "ATATT-x");
    assert!(login.err.contains("did not answer within 3 s"), "{}", login.err);
}
