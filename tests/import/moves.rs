//! Moving house between our own storages.

use super::gcm::gcm_browser_sign_in;
use super::passwords::Passwords;
use super::{APP, CLOUD, desk, is_discreet, session};
use crate::stage::{Bus, Desk, are_installed, gits};
use bitbucket_sandbox::{Sandbox, seeds};
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::PathBuf;
use std::time::Duration;

/// A person on each product and an access token, all in the file storage.
fn signed_in(desk: &Desk) {
    desk.signs_in("bitbucket.org", &["--username", seeds::ALICE_EMAIL], seeds::API_TOKEN).succeeds();
    desk.signs_in("bitbucket.org", &["--for", "acme/app"], seeds::REPO_TOKEN).succeeds();
    desk.signs_in(seeds::CORP, &[], seeds::HTTP_TOKEN).succeeds();
}

fn storages(desk: &Desk) -> Vec<String> {
    let json = desk.helper(&["accounts", "--json"], "").succeeds().out;
    json.lines()
        .filter_map(|line| line.trim().strip_prefix("\"storage\": \""))
        .map(|word| word.trim_end_matches("\",").into())
        .collect()
}

#[test]
fn our_own_move_from_storage_to_storage_and_nobody_signs_in_again() {
    let sandbox = Sandbox::start();
    if !are_installed(&["pass", "gpg"]) {
        return;
    }
    let Some(bus) = Bus::start().map(Bus::with_keyring) else { return };
    // short, because the socket of git's cache lies in it
    let cache = tempfile::Builder::new().prefix("gm").tempdir_in("/tmp").expect("a folder");
    fs::set_permissions(cache.path(), PermissionsExt::from_mode(0o700)).expect("changed");
    let desk = bus.reached_from(desk(&sandbox)).with("XDG_CACHE_HOME", cache.path().to_str().expect("text"));
    let Some(passwords) = Passwords::new(&desk) else { return };
    let desk = passwords.used_by(desk);
    signed_in(&desk);
    sandbox.clear_log();
    for (from, to) in [("file", "keyring"), ("keyring", "pass"), ("pass", "cache"), ("cache", "file")] {
        let moved = is_discreet(desk.helper(&["import", "--from-storage", from, "--to", to], "").succeeds());
        assert_eq!(moved.err.matches("Moved ").count(), 3, "{}", moved.err);
        assert!(!moved.err.contains("Stays"), "an account is named once: {}", moved.err);
        assert_eq!(storages(&desk), [to; 3], "{from} to {to}");
        assert_eq!(desk.get(format!("{CLOUD}username=alice\n")).value("password"), Some(seeds::API_TOKEN), "{to}");
        let empty = desk.helper(&["import", "--from-storage", from, "--to", to], "").succeeds();
        assert!(empty.err.contains("nothing of ours"), "{}", empty.err);
    }
    assert!(sandbox.requests().is_empty(), "no server heard of it");
    desk.git(&["clone", APP, "one"]).succeeds();
    desk.git(&["credential-cache", "exit"]);
}

#[test]
fn whoever_asks_during_a_move_gets_an_answer() {
    let sandbox = Sandbox::start();
    let Some(bus) = Bus::start().map(Bus::with_keyring) else { return };
    let desk = bus.reached_from(desk(&sandbox));
    signed_in(&desk);
    std::thread::scope(|scope| {
        for _ in 0..8 {
            scope.spawn(|| {
                for _ in 0..20 {
                    let answer = desk.get(format!("{CLOUD}username=alice\n"));
                    assert_eq!(answer.value("password"), Some(seeds::API_TOKEN), "{answer:#?}");
                }
            });
        }
        for (from, to) in [("file", "keyring"), ("keyring", "file"), ("file", "keyring")] {
            desk.helper(&["import", "--from-storage", from, "--to", to], "").succeeds();
        }
    });
}

