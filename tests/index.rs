//! The list of accounts survives what happens to files: many writers, killed writers, newer versions, broken content.

use crate::accounts::CLOUD;
use crate::stage::Desk;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Child;

fn lines(name: &str, secret: &str) -> String {
    format!("{CLOUD}username={name}\npassword={secret}\n")
}

fn list(desk: &Desk) -> PathBuf {
    desk.data().join("accounts.json")
}

fn names(desk: &Desk) -> Vec<String> {
    let text = desk.helper(&["accounts", "--json"], "").succeeds().out;
    let all: serde_json::Value = serde_json::from_str(&text).expect("JSON");
    let accounts = all["accounts"].as_array().expect("a list");
    accounts.iter().map(|row| row["account"].as_str().expect("a name").to_owned()).collect()
}

#[test]
fn sixteen_processes_that_write_at_once_lose_nothing() {
    let desk = Desk::alone();
    std::thread::scope(|scope| {
        for number in 0..16 {
            let (desk, name) = (&desk, format!("user{number:02}"));
            scope.spawn(move || {
                desk.helper(&["store"], lines(&name, "x")).succeeds();
                desk.helper(&["switch", &name, "--for", &format!("ws{number:02}")], "").succeeds();
            });
        }
    });
    let mut all = names(&desk);
    all.sort();
    assert_eq!(all, (0..16).map(|number| format!("user{number:02}")).collect::<Vec<_>>());
    let accounts = desk.helper(&["accounts"], "").succeeds().out;
    assert_eq!(accounts.matches("for ws").count(), 16, "{accounts}");
}

/// Kills a writer as soon as a new file stands beside the old one, unless it is done by then.
fn kill_in_the_middle(mut child: Child, folder: &Path) {
    let is_new = |entry: &fs::DirEntry| entry.file_name().to_string_lossy().starts_with(".new-");
    loop {
        if fs::read_dir(folder).is_ok_and(|entries| entries.flatten().any(|entry| is_new(&entry))) {
            child.kill().expect("ours");
            child.wait().expect("gone");
            return;
        }
        if child.try_wait().expect("ours").is_some() {
            return;
        }
    }
}

#[test]
fn a_writer_that_dies_in_the_middle_of_the_file_leaves_the_old_list() {
    let desk = Desk::alone();
    for number in 0..20 {
        desk.helper(&["store"], lines(&format!("user{number:02}"), "x")).succeeds();
    }
    let whole = fs::read(list(&desk)).expect("a list");
    assert!(whole.len() > 4 * 512);
    for blocks in 0..4 {
        let dead = desk.dies_writing(blocks, &["switch", "user01", "--for", "acme"]);
        assert_eq!(dead.code, -1, "killed by the kernel: {dead:?}");
        assert_eq!(fs::read(list(&desk)).expect("a list"), whole);
    }
    desk.helper(&["switch", "user01", "--for", "acme"], "").succeeds();
    assert_eq!(names(&desk).len(), 20);
}

#[test]
fn a_writer_that_is_killed_leaves_the_old_list_or_the_new_one() {
    let desk = Desk::alone();
    desk.helper(&["store"], lines("alice", "x")).succeeds();
    let clear = || {
        let left = fs::read_dir(desk.data()).expect("a folder").flatten();
        let new = left.filter(|entry| entry.file_name().to_string_lossy().starts_with(".new-"));
        new.for_each(|entry| fs::remove_file(entry.path()).expect("removed"));
    };
    let rules = || desk.helper(&["accounts"], "").succeeds().out.matches("for ws").count();
    let mut before = 0;
    for round in 0..30 {
        kill_in_the_middle(desk.starts(&["switch", "alice", "--for", &format!("ws{round}")], ""), &desk.data());
        clear();
        let after = rules();
        assert!(after == before || after == before + 1, "round {round}: {before}, then {after} rules");
        before = after;
    }
    // nobody is left waiting for a lock that a dead writer held
    desk.helper(&["switch", "alice", "--for", "acme"], "").succeeds();
    assert_eq!(desk.get(format!("{CLOUD}path=acme/x.git\n")).value("username"), Some("alice"));
}

