//! The protocol's edge cases, a case a situation. No network is there: what must ask a server is told elsewhere. The numbers are
//! those of `rows`.

mod accounts;
mod answers;
mod erase;
mod every_helper;
mod hosts;
mod operations;
mod parsing;
mod rows;
mod store;

use crate::stage::{Desk, Done};

const CLOUD: &str = "protocol=https\nhost=bitbucket.org\n";
const TOKEN: &str = "canary-of-alice";

/// A desk where git stored a credential of alice at bitbucket.org.
fn desk() -> Desk {
    let desk = Desk::alone();
    store(&desk, "alice", TOKEN);
    desk
}

fn store(desk: &Desk, name: &str, secret: &str) {
    stored(desk, &format!("{CLOUD}username={name}\npassword={secret}\n"));
}

fn stored(desk: &Desk, lines: &str) {
    let done = desk.helper(&["store"], lines).succeeds();
    assert_eq!((done.out.as_str(), done.err.as_str()), ("", ""));
}

fn erased(desk: &Desk, lines: &str) {
    let done = desk.helper(&["erase"], lines).succeeds();
    assert_eq!((done.out.as_str(), done.err.as_str()), ("", ""));
}

#[track_caller]
fn is_alices(done: Done) {
    assert_eq!((done.value("username"), done.value("password")), (Some("alice"), Some(TOKEN)), "{done:?}");
}

#[track_caller]
fn is_nobodys(desk: &Desk) {
    let done = desk.get(CLOUD);
    assert_eq!((done.code, done.out.as_str()), (0, ""), "{done:?}");
}

fn lines(extra: &str) -> String {
    format!("{CLOUD}{extra}")
}

/// Changes the index as `switch` and a sign-in do.
fn change_index(desk: &Desk, change: impl FnOnce(&mut serde_json::Value)) {
    let path = desk.data().join("accounts.json");
    let mut index: serde_json::Value = serde_json::from_slice(&std::fs::read(&path).expect("an index")).expect("JSON");
    change(&mut index["sites"]);
    std::fs::write(&path, index.to_string()).expect("written");
}
