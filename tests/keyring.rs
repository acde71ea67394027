//! The real keyring: a private bus and gnome-keyring on it, unlocked, locked, missing and silent. Each state has its own
//! words, and none hangs.

use crate::stage::bus::Bus;
use crate::stage::{Desk, Done};
use std::os::unix::net::UnixListener;
use std::time::{Duration, Instant};

const CLOUD: &str = "protocol=https\nhost=bitbucket.org\n";
const ALICE: &str = "protocol=https\nhost=bitbucket.org\nusername=alice\npassword=canary-kept\n";

/// A desk whose storage is the keyring of this bus.
fn desk(bus: &Bus) -> Desk {
    Desk::alone().with("GIT_CREDENTIAL_BITBUCKET_STORAGE", "keyring").with("DBUS_SESSION_BUS_ADDRESS", &bus.address)
}

fn silent(done: Done) {
    assert_eq!((done.code, done.out.as_str(), done.err.as_str()), (0, "", ""));
}

#[test]
fn what_git_stores_comes_back_is_replaced_and_goes() {
    let Some(bus) = Bus::start().map(Bus::with_keyring) else { return };
    let desk = desk(&bus);
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
    let desk = desk(&bus);
    let long = "x=\u{e9}\" ".repeat(1200);
    silent(desk.helper(&["store"], format!("{CLOUD}username=alice\npassword={long}\n")));
    assert_eq!(desk.get(CLOUD).value("password"), Some(long.as_str()));
}

#[test]
fn a_burst_of_sixteen_times_twenty_leaves_the_keyring_alive() {
    let Some(bus) = Bus::start().map(Bus::with_keyring) else { return };
    let desk = desk(&bus);
    silent(desk.helper(&["store"], ALICE));
    std::thread::scope(|scope| {
        for _ in 0..16 {
            scope.spawn(|| {
                (0..20).map(|_| desk.get(CLOUD)).for_each(|answer| {
                    assert_eq!(answer.value("password"), Some("canary-kept"), "{answer:?}");
                });
            });
        }
    });
}

#[test]
fn a_locked_keyring_is_called_locked_and_nothing_is_lost() {
    let Some(bus) = Bus::start().map(Bus::with_keyring) else { return };
    let desk = desk(&bus).with("GIT_TERMINAL_PROMPT", "0");
    silent(desk.helper(&["store"], ALICE));
    bus.lock();
    desk.get(CLOUD).misses_saying("the keyring is locked");
    let accounts = desk.helper(&["accounts"], "").succeeds();
    assert!(accounts.out.contains("alice"), "{}", accounts.out);
}

/// An address where somebody listens, and says nothing.
fn mute() -> (tempfile::TempDir, UnixListener, String) {
    let place = tempfile::tempdir().expect("a folder");
    let socket = place.path().join("bus");
    let listener = UnixListener::bind(&socket).expect("a socket");
    let address = format!("unix:path={}", socket.display());
    (place, listener, address)
}

/// Alice is known, and her secret rests in a keyring; which one, the desk says.
fn knows_alice(desk: Desk) -> Desk {
    std::fs::create_dir_all(desk.data()).expect("a folder");
    let index = r#"{"sites": {"https://bitbucket.org": {"accounts": [{"name": "alice", "kind": "api-token", "storage": "keyring"}]}}}"#;
    std::fs::write(desk.data().join("accounts.json"), index).expect("an index");
    for path in [desk.data(), desk.data().join("accounts.json")] {
        let mode = if path.is_dir() { 0o700 } else { 0o600 };
        std::fs::set_permissions(path, std::os::unix::fs::PermissionsExt::from_mode(mode)).expect("private");
    }
    desk.with("GIT_CREDENTIAL_BITBUCKET_STORAGE", "keyring").with("GIT_TERMINAL_PROMPT", "0")
}

#[test]
fn absent_and_silent_are_told_apart_within_the_limit_and_nobody_is_forgotten() {
    let (_place, _listener, mute) = mute();
    let nowhere = ("unix:path=/nowhere/bus", "no keyring is running here");
    for (address, words) in [nowhere, (mute.as_str(), "did not answer within 3 s")] {
        let desk = knows_alice(Desk::alone()).with("DBUS_SESSION_BUS_ADDRESS", address);
        let begun = Instant::now();
        desk.get(CLOUD).misses_saying(words);
        // 3 s, and time for a slow machine to start a program
        assert!(begun.elapsed() < Duration::from_secs(20), "{:?}", begun.elapsed());
        let accounts = desk.helper(&["accounts"], "").succeeds();
        assert!(accounts.out.contains("alice"), "{}", accounts.out);
    }
}

#[test]
fn a_bus_without_a_keyring_is_no_keyring() {
    let Some(bus) = Bus::start() else { return };
    let desk = knows_alice(Desk::alone()).with("DBUS_SESSION_BUS_ADDRESS", &bus.address);
    desk.get(CLOUD).misses_saying("no keyring is running here");
}

#[test]
fn what_cannot_be_kept_is_said_and_git_goes_on() {
    let (_place, _listener, mute) = mute();
    for (address, words) in [("unix:path=/nowhere/bus", "no keyring is running here"), (mute.as_str(), "within 3 s")] {
        let desk = Desk::alone()
            .with("GIT_CREDENTIAL_BITBUCKET_STORAGE", "keyring")
            .with("DBUS_SESSION_BUS_ADDRESS", address)
            .with("GIT_TERMINAL_PROMPT", "0");
        let login = desk.signs_in("bitbucket.org", &[], "ATATT-x").succeeds();
        assert!(login.err.contains("for this time only") && login.err.contains(words), "{}", login.err);
        let stored = desk.helper(&["store"], ALICE);
        assert!(stored.out.is_empty() && stored.err.contains(words), "{}", stored.err);
    }
}

#[test]
fn a_person_without_a_keyring_may_take_a_file() {
    let desk = Desk::alone();
    desk.configure("[bitbucket]\n\tstorage = auto\n");
    let desk = desk.with("DBUS_SESSION_BUS_ADDRESS", "unix:path=/nowhere/bus");
    let login = desk.signs_in("bitbucket.org", &[], "ATATT-x").succeeds();
    assert!(login.err.contains("no keyring is running here"), "{}", login.err);
    assert!(login.err.contains("bitbucket.storage file"), "{}", login.err);
}