#[test]
fn what_a_newer_version_wrote_survives_every_change_of_ours() {
    let desk = Desk::alone();
    desk.helper(&["store"], lines("alice", "x")).succeeds();
    let mut all: serde_json::Value = serde_json::from_slice(&fs::read(list(&desk)).expect("a list")).expect("JSON");
    all["version"] = 9.into();
    all["sites"]["https://bitbucket.org"]["colour"] = "blue".into();
    all["sites"]["https://bitbucket.org"]["accounts"][0]["badge"] = serde_json::json!({"shape": ["round"]});
    fs::write(list(&desk), all.to_string()).expect("written");
    desk.helper(&["store"], lines("bob", "y")).succeeds();
    desk.helper(&["store"], lines("alice", "z")).succeeds();
    desk.helper(&["switch", "alice"], "").succeeds();
    desk.helper(&["switch", "bob", "--for", "acme"], "").succeeds();
    desk.helper(&["logout", "--username", "bob"], "").succeeds();
    let text = fs::read_to_string(list(&desk)).expect("a list");
    let after: serde_json::Value = serde_json::from_str(&text).expect("JSON");
    assert_eq!(after["version"], 9);
    assert_eq!(after["sites"]["https://bitbucket.org"]["colour"], "blue");
    assert_eq!(after["sites"]["https://bitbucket.org"]["accounts"][0]["badge"]["shape"][0], "round");
}

#[test]
fn a_truncated_list_is_named_a_copy_is_kept_and_rebuild_finds_the_accounts() {
    let desk = Desk::alone();
    for name in ["alice", "bob"] {
        desk.helper(&["store"], lines(name, &format!("of-{name}"))).succeeds();
    }
    let whole = fs::read(list(&desk)).expect("a list");
    let half = &whole[..whole.len() / 2];
    fs::write(list(&desk), half).expect("truncated");
    desk.get(CLOUD).misses_saying("cannot be read");
    let broken = desk.helper(&["accounts"], "").fails();
    assert!(broken.err.contains("accounts.json.broken") && broken.err.contains("accounts --rebuild"), "{}", broken.err);
    desk.helper(&["store"], lines("carol", "x")).fails();
    assert_eq!(fs::read(list(&desk)).expect("still there"), half, "nobody writes over what cannot be read");
    desk.helper(&["accounts", "--rebuild"], "").succeeds();
    assert_eq!(fs::read(desk.data().join("accounts.json.broken")).expect("a copy"), half);
    assert_eq!(names(&desk), ["alice", "bob"]);
    assert_eq!(desk.get(format!("{CLOUD}username=bob\n")).value("password"), Some("of-bob"));
}

#[test]
fn a_rebuild_of_a_good_list_adds_what_is_missing_and_loses_nothing() {
    let desk = Desk::alone();
    for name in ["alice", "bob"] {
        desk.helper(&["store"], lines(name, "x")).succeeds();
    }
    desk.helper(&["switch", "alice", "--for", "acme"], "").succeeds();
    let text = fs::read_to_string(list(&desk)).expect("a list");
    let mut all: serde_json::Value = serde_json::from_str(&text).expect("JSON");
    all["sites"]["https://bitbucket.org"]["accounts"].as_array_mut().expect("a list").remove(1);
    fs::write(list(&desk), all.to_string()).expect("written");
    assert_eq!(names(&desk), ["alice"]);
    let rebuilt = desk.helper(&["accounts", "--rebuild"], "").succeeds().out;
    assert!(rebuilt.contains("bob") && rebuilt.contains("for acme: alice"), "{rebuilt}");
}

#[test]
fn a_list_that_others_may_read_is_refused() {
    use std::os::unix::fs::PermissionsExt;
    let desk = Desk::alone();
    desk.helper(&["store"], lines("alice", "x")).succeeds();
    fs::set_permissions(list(&desk), fs::Permissions::from_mode(0o644)).expect("opened to all");
    let refused = desk.helper(&["accounts"], "").fails();
    assert!(refused.err.contains("is not safe to use"), "{}", refused.err);
}
