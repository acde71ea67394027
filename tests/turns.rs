//! Whoever changes an account waits until another process has done with it, and then looks again: no answer of one is written over
//! what the other did meanwhile.

use crate::stage::{Browser, Desk, HELPER, are_installed};
use bitbucket_sandbox::{Sandbox, seeds};
use std::fs::{self, File};
use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::Child;

const ALICE: &str = "protocol=https\nhost=bitbucket.org\nusername=alice\n";

fn lines(secret: &str) -> String {
    format!("{ALICE}password={secret}\n")
}

/// Alice is signed in, and Git has doubted her token.
fn doubted(sandbox: &Sandbox) -> Option<Desk> {
    let desk = are_installed(&["strace"]).then(|| Desk::at(sandbox).with("GIT_TERMINAL_PROMPT", "0"))?;
    desk.signs_in("bitbucket.org", &["--username", seeds::ALICE_EMAIL], seeds::API_TOKEN).succeeds();
    desk.helper(&["erase"], lines(seeds::API_TOKEN)).succeeds();
    Some(desk)
}

fn the_only(folder: &Path, name: impl Fn(&str) -> bool) -> PathBuf {
    let names = fs::read_dir(folder).expect("a folder").flatten().map(|entry| entry.path());
    let mut found: Vec<_> = names.filter(|path| name(&path.file_name().expect("a name").to_string_lossy())).collect();
    assert_eq!(found.len(), 1, "{found:?}");
    found.remove(0)
}

fn record(desk: &Desk) -> PathBuf {
    the_only(&desk.data().join("records"), |name| name.starts_with("alice@"))
}

/// The turn of alice is another's; or of the site, which a sign-in takes, where no account is named.
fn taken(desk: &Desk, account: &str) -> File {
    let owner = format!("{account}@");
    let is_lock =
        |name: &str| name.starts_with(&owner) && name.rsplit_once('.').is_none_or(|(_, end)| end.contains('-'));
    let turn = File::options().write(true).open(the_only(&desk.data().join("locks"), is_lock)).expect("a lock");
    turn.lock().expect("free");
    turn
}

/// Starts a command, and comes back when it has met a lock that is held; fails if it ends before.
fn waiting(desk: &Desk, arguments: &[&str], stdin: &str) -> Child {
    let mut command = desk.command(Path::new("/usr/bin/strace"));
    command.args(["-qq", "-e", "signal=none", "-e", "trace=flock", HELPER]).args(arguments);
    let mut child = command.spawn().expect("strace is there");
    child.stdin.take().expect("piped").write_all(stdin.as_bytes()).expect("it reads");
    let mut told = BufReader::new(child.stderr.take().expect("piped")).lines().map_while(Result::ok);
    assert!(told.any(|line| line.contains("EAGAIN")), "{arguments:?} does not wait");
    // it goes on talking, and must not meet a closed pipe
    std::thread::spawn(move || told.count());
    child
}

fn ends_well(mut child: Child) {
    assert!(child.wait().expect("ours").success());
}

#[test]
fn a_logout_waits_for_whoever_is_at_work_with_the_account() {
    let sandbox = Sandbox::start();
    let Some(desk) = doubted(&sandbox) else { return };
    let turn = taken(&desk, "alice");
    let logout = waiting(&desk, &["logout", "--username", "alice"], "");
    assert!(record(&desk).exists());
    drop(turn);
    ends_well(logout);
    desk.get(ALICE).misses_saying("alice");
}

#[test]
fn an_erase_does_not_remove_what_is_stored_meanwhile() {
    let sandbox = Sandbox::start();
    let Some(desk) = are_installed(&["strace"]).then(|| Desk::at(&sandbox)) else { return };
    desk.helper(&["store"], lines("canary-old")).succeeds();
    // nobody's: it leaves the turn's file behind
    desk.helper(&["erase"], lines("canary-other")).succeeds();
    let turn = taken(&desk, "alice");
    let store = waiting(&desk, &["store"], &lines("canary-new"));
    let erase = waiting(&desk, &["erase"], &lines("canary-old"));
    drop(turn);
    ends_well(store);
    ends_well(erase);
    // whichever came first: the one erased is the old one
    assert_eq!(desk.get(ALICE).value("password"), Some("canary-new"));
}

#[test]
fn a_doubt_that_ends_is_not_written_over_a_secret_that_came_meanwhile() {
    for (arguments, stdin) in [(&["status"][..], String::new()), (&["store"], lines(seeds::API_TOKEN))] {
        let sandbox = Sandbox::start();
        let Some(desk) = doubted(&sandbox) else { return };
        let turn = taken(&desk, "alice");
        let late = waiting(&desk, arguments, &stdin);
        // what a refresh does
        let text = fs::read_to_string(record(&desk)).expect("a record");
        fs::write(record(&desk), text.replace(seeds::API_TOKEN, "canary-newer")).expect("written");
        drop(turn);
        ends_well(late);
        let text = fs::read_to_string(record(&desk)).expect("a record");
        assert!(text.contains("canary-newer"), "{arguments:?}");
    }
}

#[test]
fn a_store_that_waited_for_a_sign_in_in_the_browser_does_not_take_its_place() {
    let sandbox = Sandbox::start();
    let Some(desk) = are_installed(&["strace"]).then(|| Desk::at(&sandbox).with_clients(&sandbox)) else { return };
    let (desk, browser) = Browser::of(desk);
    desk.signs_in_by_browser(&browser, &sandbox, "bitbucket.org");
    let access = desk.get(ALICE).value("password").expect("a token").to_owned();
    // the sign-in is not done yet
    let index = desk.data().join("accounts.json");
    let done = fs::read(&index).expect("an index");
    fs::write(&index, r#"{"version":1,"sites":{}}"#).expect("written");
    let turn = taken(&desk, "");
    let store = waiting(&desk, &["store"], &lines("canary-typed"));
    fs::write(&index, done).expect("written");
    drop(turn);
    ends_well(store);
    assert_eq!(desk.get(ALICE).value("password"), Some(access.as_str()));
}

#[test]
fn in_a_sandbox_that_hides_the_command_line_no_answer_is_taken_for_that_of_another_command() {
    if !are_installed(&["unshare"]) {
        return;
    }
    let desk = Desk::alone().person_says(&[]);
    let get = format!("printf 'protocol=https\\nhost=bitbucket.org\\n' | {HELPER} get");
    // the group of these processes is that of the test's, which is not to be seen from in there
    let hidden = format!("unshare --pid --fork --mount-proc sh -c \"{get}\"");
    for asked in 1..=2 {
        let done = desk.shell(&hidden).succeeds();
        assert!(done.out.contains("quit=1"), "{done:#?}");
        assert_eq!(desk.asked().len(), asked);
    }
}
