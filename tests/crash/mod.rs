//! `kill -9` before every call that changes, guards or tells something: what was kept is the old or the new, never broken, nobody
//! else's account is harmed, no lock stays, and the next command works. `CRASHES=200` kills at so many moments more.

mod executioner;
mod files;
mod keyrings;
mod moves;
mod passwords;
mod servers;

use crate::stage::{Desk, Done};
use executioner::Deed;
use serde_json::Value;
use std::cell::RefCell;
use std::collections::HashSet;
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

pub const CLOUD: &str = "protocol=https\nhost=bitbucket.org\n";

fn lines(name: &str, secret: &str) -> String {
    format!("{CLOUD}username={name}\npassword={secret}\n")
}

fn whose(name: &str) -> String {
    format!("{CLOUD}username={name}\n")
}

/// Bob is signed in, nobody touches him, and a later version has written to the list.
fn with_bob(desk: Desk) -> Desk {
    let desk = desk.with("GIT_TERMINAL_PROMPT", "0");
    patiently(&desk, &["store"], &lines("bob", "canary-bobs")).succeeds();
    let mut list = list(&desk).expect("a list");
    list["colour"] = "blue".into();
    let accounts = list["sites"]["https://bitbucket.org"]["accounts"].as_array_mut().expect("accounts");
    accounts.iter_mut().filter(|one| one["name"] == "bob").for_each(|bob| bob["badge"] = serde_json::json!([1]));
    fs::write(desk.data().join("accounts.json"), list.to_string()).expect("written");
    desk
}

/// The list of accounts as it stands in its file; `None` where there is none yet.
fn list(desk: &Desk) -> Option<Value> {
    let text = fs::read(desk.data().join("accounts.json")).ok()?;
    Some(serde_json::from_slice(&text).expect("a list is whole"))
}

fn cloud(desk: &Desk) -> Value {
    list(desk).expect("a list")["sites"]["https://bitbucket.org"].clone()
}

/// What holds after every death.
fn unharmed(desk: &Desk) {
    whole_and_private(&desk.data());
    if let Some(list) = list(desk).filter(|list| list["colour"].is_string()) {
        let accounts = list["sites"]["https://bitbucket.org"]["accounts"].as_array().expect("accounts").clone();
        assert!(accounts.iter().any(|one| one["name"] == "bob" && one["badge"] == serde_json::json!([1])), "{list}");
        let bob = patiently(desk, &["get"], &whose("bob"));
        assert_eq!((bob.value("password"), bob.err.as_str()), (Some("canary-bobs"), ""));
    }
    for shown in [&["accounts", "--json"][..], &["status", "--offline", "--json"]] {
        let done = desk.helper(shown, "");
        assert!(serde_json::from_str::<Value>(&done.out).is_ok(), "{done:?}");
    }
}

/// Every file is one that we mean to write, complete, and for its owner alone; what a dead writer leaves is its owner's too.
fn whole_and_private(folder: &Path) {
    for path in entries(folder) {
        let mode = fs::symlink_metadata(&path).expect("there").permissions().mode() & 0o777;
        let name = path.file_name().expect("a name").to_string_lossy().into_owned();
        assert_eq!(mode, if path.is_dir() { 0o700 } else { 0o600 }, "{}", path.display());
        if name.ends_with(".json") {
            let content = fs::read(&path).expect("readable");
            assert!(serde_json::from_slice::<Value>(&content).is_ok(), "{} is broken", path.display());
        }
    }
}

/// Folders and files below a folder.
fn entries(folder: &Path) -> Vec<PathBuf> {
    let found = fs::read_dir(folder).into_iter().flatten().flatten().map(|entry| entry.path());
    found.flat_map(|path| [entries(&path), vec![path]].concat()).collect()
}

/// The data folder at one moment, to be put back.
struct Snapshot {
    folder: PathBuf,
    files: Vec<(PathBuf, Vec<u8>)>,
}

impl Snapshot {
    fn of(desk: &Desk) -> Self {
        let folder = desk.data();
        let files = entries(&folder).into_iter().filter(|path| path.is_file());
        let files = files.map(|path| (path.clone(), fs::read(&path).expect("readable"))).collect();
        Self { folder, files }
    }

    fn put_back(&self) {
        // there may be none yet
        let _ = fs::remove_dir_all(&self.folder);
        for (path, content) in &self.files {
            let folder = path.parent().expect("a folder");
            fs::create_dir_all(folder).expect("made");
            fs::set_permissions(folder, PermissionsExt::from_mode(0o700)).expect("ours");
            fs::write(path, content).expect("written");
            fs::set_permissions(path, PermissionsExt::from_mode(0o600)).expect("ours");
        }
    }
}

/// Runs it to its end. A busy machine may let us wait for the keyring for longer than we do; then it is asked again.
fn patiently(desk: &Desk, arguments: &[&str], stdin: &str) -> Done {
    let mut runs = (0..20).map(|_| desk.helper(arguments, stdin));
    runs.find(|done| !done.err.contains("the keyring did not answer within")).expect("it comes to us at last")
}

/// What `get` answers for alice where nobody can be asked: her secret, or words for a miss.
fn alices(desk: &Desk) -> Option<String> {
    let answer = patiently(desk, &["get"], &whose("alice"));
    let secret = answer.value("password").map(str::to_owned);
    eprint!("{}", answer.err);
    assert!(answer.code == 0 && secret.is_none() != answer.err.is_empty(), "{answer:?}");
    secret
}

/// Kills a command everywhere, on the file storage, from the state in which the desk is now. Whatever `get` answers for alice
/// then is one of `may`: the old or the new. Done once more, the command finds no lock held, and she has the new.
fn old_or_new(desk: &Desk, arguments: &[&str], stdin: &str, may: &[Option<&str>; 2]) -> usize {
    let before = Snapshot::of(desk);
    old_or_new_from(desk, || before.put_back(), arguments, stdin, may)
}

/// The same from a state that `before` makes.
fn old_or_new_from(desk: &Desk, before: impl Fn(), arguments: &[&str], stdin: &str, may: &[Option<&str>; 2]) -> usize {
    let seen = RefCell::new(HashSet::new());
    let holds = || {
        unharmed(desk);
        let has = alices(desk);
        assert!(may.contains(&has.as_deref()), "{has:?}");
        seen.borrow_mut().insert(has);
        let again = patiently(desk, arguments, stdin);
        // whoever is gone already cannot be signed out again
        assert!(again.code == 0 || again.err.contains("no account alice"), "{again:?}");
        assert_eq!(alices(desk).as_deref(), may[1]);
    };
    let deaths = Deed { desk, arguments, stdin }.dies_everywhere(before, holds);
    assert!(may.iter().all(|one| seen.borrow().contains(&one.map(str::to_owned))), "{:?}", seen.borrow());
    deaths
}
