//! The one list of promises that every storage keeps, and what the tests of storages share.
//! It knows a storage only by its trait.

use super::{Key, Storage};
use crate::secret::Secret;
use std::path::PathBuf;
use std::thread;

const CLOUD: &str = "https://bitbucket.org";
const SERVER: &str = "https://git.corp.example:8443/bitbucket";

/// Runs the whole list on an empty storage, and leaves `kept_keys` in it.
pub fn keeps_all(storage: &(impl Storage + Sync)) {
    an_absent_record_is_none(storage);
    every_content_comes_back(storage);
    a_new_secret_replaces_the_old_one(storage);
    delete_says_whether_there_was_one(storage);
    accounts_and_sites_do_not_mix(storage);
    every_account_name_is_safe(storage);
    many_writers_leave_one_whole_secret(storage);
}

/// The keys that are left after `keeps_all`, sorted.
pub fn kept_keys() -> Vec<Key> {
    let mut keys = vec![key("alice"), key("bob"), Key::new(SERVER, "alice")];
    keys.sort();
    keys
}

/// What the storage lists, sorted.
pub fn listed(storage: &impl Storage) -> Vec<Key> {
    let mut keys = storage.list().expect("listed");
    keys.sort();
    keys
}

/// Whether the run is to touch what is real (`REQUIRE_REAL`).
#[allow(clippy::disallowed_methods, reason = "a switch of the test run, not of the product")]
pub fn are_for_real() -> bool {
    std::env::var("REQUIRE_REAL").as_deref() == Ok("1")
}

/// Whether all of them are installed; if not, says so, or fails where REQUIRE_REAL asks for the real thing.
pub fn programs(names: &[&str]) -> bool {
    let here = |name: &&&str| !search_path().iter().any(|folder| folder.join(name).is_file());
    let Some(missing) = names.iter().find(here) else { return true };
    assert!(!are_for_real(), "{missing} is not installed");
    eprintln!("skipped: {missing} is not installed");
    false
}

/// The folders of this machine's programs.
#[allow(clippy::disallowed_methods, reason = "tests run the machine's own programs")]
pub fn search_path() -> Vec<PathBuf> {
    std::env::split_paths(&std::env::var_os("PATH").unwrap_or_default()).collect()
}

fn key(account: &str) -> Key {
    Key::new(CLOUD, account)
}

fn set(storage: &impl Storage, key: &Key, secret: impl Into<Vec<u8>>) {
    storage.set(key, &Secret::new(secret)).expect("kept");
}

fn holds(storage: &impl Storage, key: &Key, secret: impl Into<Vec<u8>>) {
    let found = storage.get(key).expect("read");
    assert!(found == Some(Secret::new(secret)), "{key:?}");
}

fn an_absent_record_is_none(storage: &impl Storage) {
    assert_eq!(storage.get(&key("nobody")), Ok(None));
    assert_eq!(storage.delete(&key("nobody")), Ok(false));
    assert_eq!(storage.list(), Ok(Vec::new()));
}

fn every_content_comes_back(storage: &impl Storage) {
    let every_byte: Vec<u8> = (0..=255).cycle().take(8192).collect();
    let texts = [
        "",
        "x",
        "Zo\u{eb} \u{1f511} \u{202e}",
        "two\nlines\r\n",
        "a=b\"c\\d'e $(f)",
        "bytes:6869",
        " ends in spaces  ",
    ];
    for text in texts.map(|text| text.as_bytes().to_vec()).into_iter().chain([vec![b'k'; 8192], every_byte]) {
        set(storage, &key("content"), text.clone());
        holds(storage, &key("content"), text);
    }
    assert_eq!(storage.delete(&key("content")), Ok(true));
}

fn a_new_secret_replaces_the_old_one(storage: &impl Storage) {
    for secret in ["first, and the longer one of both", "second"] {
        set(storage, &key("alice"), secret);
        holds(storage, &key("alice"), secret);
    }
    assert!(storage.list().expect("listed").len() <= 1);
    assert_eq!(storage.delete(&key("alice")), Ok(true));
    assert_eq!(storage.get(&key("alice")), Ok(None));
}

fn delete_says_whether_there_was_one(storage: &impl Storage) {
    set(storage, &key("alice"), "x");
    assert_eq!(storage.delete(&key("alice")), Ok(true));
    assert_eq!(storage.delete(&key("alice")), Ok(false));
}

fn accounts_and_sites_do_not_mix(storage: &impl Storage) {
    for key in kept_keys() {
        set(storage, &key, format!("{key:?}"));
    }
    for key in kept_keys() {
        holds(storage, &key, format!("{key:?}"));
    }
    set(storage, &key("carol"), "x");
    assert_eq!(storage.delete(&key("carol")), Ok(true));
    for key in kept_keys() {
        holds(storage, &key, format!("{key:?}"));
    }
}

fn every_account_name_is_safe(storage: &impl Storage) {
    let long = "\u{e9}".repeat(300);
    let names =
        ["../../x", "/etc/passwd", "..", ".", "a@b@c", "two words", "Zo\u{eb}", "-rf", "a\nb", "*", "%2e", "", &long];
    for name in names {
        set(storage, &key(name), format!("secret of {name}"));
    }
    for name in names {
        holds(storage, &key(name), format!("secret of {name}"));
        assert_eq!(storage.delete(&key(name)), Ok(true), "{name}");
    }
}

fn many_writers_leave_one_whole_secret(storage: &(impl Storage + Sync)) {
    let secret = |writer: u8| vec![b'a' + writer; 4096];
    thread::scope(|scope| {
        for writer in 0..16 {
            scope.spawn(move || set(storage, &key("alice"), secret(writer)));
        }
    });
    let left = storage.get(&key("alice")).expect("read").expect("kept");
    assert!((0..16).any(|writer| left.expose() == secret(writer)));
    assert!(storage.list().expect("listed").len() <= kept_keys().len());
}
