//! Moving house between file and keyring: the secret is in one of both, whichever the list names.

use super::{lines, old_or_new_from, patiently, with_bob};
use crate::stage::{Bus, Desk, are_installed};

const SECRET: &str = "canary-kept";

fn moved(from: &str, to: &str) -> usize {
    let bus = are_installed(&["strace"]).then(Bus::start).flatten().map(Bus::with_keyring);
    let Some(bus) = bus else { return usize::MAX };
    let desk = bus.reached_from(with_bob(Desk::alone()));
    patiently(&desk, &["--storage", from, "store"], &lines("alice", SECRET)).misses_in_silence();
    let there = ["import", "--from-storage", from, "--to", to];
    let back = || {
        // the move before has come to its end, and left nothing behind
        assert_ne!(is_in_file(&desk), bus.shown().contains("alice@"));
        patiently(&desk, &["import", "--from-storage", to, "--to", from], "").succeeds();
    };
    back();
    old_or_new_from(&desk, back, &there, "", &[Some(SECRET), Some(SECRET)])
}

fn is_in_file(desk: &Desk) -> bool {
    let mut records = std::fs::read_dir(desk.data().join("records")).expect("records").flatten();
    records.any(|one| one.file_name().to_string_lossy().starts_with("alice@"))
}

#[test]
fn from_the_file_to_the_keyring() {
    let deaths = moved("file", "keyring");
    assert!(deaths >= 100, "{deaths}");
}

#[test]
fn from_the_keyring_to_the_file() {
    let deaths = moved("keyring", "file");
    assert!(deaths >= 100, "{deaths}");
}