#[test]
fn a_move_that_fails_leaves_everything_where_it_was() {
    let sandbox = Sandbox::start();
    let desk = desk(&sandbox).with("GIT_TERMINAL_PROMPT", "0");
    signed_in(&desk);
    let failed = is_discreet(desk.helper(&["import", "--from-storage", "file", "--to", "keyring"], "").fails());
    assert!(
        failed.err.contains("Stays in a file only you can read: alice at") && failed.err.contains("no keyring"),
        "{}",
        failed.err
    );
    assert_eq!(storages(&desk), ["file"; 3]);
    assert_eq!(desk.get(format!("{CLOUD}username=alice\n")).value("password"), Some(seeds::API_TOKEN));
    let full = desk.on_a_full_disk(&["import", "--from-storage", "file", "--to", "cache"], "");
    assert_ne!(full.code, 0);
    assert_eq!(desk.get(format!("{CLOUD}username=alice\n")).value("password"), Some(seeds::API_TOKEN));
    for (from, to) in [("file", "file"), ("file", "none"), ("nowhere", "file")] {
        assert_eq!(desk.helper(&["import", "--from-storage", from, "--to", to], "").code, 2);
    }
}

#[test]
fn the_secret_of_an_oauth_client_goes_only_where_the_settings_look_for_it() {
    let sandbox = Sandbox::start();
    let Some((bus, desk)) = session(&sandbox) else { return };
    gcm_browser_sign_in(&sandbox, &bus, &desk);
    desk.helper(&["import", "--from", "gcm", "--yes"], "").succeeds();
    let stays = desk.helper(&["import", "--from-storage", "keyring", "--to", "file"], "").succeeds();
    assert!(
        stays.err.contains("oauth client") && stays.err.contains("where `bitbucket.storage` looks for it"),
        "{}",
        stays.err
    );
    let desk = desk.with("GIT_CREDENTIAL_BITBUCKET_STORAGE", "file");
    let moved = is_discreet(desk.helper(&["import", "--from-storage", "keyring", "--to", "file"], "").succeeds());
    assert!(moved.err.contains("Moved oauth client"), "{}", moved.err);
    sandbox.advance(Duration::from_secs(3 * 3600));
    let desk = desk.with_git(gits().last().expect("a git"));
    desk.git(&["clone", APP, "one"]).succeeds();
}

fn signs_in_to(desk: &Desk, storage: &str, token: &str) {
    let login = ["--storage", storage, "login", "bitbucket.org", "--with-token", "--username", seeds::ALICE_EMAIL];
    desk.helper(&login, token).succeeds();
}

/// The records of the file storage, to be put back later.
fn records(desk: &Desk) -> Vec<(PathBuf, Vec<u8>)> {
    let files = fs::read_dir(desk.data().join("records")).expect("records");
    files.map(|file| file.expect("one").path()).map(|path| (path.clone(), fs::read(path).expect("read"))).collect()
}

fn put_back(records: &[(PathBuf, Vec<u8>)]) {
    for (path, content) in records {
        fs::write(path, content).expect("written");
        fs::set_permissions(path, PermissionsExt::from_mode(0o600)).expect("changed");
    }
}

#[test]
fn an_old_copy_that_a_killed_move_left_behind_is_cleared_away_by_the_next() {
    let sandbox = Sandbox::start();
    let Some((_bus, desk)) = session(&sandbox) else { return };
    signs_in_to(&desk, "file", seeds::API_TOKEN);
    let old = records(&desk);
    let moves = |from, to| desk.helper(&["import", "--from-storage", from, "--to", to], "").succeeds().err;
    moves("file", "keyring");
    put_back(&old);
    let again = moves("file", "keyring");
    assert!(again.contains("Moved alice at bitbucket.org"), "{again}");
    assert!(records(&desk).is_empty());
    assert_eq!(desk.get(CLOUD).value("password"), Some(seeds::API_TOKEN));
}

#[test]
fn a_stale_copy_in_the_new_storage_does_not_count_for_the_living_one() {
    let sandbox = Sandbox::start();
    let Some((_bus, desk)) = session(&sandbox) else { return };
    signs_in_to(&desk, "file", seeds::API_TOKEN_READ_ONLY);
    let stale = records(&desk);
    signs_in_to(&desk, "keyring", seeds::API_TOKEN);
    assert!(records(&desk).is_empty(), "the former storage keeps no copy");
    put_back(&stale);
    desk.helper(&["import", "--from-storage", "keyring", "--to", "file"], "").succeeds();
    assert_eq!(storages(&desk), ["file"]);
    assert_eq!(desk.get(CLOUD).value("password"), Some(seeds::API_TOKEN));
}
